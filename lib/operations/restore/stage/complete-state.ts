/** What a complete staging schema holds: the tenant's rows at the target, for the difference and for people. */
import { parseLsn } from '../../../domain/lsn.ts';
import type { TypeSchema } from '../../../domain/table-schema.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { leftOutKeys } from '../../../postgres/staging/settle-stage.ts';
import type { StageTable } from '../../../postgres/staging/stage-table.ts';
import type { StagedTable, Staging } from '../../../postgres/staging/staging.ts';
import { plainType } from '../../../postgres/staging/type-choice.ts';
import type { Position, StageRun } from './open-run.ts';

export function stagingOf({ plan, chain, area, stages, relations, position }: StageRun): Staging {
  const { body } = chain.snapshot;
  const { id, schema, source, connection: session, release, drop } = area;
  const tables = [...stages.values()].map(stage => stagedTable(stage, position.left));
  return {
    ...{ id, schema, source, session, tables, release, drop },
    ref: plan.tenant,
    database: { ...body.schema, tables: [...stages.values()].map(stage => stage.schema) },
    measure: {
      ...position.measure,
      ...{ rowsLoaded: position.rows, bytesLoaded: position.bytes, changesReplayed: position.changes },
    },
    tenant: tenantId(body.tenantId),
    target: parseLsn(plan.target.lsn),
    server: body.server,
    sequences: body.sequences,
    notes: [...plan.notes, ...relations.notes, ...textNotes(tables, body.schema.types), ...position.left.notes],
  };
}

function stagedTable(stage: StageTable, left: Position['left']): StagedTable {
  const { table, owned, staged, schema, key, dependency } = stage;
  const columns = stage.columns.map(({ name, number, stagedType, asText, relabel, reshaped }) => ({
    ...{ name, number, stagedType, asText },
    ...(relabel && { relabel }),
    ...(reshaped && { reshaped }),
  }));
  const erased = { recorded: left.recorded[table] ?? 0, dependent: left.dependent[table] ?? 0 };
  const leftOut = stage.hasLeftOut && key.length > 0 ? { leftOut: leftOutKeys(stage) } : {};
  return { table, owned, staged, schema, columns, key, rows: stage.rows!, erased, dependency, ...leftOut };
}

/** Where not even the base type exists: a dropped extension. */
function textNotes(tables: readonly StagedTable[], types: readonly TypeSchema[]): string[] {
  return tables.flatMap(({ table, schema, columns }) =>
    columns
      .filter(({ name, asText }) => {
        const column = schema.columns.find(candidate => candidate.name === name);
        return asText && column !== undefined && plainType(column, types) !== 'text';
      })
      .map(
        column => `${table}.${column.name}: its type does not exist in this database; its values are staged as text.`,
      ),
  );
}

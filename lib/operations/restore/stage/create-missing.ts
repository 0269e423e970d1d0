/**
 * `restore --create-missing`: tables of the tenant that no longer exist are created again in the live database, empty,
 * from the schema in the backup; the restore then inserts this tenant's rows. Invariant: existing tables are left as
 * they are, and what the backup does not know of a table is reported.
 */
import { InputError } from '../../../domain/errors.ts';
import type { DatabaseSchema, TableName, TableSchema } from '../../../domain/table-schema.ts';
import { ownedTables } from '../../../domain/tenant-model.ts';
import { listTables } from '../../../postgres/catalogs/catalog-discovery.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { createTables, isPortable } from '../../../postgres/staging/create-tables.ts';
import type { Context } from '../../context.ts';
import { chainOfPlan } from '../plan/chain-of-plan.ts';
import { planRestore } from '../plan/plan-restore.ts';
import type { AskedScope } from '../plan/restore-scope.ts';
import type { VerifiedChain } from '../plan/verify-chain.ts';

export interface CreatedTables {
  readonly created: readonly TableName[];
  /** Sentences: what the tables had, or may have had, and lack now. */
  readonly unknown: readonly string[];
}

/**
 * InputError `cannot-create`, and what planning throws. `owner`: the role that will own them; absent: the connected
 * one.
 */
export async function createMissingTables(ctx: Context, scope: AskedScope, owner?: string): Promise<CreatedTables> {
  const asked = ownedTables(ctx.model).filter(table => scope.asks(table) !== false && !scope.isLeftOut(table.table));
  const live = new Set(await withConnection(ctx.source, 'restore create', listTables));
  const missing = asked.map(table => table.table).filter(table => !live.has(table));
  if (missing.length === 0) return { created: [], unknown: [] };
  const plan = await planRestore(ctx, scope.tenant, scope.target, { exclude: scope.exclude });
  const versions = versionsOf(await chainOfPlan(ctx, plan));
  const database = schemaAt(versions);
  const known = new Set(database.tables.map(schema => schema.table));
  const absent = missing.filter(table => !known.has(table));
  if (absent.length > 0)
    throw new InputError('cannot-create', `The backup does not have ${absent.join(', ')}.`, {
      hint: 'Create the table with your migrations, or leave it out by name (--exclude).',
      details: { tables: absent },
    });
  const created = await withConnection(ctx.source, 'restore create', connection =>
    createTables(connection, database, missing, { place: 'the live database', ...(owner !== undefined && { owner }) }),
  );
  return { created, unknown: created.flatMap(table => unknownOf(table, database, versions.tables)) };
}

/** All known definitions of tables, oldest first. */
function versionsOf({ snapshot, incrementals, runs }: VerifiedChain): DatabaseSchema {
  const told = [...incrementals, ...runs].flatMap(part => part.body.relations);
  return { ...snapshot.body.schema, tables: [...snapshot.body.schema.tables, ...told] };
}

/** Tables in their last definition. */
function schemaAt(versions: DatabaseSchema): DatabaseSchema {
  const tables = new Map(versions.tables.map(schema => [schema.table, schema]));
  return { ...versions, tables: [...tables.values()] };
}

function unknownOf(table: TableName, database: DatabaseSchema, versions: readonly TableSchema[]): string[] {
  const schema = database.tables.find(candidate => candidate.table === table)!;
  // Dropping the table dropped them: only earlier definitions still have them.
  const referring = new Set(
    versions
      .filter(other => other.table !== table && other.foreignKeys.some(key => key.references === table))
      .map(other => other.table),
  );
  const defaults = schema.columns.filter(
    ({ generated, identity, sequence, default: value }) =>
      value !== null && generated === '' && identity === '' && sequence === null && !isPortable(value),
  );
  return [
    `${table}: CHECK constraints, other indexes, triggers, policies, grants, comments${schema.kind === 'p' ? ' and partitions' : ''} are not in the backup: create them with your migrations.`,
    ...(defaults.length > 0
      ? [`${table}: no default was set for ${defaults.map(column => column.name).join(', ')}, which call functions.`]
      : []),
    ...[...referring].map(
      other =>
        `${table}: the foreign keys of ${other} to it are not created again, because rows of other tenants may still be missing.`,
    ),
    `${table}: only this tenant's rows are restored. Run \`holdfast doctor --fix\`, \`holdfast ship\` and \`holdfast snapshot --all\`: until then it is not protected.`,
  ];
}

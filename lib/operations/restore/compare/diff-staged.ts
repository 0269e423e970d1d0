/**
 * Turns a staged state into a preview: the difference, its conflicts, its samples, its hash. All reads come from one
 * database snapshot; the only writes are the diff tables in the staging schema.
 */
import { createHash } from 'node:crypto';
import { clusterBackupNotes } from '../../../domain/cluster-backup.ts';
import { InputError } from '../../../domain/errors.ts';
import { formatLsn } from '../../../domain/lsn.ts';
import {
  type Conflict,
  type Note,
  type Preview,
  previewHash,
  type TablePreview,
  totalsOf,
} from '../../../domain/preview.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { readOwnedSchema } from '../../../postgres/catalogs/owned-schema.ts';
import type { Connection } from '../../../postgres/connection.ts';
import { computeDiff, type DiffInput, type DiffSet } from '../../../postgres/diff/diff.ts';
import { readLiveCatalog } from '../../../postgres/diff/diff-catalog.ts';
import { findConflicts, readSamples } from '../../../postgres/diff/diff-conflicts.ts';
import { extentOf, operationsOf } from '../../../postgres/diff/diff-extent.ts';
import { type DiffTable, matchShape } from '../../../postgres/diff/diff-shape.ts';
import { digestDiff } from '../../../postgres/diff/prove-diff.ts';
import { beginSnapshot, commit } from '../../../postgres/diff/restore-transaction.ts';
import { findSequenceMoves } from '../../../postgres/diff/sequences.ts';
import { asSourceError } from '../../../postgres/source-error.ts';
import { fromTable } from '../../../postgres/sql.ts';
import { mustBeStaged } from '../../../postgres/staging/staging-progress.ts';
import { inStagingSession } from '../../../postgres/staging/staging-session.ts';
import type { Context } from '../../context.ts';
import { leftOutTables } from '../plan/excluded-tables.ts';
import type { RestoreScope } from '../plan/restore-scope.ts';
import type { StagedState } from '../stage/staged-state.ts';
import { withChangers } from './changed-since.ts';
import { findUnprotected } from './unprotected-tables.ts';

/**
 * Rows per millisecond that an apply is assumed to write until the tenant has its own history: a conservative estimate.
 */
const APPLY_ROWS_PER_MS = 20;

/**
 * Reads the live side again, in that session's transaction, and matches the staged state with it. SourceError
 * `staging-lost` where that state is gone: the difference to nothing would delete everything.
 */
export async function prepareDiff(
  ctx: Pick<Context, 'model'>,
  connection: Connection,
  staging: StagedState,
  scope: RestoreScope,
): Promise<DiffInput> {
  await mustBeStaged(connection, staging.schema);
  const live = await readOwnedSchema(ctx, connection);
  const shape = matchShape(staging, live, ctx.model, scope);
  const catalog = await readLiveCatalog(
    connection,
    shape.tables.map(table => table.live.oid),
  );
  const { selections, mode, withChildren, overwrite } = scope;
  const keeps = live.tables.some(({ table }) => selections.get(table)?.keepsLater);
  return {
    ...{ connection, schema: staging.schema, tenant: staging.tenant, shape, catalog },
    ...{ mode, overwrite, selections, withChildren, filtered: scope.filtered || keeps },
  };
}

/** Computes the preview and leaves its difference in the staging schema. */
export async function diffStaged(
  ctx: Context,
  staging: StagedState,
  scope: RestoreScope,
  measured: { planMs: number; stageMs: number; targetTime: string | null },
): Promise<Preview> {
  const started = performance.now();
  return inStagingSession(staging, 'restore diff', async connection => {
    await beginSnapshot(connection);
    const diff = await computeOrExplain(await prepareDiff(ctx, connection, staging, scope));
    const found = await findConflicts(diff);
    const { notes } = found;
    const conflicts = await withChangers(ctx, diff, staging, scope, found.conflicts);
    const known = [...diff.shape.lost.map(({ table }) => table), ...diff.shape.tables.map(({ live }) => live.table)];
    const unprotected = await findUnprotected(ctx, connection, scope, known);
    conflicts.push(...unprotected.conflicts);
    const tables: TablePreview[] = [];
    for (const table of diff.shape.tables) tables.push(await previewTable(diff, table, scope.samples));
    const preview: Omit<Preview, 'hash'> = {
      format: 'holdfast.preview/1',
      request: scope.document,
      target: formatLsn(staging.target),
      targetTime: measured.targetTime,
      staging: staging.id,
      tables: tables.filter(table => table.inserts + table.updates + table.deletes > 0),
      totals: totalsOf(tables),
      conflicts:
        scope.destination.kind !== 'tenant' ? conflicts : conflicts.map(conflict => withMapping(diff, conflict)),
      notes: [
        ...clusterBackupNotes(staging.notes),
        ...leftOutNotes(leftOutTables(scope, ctx.model, staging.tables)),
        ...diff.shape.notes,
        ...notes,
        ...unprotected.notes,
        ...firingNotes(diff),
        ...alongsideNotes(tables),
        ...keptNotes(diff),
        ...awayNotes(diff),
      ],
      sequences: await findSequenceMoves(diff),
      triggersSuppressed: diff.catalog.maySuppress,
      measured: { planMs: measured.planMs, stageMs: measured.stageMs, diffMs: 0 },
      predictedApplyMs: 0,
      diffDigest: createHash('sha256')
        .update(await digestDiff(diff))
        .digest('hex'),
    };
    await commit(connection);
    const diffMs = Math.round(performance.now() - started);
    return {
      ...preview,
      measured: { ...preview.measured, diffMs },
      // Applying writes the rows and proves the result by computing the difference again.
      predictedApplyMs: Math.round(diffMs + preview.totals.rows / APPLY_ROWS_PER_MS),
      hash: previewHash(preview),
    };
  });
}

/** A copy cannot have values that are unique to the original: names the column and the options. */
function withMapping({ catalog, shape }: DiffSet, conflict: Conflict): Conflict {
  if (conflict.code === 'key-of-another-tenant')
    return {
      ...conflict,
      explanation: `${conflict.count} rows need other keys, and no sequence or uuid gives ${conflict.about} new values: leave the table out (--exclude ${conflict.table}), or restore into another database (--into).`,
    };
  if (conflict.code !== 'unique-taken-elsewhere') return conflict;
  const table = shape.tables.find(candidate => candidate.live.table === conflict.table)!;
  const index = catalog.indexes.find(({ name, tableOid }) => name === conflict.about && tableOid === table.live.oid);
  const text = index?.parts.map(part => part.expression).join(' ') ?? '';
  const column = table.matched
    .map(match => match.live.name)
    .find(name => (index?.columns?.includes(name) ?? text.includes(name)) && !table.key.some(key => key.name === name));
  const way =
    column === undefined
      ? ''
      : `map the column ${column} to other values (--map '${conflict.table}.${column}={}-{tenant}'), or `;
  return {
    ...conflict,
    explanation: `${conflict.count} rows need values of ${conflict.about} that rows outside this tenant have: ${way}leave the table out (--exclude ${conflict.table}), or restore into another database (--into).`,
  };
}

function leftOutNotes(tables: readonly TableName[]): Note[] {
  return tables.map(table => ({
    code: 'left-out',
    table,
    text: `${table} is left out, as requested: it is neither compared nor written, and the restore is partial.`,
  }));
}

/** A predicate can fail on real rows (a division by zero): that is reported as an error of the request. */
async function computeOrExplain(input: DiffInput): Promise<DiffSet> {
  try {
    return await computeDiff(input, 'd');
  } catch (error) {
    const state = (error as { code?: string }).code ?? '';
    const conditions = [...input.selections.values()].some(selection => selection.conditions.length > 0);
    if (!conditions || !/^22/.test(state)) throw asSourceError(error, 'comparing the staged state with the live rows');
    throw new InputError('bad-predicate', `A row predicate fails on the tenant's rows (SQLSTATE ${state}).`, {
      hint: 'Guard the expression, for example with nullif() or CASE.',
    });
  }
}

async function previewTable(diff: DiffSet, table: DiffTable, samples: number): Promise<TablePreview> {
  const { inserts, updates, deletes, alongside, columns } = extentOf(diff, table);
  const changed = [...columns].sort(([a], [b]) => a - b);
  const nameFor = (number: number) => table.matched.find(match => match.live.number === number)!.live.name;
  const total = inserts + updates + deletes;
  return {
    table: table.live.table,
    ...{ inserts, updates, deletes, alongside },
    ...(deletes > 0 && { bornAfter: deletes }),
    columns: Object.fromEntries(changed.map(([number, rows]) => [nameFor(number), rows])),
    samples: total > 0 && samples > 0 ? await readSamples(diff, table, samples, fromTable(table.live)) : [],
  };
}

function firingNotes(diff: DiffSet): Note[] {
  const suppressed = diff.catalog.maySuppress;
  return diff.catalog.firings
    .filter(firing => firing.enabled === 'A' || firing.enabled === (suppressed ? 'R' : 'O'))
    .flatMap(firing => {
      const table = diff.shape.tables.find(candidate => candidate.live.oid === firing.tableOid)!;
      const operations = operationsOf(diff, table);
      if (![...firing.operations].some(operation => operations.includes(operation))) return [];
      const why = suppressed ? 'it is enabled for replicas' : 'this role cannot set session_replication_role';
      const writes = firing.writes
        ? ' Its code seems to change rows: if those are rows of this restore, the restore is refused and rolled back.'
        : '';
      return {
        code: firing.kind === 'trigger' ? ('trigger-fires' as const) : ('rule-fires' as const),
        table: table.live.table,
        text: `The ${firing.kind} ${firing.name} will fire: ${why}.${writes}`,
      };
    });
}

function keptNotes({ shape, kept, mode }: DiffSet): Note[] {
  return shape.tables
    .filter(table => kept.has(table.index))
    .map(({ index, live }) => ({
      code: 'kept',
      table: live.table,
      text:
        mode === 'merge'
          ? `what the transactions recorded stays, because the table belongs to the audit component (rows: ${kept.get(index)}).`
          : `later rows are kept, because the table belongs to the audit component (rows: ${kept.get(index)}). Remove them too with --component audit or --table ${live.table}.`,
    }));
}

function awayNotes({ shape, away }: DiffSet): Note[] {
  return shape.tables
    .filter(table => away.has(table.index))
    .map(({ index, live }) => ({
      code: 'children-stay-away',
      table: live.table,
      text: `${away.get(index)} rows of ${live.table} that belonged to these rows at the target are not restored; add --with-children.`,
    }));
}

function alongsideNotes(tables: readonly TablePreview[]): Note[] {
  return tables
    .filter(table => table.alongside > 0)
    .map(table => ({
      code: 'alongside',
      table: table.table,
      text: `${table.table}: ${table.alongside} more rows are restored because rows in scope need them or would orphan them.`,
    }));
}

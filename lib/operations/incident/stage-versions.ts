/**
 * The rows of one of the tenant's tables over a range of the log, every version of them, in a private schema of the
 * database: the table as it was at the beginning of the range, replayed transaction by transaction to its end. Invariant:
 * whose a row is is decided as in a restore; rows of erased subjects are left out; the schema is dropped by the caller.
 */
import type { Moment, Stretch } from '../../domain/backup-chain.ts';
import { InputError } from '../../domain/errors.ts';
import { formatLsn, type Lsn, maxLsn, parseLsn } from '../../domain/lsn.ts';
import type { RecoveryTarget } from '../../domain/recovery-target.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import type { TableName, TypeSchema } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { type OwnedTable, ownedTables, pathOf } from '../../domain/tenant-model.ts';
import { openStagingArea, type StagingArea } from '../../postgres/staging/staging-area.ts';
import { noVersions, VersionTables } from '../../postgres/versions/version-tables.ts';
import { erasures } from '../catalog/catalog-index.ts';
import { type RecoveryMaterial, recoveryMaterial } from '../catalog/recovery-material.ts';
import { type Context, refOf } from '../context.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { findOwned } from '../restore/plan/select-rows.ts';
import { leaveOutErased } from '../restore/stage/leave-out-erased.ts';
import { openRun, type StageRun } from '../restore/stage/open-run.ts';
import { parentStage } from '../restore/stage/replay-log.ts';
import { loadSnapshotRows, settleState } from '../restore/stage/stage-run.ts';
import { resolveTarget } from '../restore/target/resolve-target.ts';
import { NO_LIMIT } from '../time-budget.ts';
import { recordLog } from './record-log.ts';

export interface VersionRange {
  /** As the model or a person names it. */
  readonly table: string;
  /** Absent: the earliest moment from which the log reaches the end without a gap. */
  readonly from?: RecoveryTarget | undefined;
  /** Absent: the newest recoverable moment. */
  readonly to?: RecoveryTarget | undefined;
}

export interface StagedVersions {
  readonly table: TableName;
  readonly owned: OwnedTable;
  readonly from: Moment;
  readonly to: Moment;
  readonly tables: VersionTables;
  /** Types of the application, as of the beginning. */
  readonly types: readonly TypeSchema[];
  /** Sentences for people. */
  readonly notes: readonly string[];
  /** Removes the schema. */
  drop(): Promise<void>;
}

/** InputError `unknown-tenant`, `unknown-table`, `bad-range`; TargetError; IntegrityError; SourceError. */
export async function stageVersions(ctx: Context, tenant: TenantId, asked: VersionRange): Promise<StagedVersions> {
  const owned = findOwned(ctx.model, asked.table);
  const ref = refOf(ctx, tenant);
  const concerned = new Set([owned.table, ...pathOf(owned).map(step => step.references)]);
  const range = await resolveRange(ctx, await recoveryMaterial(ctx, ref), asked, concerned);
  const others = ownedTables(ctx.model).filter(table => table !== owned);
  // What refers to an erased row is only known with the rows that it refers to.
  const hasErased = (await erasures.list(ctx.catalog, ref)).length > 0;
  const exclude = hasErased ? [] : others.map(({ table }) => table);
  const end: RecoveryTarget = { kind: 'lsn', lsn: range.ends.to.lsn, named: true };
  const plan = await planRestore(ctx, tenant, end, { tables: [owned.table], exclude }, { since: range.ends.from.lsn });
  const area = await openStagingArea(ctx.source, plan.id, { plan });
  try {
    const run = await openRun(ctx, plan, area, new Map());
    const tables = await recorded(ctx, run, owned.table, range.ends.from.lsn);
    const notes = [...range.notes, ...run.relations.notes, ...unprovedNotes(run, tables)];
    const { types } = run.chain.snapshot.body.schema;
    return { ...{ table: owned.table, owned, tables, types, notes }, ...range.ends, drop: () => area.drop() };
  } catch (error) {
    await abandon(area);
    throw error;
  }
}

async function abandon(area: StagingArea): Promise<void> {
  await area.drop().catch(() => {});
}

async function recorded(ctx: Context, run: StageRun, table: TableName, since: Lsn): Promise<VersionTables> {
  const { plan, stages, area } = run;
  const stage = stages.get(table);
  if (stage === undefined) throw noVersions({ table }, 'the backup does not have it under this name');
  await loadSnapshotRows(ctx, run, NO_LIMIT);
  const tables = new VersionTables(area.connection, stage, stages.size + 1);
  await tables.create();
  await recordLog(ctx, run, since, tables);
  await tables.inTransaction(() => tables.noteLost(parentStage(stages, stage)));
  await settleState(ctx, run);
  const parent = parentOf(run, tables);
  await tables.inTransaction(async () => {
    if (parent !== undefined && parentStage(stages, stage) === undefined) await tables.dropUnproved(parent);
    const instead = new Map([...stages, [table, tables.events]]);
    await leaveOutErased(ctx, plan.tenant, plan.erasures, area.connection, instead);
    await tables.finish();
  });
  return tables;
}

/** The staged table that says whose rows of the recorded one are. */
function parentOf({ stages }: StageRun, { stage: { owned } }: VersionTables) {
  return owned.kind === 'via' ? stages.get(owned.path[0]!.references) : undefined;
}

function unprovedNotes(run: StageRun, tables: VersionTables): string[] {
  const parent = parentOf(run, tables);
  if (parent === undefined || parentStage(run.stages, tables.stage) !== undefined) return [];
  return [
    `No foreign key ties ${tables.stage.table} to ${parent.table}: versions of rows are left out whose row there does not exist at the end of the range, because they may be another tenant's.`,
  ];
}

interface ResolvedRange {
  readonly ends: { readonly from: Moment; readonly to: Moment };
  readonly notes: readonly string[];
}

/** InputError `bad-range`; TargetError as of the targets. */
async function resolveRange(
  ctx: Context,
  at: RecoveryMaterial,
  asked: VersionRange,
  tables: ReadonlySet<TableName>,
): Promise<ResolvedRange> {
  const end = await resolveTarget(ctx, at, asked.to ?? { kind: 'latest' });
  const stretch = at.window.stretches.find(({ from, to }) => from.lsn <= end.lsn && end.lsn <= to.lsn)!;
  const to = { lsn: end.lsn, time: end.time };
  if (asked.from === undefined) {
    const from = afterGaps(at, stretch, end.lsn, tables);
    return { ends: { from, to }, notes: earlierNotes(at, from) };
  }
  const begin = await resolveTarget(ctx, at, asked.from);
  if (begin.lsn > end.lsn)
    throw new InputError('bad-range', 'The range ends before it begins.', {
      hint: 'Give an earlier beginning or a later end.',
      details: { from: formatLsn(begin.lsn), to: formatLsn(end.lsn) },
    });
  const isWhole = begin.lsn >= stretch.from.lsn;
  const from = isWhole ? { lsn: begin.lsn, time: begin.time } : stretch.from;
  return { ends: { from, to }, notes: isWhole ? [] : earlierNotes(at, stretch.from) };
}

/** The beginning of the stretch, or the first snapshot after the last gap that concerns these tables only. */
function afterGaps(at: RecoveryMaterial, { from }: Stretch, end: Lsn, tables: ReadonlySet<TableName>): Moment {
  const ends = at.gaps.flatMap(gap => {
    const until = gap.tables?.some(table => tables.has(table)) ? gapEnd(gap) : null;
    return until !== null && parseLsn(until) <= end ? [parseLsn(until)] : [];
  });
  const last = ends.reduce(maxLsn, from.lsn);
  if (last === from.lsn) return from;
  const read = at.material.snapshots
    .filter(snapshot => snapshot.from >= last && snapshot.to <= end)
    .sort((a, b) => (a.to < b.to ? -1 : 1))[0];
  return read ? { lsn: read.to, time: read.toTime } : from;
}

function earlierNotes(at: RecoveryMaterial, from: Moment): string[] {
  const gap = at.window.gaps.findLast(({ to }) => to !== null && to.lsn <= from.lsn);
  if (gap === undefined) return [];
  return [
    `The change log has a gap (${gap.reason}) before ${from.time}: earlier versions are not shown. Read them with an end before the gap, at ${gap.from.time} (${formatLsn(gap.from.lsn)}) or earlier.`,
  ];
}

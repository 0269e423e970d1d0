/**
 * One tenant restored into a scratch database, by the restore's own plan, stage, compare and apply, and proved there:
 * counted again, compared with the staged state, references checked. Invariant: nothing live is written or read, and the
 * tenant's own records get no entry: the record of the drill says what was done.
 */
import type { ProvedRestore } from '../../domain/drill.ts';
import { ConflictError } from '../../domain/errors.ts';
import { formatLsn } from '../../domain/lsn.ts';
import { blockingConflicts } from '../../domain/preview.ts';
import { parseRestoreRequest, type RestoreRequest } from '../../domain/restore-request.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { countTenantRows } from '../../postgres/catalogs/tenant-rows.ts';
import { withConnection } from '../../postgres/connection.ts';
import type { ScratchDatabase } from '../../postgres/drill/scratch-database.ts';
import { type Context, refOf } from '../context.ts';
import { applyStaged } from '../restore/apply/apply-staged.ts';
import type { Applied } from '../restore/apply/apply-transaction.ts';
import { type ComparedRestore, compareRestore } from '../restore/compare/compare-restore.ts';
import { chainOf } from '../restore/plan/plan-restore.ts';
import { type OpenRestore, openRestore } from '../restore/stage/open-restore.ts';
import type { StagedState } from '../restore/stage/staged-state.ts';

export interface ScratchRestore {
  readonly drill: string;
  readonly tenant: TenantId;
  readonly moment: string;
}

/** A request that the restore's own checks accept: into the scratch database. */
export function scratchRequest(scratch: ScratchDatabase, { drill, tenant, moment }: ScratchRestore): RestoreRequest {
  return parseRestoreRequest({
    ...{ tenant, target: moment, into: scratch.source.url, samples: 0 },
    ...{ requestedBy: 'drill', reason: `drill ${drill}` },
  });
}

/** Throws what planning, staging and applying throw. */
export async function restoreIntoScratch(
  ctx: Context,
  scratch: ScratchDatabase,
  asked: ScratchRestore,
): Promise<ProvedRestore> {
  const opened = await openRestore(ctx, scratchRequest(scratch, asked));
  try {
    const compared = await compareHere(opened, opened.staging);
    const applied = await applyHere(opened, compared, asked.drill);
    return await provedRestore(opened, compared, applied, asked);
  } finally {
    await opened.area.drop();
  }
}

/** The difference between a staged state and what the scratch database has now. */
export function compareHere(
  { ctx, scope, plan, planMs, stageMs }: OpenRestore,
  staging: StagedState,
): Promise<ComparedRestore> {
  return compareRestore(ctx, staging, scope, {
    ...{ ref: refOf(ctx, scope.tenant), startedAt: ctx.clock.now(), chain: chainOf(plan) },
    ...{ targetTime: plan.target.time, planMs, stageMs },
  });
}

/** Writes the difference, and proves it in the same transaction. ConflictError `conflicts`. */
export async function applyHere(
  { ctx, scope }: OpenRestore,
  compared: ComparedRestore,
  drill: string,
): Promise<Applied> {
  const blocking = blockingConflicts(compared.preview);
  if (blocking.length > 0) {
    const list = blocking.map(({ table, explanation }) => `${table}: ${explanation}`).join(' ');
    throw new ConflictError('conflicts', `The restore into the scratch database is refused. ${list}`, {
      hint: 'Restore this tenant into another database by hand (holdfast restore TENANT --into URL), which shows the same.',
      details: { conflicts: blocking },
    });
  }
  // Without batches it runs to completion.
  return (await applyStaged(ctx, compared.staging, scope, compared.preview, {
    ...{ restoreId: drill, approved: false, beforeCommit: async () => {} },
  }))!;
}

/** Counted again in a session of its own. */
export async function provedRestore(
  { ctx, plan, staging, planMs, stageMs, scope }: OpenRestore,
  { preview }: ComparedRestore,
  { proof, applyMs, proveMs }: Applied,
  { moment }: Pick<ScratchRestore, 'moment'>,
): Promise<ProvedRestore> {
  const { counts, foreignKeys } = await lookInto(ctx, scope.tenant);
  const phases = { planMs, stageMs, diffMs: preview.measured.diffMs, applyMs, proveMs };
  const tables = staging.tables.map(({ table, rows }) => ({ table, rows, found: counts.get(table) ?? 0 }));
  const left = Object.values(proof.left).reduce((sum, rows) => sum + rows, 0);
  const miscounted = tables.reduce((sum, { rows, found }) => sum + Math.abs(rows - found), 0);
  return {
    ...{ moment, target: formatLsn(staging.target), phases },
    recoveryMs: Object.values(phases).reduce((sum, ms) => sum + ms, 0),
    predictedStageMs: plan.estimate.ms,
    bytes: plan.volume.bytes,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    tables: tables.filter(({ rows, found }) => rows + found > 0),
    ...{ differing: Math.max(left, miscounted), brokenReferences: proof.brokenReferences, foreignKeys },
    snapshot: plan.snapshot.id,
    backup: null,
  };
}

/** An independent count, on a session of its own. */
async function lookInto(
  ctx: Context,
  tenant: TenantId,
): Promise<{ counts: ReadonlyMap<string, number>; foreignKeys: number }> {
  return withConnection(ctx.source, 'drill', async connection => {
    const { tables } = await readOwnedSchema(ctx, connection);
    const schemas = new Map(tables.map(table => [table.table, table]));
    const counted = await countTenantRows(connection, ctx.model, schemas, tenant);
    return {
      counts: new Map(counted.map(({ table, rows }) => [table, rows])),
      foreignKeys: tables.reduce((sum, { foreignKeys }) => sum + foreignKeys.length, 0),
    };
  });
}

/**
 * Proves a backup by restoring it into scratch staging. First the snapshot is compared with the counts and checksums
 * that the database computed when it was taken. Then, on the fleet's schedule, the current moment is rebuilt and
 * compared with the live rows (verify-live.ts), in as many calls as needed; on the command line the log is replayed to
 * the newest moment, in one call. Both consist of the same steps. Outcomes are recorded; a failure raises an alarm.
 * Only references, counts and sums pass between calls.
 */
import * as z from 'zod';
import { SourceError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Source } from '../../postgres/connection.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { StagingRef } from '../restore/stage/stage-restore.ts';
import { NO_LIMIT, type TimeBudget, timeBudget } from '../time-budget.ts';
import { LiveRun } from './live-look.ts';
import { proveLog } from './prove-log.ts';
import { type ProvedSnapshot, proveSnapshot, stageSnapshot } from './prove-snapshot.ts';
import { chooseBackup, recordingFailure, recordVerified } from './record-verification.ts';
import { verifyLiveStep } from './verify-live.ts';
import { isStagingGone, type ProofCall } from './when-staged.ts';

const Common = { backup: z.string(), startedAt: z.string() };

export const SnapshotStage = z.object({ ...Common, step: z.literal('snapshot'), staging: StagingRef });
export type SnapshotStage = z.infer<typeof SnapshotStage>;

/** What one call passes to the next. */
export const VerifyRun = z.discriminatedUnion('step', [
  SnapshotStage,
  /** `rows`: of the snapshot, as compared. */
  z.object({ ...Common, step: z.literal('live'), rows: z.number().int(), live: LiveRun.nullable() }),
]);
export type VerifyRun = z.infer<typeof VerifyRun>;
type LiveStage = Extract<VerifyRun, { step: 'live' }>;

export interface Verified {
  readonly done: true;
  readonly backup: string;
  readonly rows: number;
  /** Position at which the live rows were compared. */
  readonly liveAt: string;
  readonly liveRows: number;
  /** Tables that could not be compared with their live rows. */
  readonly unchecked: readonly string[];
  readonly changesReplayed: number;
  readonly durationMs: number;
}

/** `waiting`: the log has to be shipped further before the next call. */
export type VerifyStep = Verified | { readonly done: false; readonly waiting: boolean; readonly run: VerifyRun };

/** The shipper runs every minute: after this time without progress it has stopped. */
const LOG_TIMEOUT_MS = 3600 * 1000;

/**
 * Starts (without a run) or continues, until it is done, has to wait, or the time is used up. Errors as of
 * verifyBackup() and verifyLiveStep(), and SourceError `log-behind`; the staging schema is removed, unless a retry of
 * the same step can succeed. A call whose answer was lost can be repeated: what it proved is recorded, and it answers again.
 */
export async function verifyStep(
  ctx: Context,
  tenant: TenantId,
  before?: VerifyRun,
  budget: TimeBudget = timeBudget(ctx.settings.stepBudgetMs),
): Promise<VerifyStep> {
  let run = before;
  if (run === undefined || run.step === 'snapshot') {
    const { stage, rows } = await provedRows(ctx, { tenant, into: ctx.source, budget }, run);
    if (rows === undefined) return { done: false, waiting: false, run: stage };
    const { backup, startedAt } = stage;
    run = { step: 'live', backup, startedAt, rows, live: null };
    if (budget.isUsed()) return { done: false, waiting: false, run };
  }
  return advanceLive(ctx, tenant, run, budget);
}

export interface VerifyOptions {
  /** Id of a snapshot; default: the newest, and the log after it. */
  readonly backup?: string;
  /** Scratch database; default: the source. */
  readonly into?: Source;
}

export interface VerifyResult extends ProvedSnapshot {
  readonly backup: string;
  /** Where the log was replayed to; null where it was not. */
  readonly replayedTo: string | null;
  readonly changesReplayed: number;
  readonly durationMs: number;
}

/**
 * The snapshot, and for the newest one the log after it, in one process without a limit. Throws InputError
 * `unknown-tenant`, `unknown-backup`; IntegrityError (recorded, alarmed); SourceError.
 */
export async function verifyBackup(ctx: Context, tenant: TenantId, options: VerifyOptions = {}): Promise<VerifyResult> {
  const started = ctx.clock.now().getTime();
  const ref = refOf(ctx, tenant);
  const call = { tenant, into: options.into ?? ctx.source, budget: NO_LIMIT };
  const { item, proved } = await advanceSnapshot(ctx, call, undefined, options.backup);
  const isNewest = options.backup === undefined;
  const log = isNewest ? await recordingFailure(ctx, ref, item, () => proveLog(ctx, call)) : undefined;
  await recordVerified(ctx, ref, item, true);
  const { tables, rows, versions, notes } = proved!;
  return {
    ...{ backup: item.id, tables, rows, versions, notes },
    replayedTo: log?.replayedTo ?? null,
    changesReplayed: log?.changesReplayed ?? 0,
    durationMs: ctx.clock.now().getTime() - started,
  };
}

/** One snapshot without the log after it, in as many calls as needed. Errors as of verifyBackup(). */
export async function verifySnapshotStep(
  ctx: Context,
  call: ProofCall,
  backup: string,
  before?: SnapshotStage,
): Promise<{ readonly stage: SnapshotStage; readonly proved: ProvedSnapshot | undefined }> {
  const { stage, proved } = await advanceSnapshot(ctx, { ...call, records: true }, before, backup);
  return { stage, proved };
}

/** As an earlier call recorded them, if its answer was lost. Undefined where the time is used up. */
async function provedRows(
  ctx: Context,
  call: ProofCall,
  before: SnapshotStage | undefined,
): Promise<{ stage: SnapshotStage; rows: number | undefined }> {
  try {
    const { stage, proved } = await advanceSnapshot(ctx, { ...call, records: true }, before);
    return { stage, rows: proved?.rows };
  } catch (error) {
    if (before === undefined || !isStagingGone(error)) throw error;
    const { verified, rows } = await chooseBackup(ctx, refOf(ctx, call.tenant), before.backup);
    if (!verified?.ok || verified.at < before.startedAt) throw error;
    return { stage: before, rows };
  }
}

/** `proved` is undefined where the time is used up before the snapshot is staged; then `stage` continues. */
async function advanceSnapshot(
  ctx: Context,
  { records, ...call }: ProofCall & { readonly records?: true },
  before: SnapshotStage | undefined,
  backup?: string,
): Promise<{ item: BackupItem; stage: SnapshotStage; proved: ProvedSnapshot | undefined }> {
  const ref = refOf(ctx, call.tenant);
  const item = await chooseBackup(ctx, ref, before?.backup ?? backup);
  return recordingFailure(ctx, ref, item, async () => {
    const stage = before ?? (await beginSnapshot(ctx, call, item));
    const recorded = () => recordVerified(ctx, ref, item, true);
    const proving = records ? { ...call, recorded } : call;
    return { item, stage, proved: await proveSnapshot(ctx, item, stage.staging, proving) };
  });
}

async function beginSnapshot(ctx: Context, { tenant, into }: ProofCall, item: BackupItem): Promise<SnapshotStage> {
  const startedAt = ctx.clock.now().toISOString();
  return { step: 'snapshot', backup: item.id, startedAt, staging: await stageSnapshot(ctx, tenant, item, into) };
}

async function advanceLive(ctx: Context, tenant: TenantId, run: LiveStage, budget: TimeBudget): Promise<VerifyStep> {
  const step = await verifyLiveStep(ctx, tenant, run.live ?? undefined, budget);
  const { backup, startedAt, rows } = run;
  if (!step.done) {
    const waited = ctx.clock.now().getTime() - Date.parse(step.run.startedAt);
    if (step.waiting && waited > LOG_TIMEOUT_MS) throw logBehind();
    return { done: false, waiting: step.waiting, run: { ...run, live: step.run } };
  }
  const { lsn, rows: liveRows, unchecked, changesReplayed } = step;
  return {
    ...{ done: true, backup, rows, liveAt: lsn, liveRows, changesReplayed },
    unchecked: unchecked.map(({ table }) => table),
    durationMs: ctx.clock.now().getTime() - Date.parse(startedAt),
  };
}

function logBehind(): SourceError {
  return new SourceError('log-behind', 'The change log did not reach the moment of the verification within an hour.', {
    hint: 'Check that the shipper is running: holdfast status shows the age of the newest recoverable moment.',
    retry: 'operator',
  });
}

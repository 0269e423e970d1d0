/**
 * Ships the change log: everything that committed since the last run becomes durable in the vault, routed to its
 * tenants, and only then is released by the source.
 *
 * Write order: pack durable → manifest → catalog → slot confirmed. A crash in between leaves at most an unreferenced
 * pack or a manifest that the next run adopts; nothing is lost and nothing is shipped into the log twice. Last come the
 * indexes of closed hours (index-log.ts): they help readers, and the log does not depend on them.
 */
import { epochOf } from '../../domain/source-epoch.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import { type Connection, withConnection, withConnectionAfter } from '../../postgres/connection.ts';
import { type LogEnd, openLogEnd } from '../../postgres/log/replication-slot.ts';
import { cleanStagingAreas, hasLeftovers } from '../../postgres/staging/staging-area.ts';
import type { Context } from '../context.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { indexLog } from './index-log.ts';
import { type LogStart, lockShipper, prepareSource, startOfLog } from './log-source.ts';
import { openGaps } from './open-gaps.ts';
import type { RunStart } from './run-body.ts';
import { changesOf, type Shipped, type ShipResult, shipResult } from './ship-result.ts';
import { shipRun } from './ship-run.ts';
import { type SeenTables, sightTables } from './sight-tables.ts';
import { skipUndecodable } from './skip-undecodable.ts';
import { type CutLog, startOfEpoch } from './start-of-epoch.ts';

export interface ShipOptions extends CutLog {
  /** Stop after this number of runs of `settings.peekChanges`, even if there is more. */
  readonly maxRuns?: number;
  /** Begin a source epoch on the server of this name (start-of-epoch.ts) where it does not continue the log. */
  readonly newEpoch?: string;
  /** Also removes what killed restores left: it holds a tenant's rows. */
  readonly cleansStaging?: boolean;
}

/**
 * Ships at least up to the WAL position found at the start, in runs of about `settings.peekChanges` changes. Throws SourceError
 * `slot-busy`, `publication-missing`, `publication-unfit`, `slot-foreign`, `source-replaced`, `position-behind`.
 */
export async function shipLog(ctx: Context, options: ShipOptions = {}): Promise<ShipResult> {
  try {
    return await shipWhatIsDecoded(ctx, options);
  } catch (error) {
    if (!(await skipUndecodable(ctx, error))) throw error;
    return shipWhatIsDecoded(ctx, options);
  }
}

async function shipWhatIsDecoded(ctx: Context, options: ShipOptions): Promise<ShipResult> {
  await ctx.requireActive?.();
  const { result, leftovers } = await withConnection(ctx.source, 'ship', async control => {
    await lockShipper(control, ctx.slot);
    return withConnectionAfter(
      ctx.source,
      'ship lookups',
      () => settleStart(ctx, control, options),
      async (view, start) => ({
        result: await shipRuns(ctx, { control, view }, start, options),
        leftovers: options.cleansStaging === true && (await hasLeftovers(control).catch(() => false)),
      }),
    );
  });
  // On a session of its own, once the next shipper may begin: there may be much to remove. Shipping does not depend on it.
  if (leftovers) await cleanStagingAreas(ctx.source).catch(() => []);
  return result;
}

/** Where the log goes on, once the source is fit for it. */
async function settleStart(ctx: Context, control: Connection, options: ShipOptions): Promise<LogStart> {
  const { newEpoch } = options;
  await prepareSource(ctx, control);
  await ensureDigestKey(ctx, SYSTEM);
  return newEpoch === undefined ? startOfLog(ctx, control) : startOfEpoch(ctx, control, newEpoch, options);
}

async function shipRuns(
  ctx: Context,
  { control, view }: Pick<RunStart, 'control' | 'view'>,
  first: LogStart,
  options: ShipOptions,
): Promise<ShipResult> {
  const epoch = epochOf(first.from);
  const most = options.maxRuns ?? Number.POSITIVE_INFINITY;
  let start = first;
  let goal: LogEnd | undefined;
  let end: LogEnd;
  let seen: SeenTables;
  const done: Shipped[] = [];
  for (;;) {
    end = await openLogEnd(control, view, epoch);
    goal ??= end;
    const sighting = sightTables(ctx, view, epoch);
    // Where the stream fails first, nobody waits for it.
    sighting.catch(() => {});
    const shipped = await shipRun(ctx, { control, view, start, end }, sighting);
    seen = await sighting;
    if (shipped === undefined) break;
    done.push(shipped);
    const { to: from, run } = shipped;
    start = { ...start, from, fromTime: run.toTime, latest: run, since: run, gaps: [] };
    ctx.progress?.({
      step: 'ship.batch',
      message: `Shipped to ${shipped.run.to}`,
      done: changesOf(done),
      unit: 'changes',
    });
    // Transactions committed since the start are left to the next call.
    if (!shipped.more || shipped.to >= goal.lsn || done.length >= most) break;
  }
  await indexLog(ctx);
  const open = await openGaps(ctx, end.time);
  return shipResult({ source: seen.source, first, last: start, done, goal: goal.lsn }, open);
}

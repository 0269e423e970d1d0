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
import { withConnection } from '../../postgres/connection.ts';
import { type LogEnd, openLogEnd } from '../../postgres/log/replication-slot.ts';
import type { Context } from '../context.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { indexLog } from './index-log.ts';
import { lockShipper, readLogSource, startOfLog } from './log-source.ts';
import { openGaps } from './open-gaps.ts';
import { changesOf, type Shipped, type ShipResult, shipResult } from './ship-result.ts';
import { shipRun } from './ship-run.ts';
import { sightTables } from './sight-tables.ts';
import { skipUndecodable } from './skip-undecodable.ts';
import { startOfEpoch } from './start-of-epoch.ts';
import { knownTables } from './watch-tables.ts';

export interface ShipOptions {
  /** Stop after this number of runs of `settings.peekChanges`, even if there is more. */
  readonly maxRuns?: number;
  /** Begin a source epoch on the server of this name (start-of-epoch.ts) where it does not continue the log. */
  readonly newEpoch?: string;
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
  return withConnection(ctx.source, 'ship', async control => {
    await lockShipper(control, ctx.slot);
    const source = await readLogSource(ctx, control);
    await ensureDigestKey(ctx, SYSTEM);
    let start =
      options.newEpoch === undefined
        ? await startOfLog(ctx, control)
        : await startOfEpoch(ctx, control, options.newEpoch);
    const epoch = epochOf(start.from);
    const first = start;
    let goal: LogEnd | undefined;
    let end: LogEnd | undefined;
    const done: Shipped[] = [];
    while (done.length < (options.maxRuns ?? Number.POSITIVE_INFINITY)) {
      const shipped = await withConnection(ctx.source, 'ship lookups', async view => {
        const upTo = await openLogEnd(control, view, epoch);
        end = upTo;
        goal ??= upTo;
        const sight = await sightTables(ctx, view);
        return shipRun(ctx, { control, view, ...sight, known: await knownTables(ctx, epoch), start, end: upTo });
      });
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
      if (!shipped.more || shipped.to >= goal!.lsn) break;
    }
    await indexLog(ctx);
    const open = await openGaps(ctx, end?.time ?? start.fromTime);
    return shipResult({ source, first, last: start, done, goal: goal?.lsn }, open);
  });
}

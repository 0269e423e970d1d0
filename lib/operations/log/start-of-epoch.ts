/**
 * Begins a source epoch: the installation goes on with another server, or with one that was restored to an earlier
 * moment. The log begins again at a new slot, with a gap for all tenants that only their new snapshots close; every
 * earlier moment stays recoverable from the snapshots and the log of its own epoch. Invariant: only for a server that a
 * person named, and never for one that continues the log.
 */
import { InputError, SourceError } from '../../domain/errors.ts';
import { epochEnd, nextEpoch, positionIn, type SourceIdentity } from '../../domain/source-epoch.ts';
import type { Connection } from '../../postgres/connection.ts';
import { createSlot, dropSlot, serverClock, slotState } from '../../postgres/log/replication-slot.ts';
import { readSourceIdentity } from '../../postgres/server/source-identity.ts';
import { runs } from '../catalog/catalog-index.ts';
import { sourceName } from '../catalog/current-source.ts';
import { epochOfRun } from '../catalog/log-items.ts';
import type { Context } from '../context.ts';
import { adoptRuns } from './log-run.ts';
import { gapBefore, type LogStart, startOfLog } from './log-source.ts';
import { beginningOf } from './source-history.ts';

/** After a fail-over, where the vault may lack the end of what was shipped. */
export interface CutLog {
  /** Begin an epoch also where the server continues the log, if it was promoted since. */
  readonly logMayBeCut?: boolean;
  /**
   * Then also on the server of the newest run, while that ends at this position: another region may have gone on from it, and
   * a timeline does not always tell a promotion (Aurora).
   */
  readonly logCutAfter?: string;
}

/** What a server that does not continue the log is refused with. */
const REPLACED = new Set(['source-replaced', 'position-behind']);

/**
 * The start of the log on the server that `confirmed` names (`SYSTEM/TIMELINE`, as the refusal prints it). On a server
 * that continues the log, which then simply goes on: repeating it is harmless, unless the log is cut: other runs may come
 * to this vault late. Throws InputError `epoch-unconfirmed`.
 */
export async function startOfEpoch(
  ctx: Context,
  connection: Connection,
  confirmed: string,
  { logMayBeCut = false, logCutAfter }: CutLog = {},
): Promise<LogStart> {
  const identity = await readSourceIdentity(connection);
  if (confirmed !== sourceName(identity)) throw unconfirmed(identity, confirmed);
  // A run of the new epoch whose process died before it was listed.
  await adoptRuns(ctx, epoch => epochEnd(nextEpoch(epoch, ctx.epochTurn)));
  const newest = await runs.latest(ctx.catalog);
  const wasPromoted = newest?.source !== undefined && newest.source.timeline !== identity.timeline;
  // The first epoch is that of the first region.
  const isFirst = newest === undefined && nextEpoch(undefined, ctx.epochTurn) > 0;
  const isCutHere = newest !== undefined && newest.to === logCutAfter;
  if (!(logMayBeCut && (wasPromoted || isFirst || isCutHere))) {
    try {
      return await startOfLog(ctx, connection);
    } catch (error) {
      if (!(error instanceof SourceError && REPLACED.has(error.code))) throw error;
    }
  }
  const latest = await runs.latest(ctx.catalog);
  const state = await slotState(connection, ctx.slot);
  // Copied with the server, or left by another epoch: its position means nothing here.
  if (state.status !== 'missing') await dropSlot(connection, ctx.slot);
  const epoch = nextEpoch(latest && epochOfRun(latest), ctx.epochTurn);
  const position = positionIn(epoch, await createSlot(connection, ctx.slot));
  const time = await serverClock(connection);
  const gap = gapBefore(ctx, { position, time }, latest, latest ? 'new-epoch' : 'slot-created');
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'new-epoch',
    message: `A new source epoch began on server ${sourceName(identity)}: every tenant needs a new snapshot, and moments between ${gap.fromTime} and its snapshot cannot be recovered.`,
    details: { source: sourceName(identity), epoch },
  });
  const server = await beginningOf(ctx, identity, epoch);
  return { latest, since: undefined, identity: server, from: position, fromTime: time, gaps: [gap] };
}

function unconfirmed(identity: SourceIdentity, confirmed: string): InputError {
  return new InputError(
    'epoch-unconfirmed',
    `The database is on server ${sourceName(identity)}, not on ${confirmed}: no epoch was begun.`,
    { hint: 'Check the database URL. Then confirm the name of the server that the application uses.' },
  );
}

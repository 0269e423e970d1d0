/**
 * Makes one run of the log durable: routes it until each decision is proved, then writes packs, manifest and catalog in
 * the order given in ship-log.ts, and only then lets the source discard it. Nothing remains of a pass that is routed
 * again.
 */
import { type Lsn, maxLsn } from '../../domain/lsn.ts';
import { newId } from '../../domain/new-id.ts';
import { logPackKey } from '../../domain/object-key.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import { retainUntil } from '../../domain/settings.ts';
import type { LogStream } from '../../postgres/log/log-stream.ts';
import { closeLogView, type LogEnd } from '../../postgres/log/replication-slot.ts';
import type { Context } from '../context.ts';
import { PackWriter } from '../storage/pack.ts';
import { noticeDiscarded } from './discarded-changes.ts';
import type { LogStart } from './log-source.ts';
import { noticeAccidents } from './notice-accidents.ts';
import type { Knowledge } from './parent-states.ts';
import { recordRun } from './record-run.ts';
import { type RouteBy, type RoutedLog, routeLog, withRunStream } from './route-log.ts';
import { type RunStart, runBody } from './run-body.ts';
import type { Shipped } from './ship-result.ts';
import { newlyOwned, type SeenTables } from './sight-tables.ts';

/** Passes over one run that use assumptions; after that, only what needs no later proof is used. */
const PASSES = 4;

/**
 * One durable run with every routing decision proved: it is routed again where its end shows that something at its
 * beginning differed from the database's current state. Undefined where there is nothing to record. The server begins
 * to decode while the tables are still being looked at.
 */
export async function shipRun(
  ctx: Context,
  from: RunStart,
  sighting: Promise<SeenTables>,
): Promise<Shipped | undefined> {
  let knowledge: Knowledge = { facts: new Map(), assume: true };
  for (let pass = 1; ; pass++) {
    const shipped = await withRunStream(ctx, from.end, async stream =>
      shipPass(ctx, stream, { ...from, ...(await sighting) }, knowledge),
    );
    if (shipped === undefined || !('again' in shipped)) return shipped;
    knowledge = { ...shipped.again, assume: shipped.again.assume && pass < PASSES };
  }
}

/** One durable run; undefined where there is nothing to record; or what to route it with again. */
async function shipPass(
  ctx: Context,
  stream: LogStream,
  from: RunStart & SeenTables,
  knowledge: Knowledge,
): Promise<Shipped | { again: Knowledge } | undefined> {
  const { view, end } = from;
  const id = newId(ctx);
  const keep = retainUntil(ctx.settings, 'log', ctx.clock.now());
  const pack = new PackWriter(ctx, {
    key: n => logPackKey(end.lsn, id, n),
    retainUntil: keep,
    packBytes: ctx.settings.packBytes,
    outlivesKeys: true,
  });
  try {
    const by = routeBy(from, knowledge);
    const routed = await routeLog(ctx, stream, pack, by);
    if ('again' in routed) {
      await pack.abort();
      return routed;
    }
    await closeLogView(view);
    const start = beginning(from.start, routed);
    await ctx.crash?.('ship.after-peek');
    const to = endOf(start, end, routed);
    if (to.lsn <= start.from && start.gaps.length === 0) {
      await pack.abort();
      return undefined;
    }
    const packs = await pack.close();
    await ctx.crash?.('ship.after-pack');
    const routedRun = { id, retainUntil: keep, start, end, to, routed, packs, settledBelow: by.settledBelow };
    const body = await runBody(ctx, from, routedRun);
    await noticeAccidents(ctx, { ...routed, start, segments: body.segments });
    await ctx.requireActive?.();
    const run = await recordRun(ctx, routedRun, body);
    await noticeDiscarded(ctx, body.discarded ?? []);
    await ctx.requireActive?.();
    await stream.confirm(to.lsn);
    await ctx.crash?.('ship.after-confirm');
    const caughtUp = !routed.limited && (!routed.stopped || routed.stoppedAt! >= end.begun);
    const { bufferedBytes, contextsTooLong } = routed;
    return { run, body, to: to.lsn, more: routed.limited, caughtUp, bufferedBytes, contextsTooLong };
  } catch (error) {
    await pack.abort();
    throw error;
  }
}

function routeBy({ view, source, traces, known, start, end }: RunStart & SeenTables, knowledge: Knowledge): RouteBy {
  // What was settled before a hole in the log does not hold after it.
  const settledBelow = start.gaps.length === 0 ? start.since?.settledBelow : undefined;
  const unclear = new Map([...source.unclear, ...newlyOwned({ tables: source.tables, traces }, known)]);
  return { view, source: { ...source, unclear }, end, settledBelow, knowledge };
}

/**
 * The log of the first run begins where the slot was created, at an unrecorded time: no later than the first commit. A
 * time before the first run is then a moment like any other.
 */
function beginning(start: LogStart, { segments }: RoutedLog): LogStart {
  if (start.gaps.length === 0) return start;
  const fromTime = segments.reduce((least, { minCommitTime: time }) => (time < least ? time : least), start.fromTime);
  const gaps = start.gaps.map(gap => ({
    ...gap,
    fromTime: gap.fromTime < fromTime ? gap.fromTime : fromTime,
    toTime: fromTime,
  }));
  return { ...start, fromTime, gaps };
}

/** Up to where the log is complete after this run: position and server time. */
function endOf(start: LogStart, end: LogEnd, routed: RoutedLog): { lsn: Lsn; time: string } {
  const lastEnd = routed.lastEnd ?? start.from;
  if (!routed.limited && !routed.stopped) return { lsn: maxLsn(maxLsn(end.lsn, lastEnd), start.from), time: end.time };
  const time = routed.lastEnd === undefined ? start.fromTime : serverTimeText(routed.lastCommitTime);
  return { lsn: maxLsn(lastEnd, start.from), time: time > start.fromTime ? time : start.fromTime };
}

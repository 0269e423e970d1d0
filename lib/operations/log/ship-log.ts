/**
 * Ships the change log: everything that committed since the last run becomes durable in the vault, routed to its
 * tenants, and only then is given up by the source.
 *
 * Write order: pack durable → manifest → catalog → slot confirmed. A process that dies in between leaves at most a pack
 * that nobody names or a manifest that the next run adopts; nothing is lost and nothing is shipped into the log twice.
 * Last come the indexes of what is closed (index-log.ts): a help to readers, which the log does not depend on.
 */

import type { GapEntry, LogBody } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn, type LsnText, maxLsn, parseLsn } from '../../domain/lsn.ts';
import { newId } from '../../domain/new-id.ts';
import { logManifestKey, logPackKey } from '../../domain/object-key.ts';
import type { Behind } from '../../domain/objectives.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import { retainUntil } from '../../domain/settings.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { CatalogWrite } from '../../ports.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import type { LogStream } from '../../postgres/log/log-stream.ts';
import { type LogEnd, openLogEnd } from '../../postgres/log/replication-slot.ts';
import { type RunItem, tenants } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { writeManifest } from '../storage/manifest-store.ts';
import { PackWriter } from '../storage/pack.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { believed } from './believed-messages.ts';
import { indexLog } from './index-log.ts';
import { catalogRun } from './log-run.ts';
import { type LogSource, type LogStart, lockShipper, readLogSource, startOfLog } from './log-source.ts';
import { noteReshaped } from './note-reshaped.ts';
import { isRepeated, noteTableGaps } from './note-table-gaps.ts';
import { type OpenGaps, openGaps } from './open-gaps.ts';
import type { Knowledge } from './parent-states.ts';
import { type RoutedLog, routeLog, withRunStream } from './route-log.ts';
import { newlyOwned, sightTables } from './sight-tables.ts';
import { skipUndecodable } from './skip-undecodable.ts';
import { type KnownTables, knownTables, type TableSight, type TableWatch, watchTables } from './watch-tables.ts';

export interface ShipResult {
  /** Id of the newest run; null where there was nothing to record. */
  readonly id: string | null;
  readonly from: LsnText;
  readonly to: LsnText;
  readonly fromTime: string;
  readonly toTime: string;
  /** Transactions that changed rows of the model's tables, and those row changes. */
  readonly transactions: number;
  readonly changes: number;
  /** Those of them whose tenant could not be proved: each restore decides them from its own rows. */
  readonly unrouted: number;
  readonly tenants: number;
  readonly storedBytes: number;
  readonly runs: number;
  /** Gaps that these runs saw. */
  readonly gaps: GapEntry[];
  /** Ids of all gaps, also of earlier runs, that still wait for snapshots. */
  readonly openGaps: readonly string[];
  /** Who needs a new snapshot because of them. */
  readonly needSnapshot: TenantRef[] | 'all';
  /** Whose newest recoverable moment is older than the log's, and how old. */
  readonly behind: readonly Behind[];
  /** Everything that had committed when it began is durable. */
  readonly caughtUp: boolean;
  /** Tables whose changes cannot be replayed, and why. */
  readonly unprotected: Readonly<Record<TableName, string>>;
  /** Those of them that doctor --fix can protect. */
  readonly mendable: readonly TableName[];
  /** The most memory that buffered log took, in bytes. */
  readonly bufferedBytes: number;
}

export interface ShipOptions {
  /** Stop after so many runs of `settings.peekChanges`, even if there is more. */
  readonly maxRuns?: number;
}

/**
 * Ships at least up to the WAL position found at the start, in runs of about `settings.peekChanges` changes. Throws SourceError
 * `slot-busy`, `publication-missing`, `publication-unfit`, `slot-foreign`, `position-behind`.
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
    let start = await startOfLog(ctx, control);
    const first = start;
    let goal: LogEnd | undefined;
    let end: LogEnd | undefined;
    const done: Shipped[] = [];
    while (done.length < (options.maxRuns ?? Number.POSITIVE_INFINITY)) {
      const shipped = await withConnection(ctx.source, 'ship lookups', async view => {
        const upTo = await openLogEnd(control, view);
        end = upTo;
        goal ??= upTo;
        const sight = await sightTables(ctx, view);
        return shipProved(ctx, { control, view, ...sight, known: await knownTables(ctx), start, end: upTo });
      });
      if (shipped === undefined) break;
      done.push(shipped);
      start = { from: shipped.to, fromTime: shipped.run.toTime, latest: shipped.run, gaps: [] };
      ctx.progress?.({
        step: 'ship.batch',
        message: `Shipped to ${shipped.run.to}`,
        done: sum(done, item => item.body.changes),
        unit: 'changes',
      });
      // What committed since it began is the next call's.
      if (!shipped.more || shipped.to >= goal!.lsn) break;
    }
    await indexLog(ctx);
    return resultOf(source, first, start, done, goal, await openGaps(ctx, end?.time ?? start.fromTime));
  });
}

interface Shipped {
  readonly run: RunItem;
  readonly body: LogBody;
  readonly to: Lsn;
  /** There is more to read before the end. */
  readonly more: boolean;
  /** All that had committed before it began is in it. */
  readonly caughtUp: boolean;
  readonly bufferedBytes: number;
}

/** What a run starts from. */
interface RunStart {
  readonly control: Connection;
  readonly view: Connection;
  readonly source: LogSource;
  /** In the same database snapshot: how the tables look at the end. */
  readonly traces: TableSight['traces'];
  /** How the run before saw them. */
  readonly known: KnownTables;
  readonly start: LogStart;
  readonly end: LogEnd;
}

/** Passes over one run in which what contradicts is still looked for; after that, only what needs no later proof is used. */
const PASSES = 4;

/**
 * One durable run, each of whose routing decisions is proved: it is routed again where its end shows that something at
 * its beginning was otherwise than the database has it now. Undefined where there is nothing to record.
 */
async function shipProved(ctx: Context, from: RunStart): Promise<Shipped | undefined> {
  let knowledge: Knowledge = { facts: new Map(), assume: true };
  for (let pass = 1; ; pass++) {
    const shipped = await withRunStream(ctx, from.end, stream => shipRun(ctx, stream, from, knowledge));
    if (shipped === undefined || !('again' in shipped)) return shipped;
    knowledge = { ...shipped.again, assume: shipped.again.assume && pass < PASSES };
  }
}

/** One durable run; undefined where there is nothing to record; what to route it by instead, where it must be. */
async function shipRun(
  ctx: Context,
  stream: LogStream,
  { control, view, source, traces, known, start: asFound, end }: RunStart,
  knowledge: Knowledge,
): Promise<Shipped | { again: Knowledge } | undefined> {
  const id = newId(ctx);
  const keep = retainUntil(ctx.settings, 'log', ctx.clock.now());
  const pack = new PackWriter(ctx, {
    key: n => logPackKey(end.lsn, id, n),
    retainUntil: keep,
    packBytes: ctx.settings.packBytes,
  });
  try {
    // What was settled before a hole in the log says nothing of what is behind it.
    const settledBelow = asFound.gaps.length === 0 ? asFound.latest?.settledBelow : undefined;
    const unclear = new Map([...source.unclear, ...newlyOwned({ tables: source.tables, traces }, known)]);
    const by = { view, source: { ...source, unclear }, end, settledBelow, knowledge };
    const routed = await routeLog(ctx, stream, pack, by);
    if ('again' in routed) {
      await pack.abort();
      return routed;
    }
    await view.query('COMMIT');
    const start = beginning(asFound, routed);
    await ctx.crash?.('ship.after-peek');
    const to = endOf(start, end, routed);
    if (to.lsn <= start.from && start.gaps.length === 0) {
      await pack.abort();
      return undefined;
    }
    const packs = await pack.close();
    await ctx.crash?.('ship.after-pack');
    const watch = await watchTables(
      control,
      { tables: source.tables, traces },
      { known, isWhole: !routed.limited, horizon: start.latest?.xmin },
      routed,
    );
    const told = await believed(ctx, routed);
    const swapped = [...routed.swapped].map(table => [table, 'values of its deferrable key were exchanged'] as const);
    const causes = {
      suspects: new Map([...swapped, ...watch.suspects]),
      // Values that were exchanged stand anywhere in the run.
      since: new Map([...watch.since].filter(([table]) => !routed.swapped.has(table))),
      unprotected: source.unprotected,
      outlived: watch.outlived,
      differing: told.differing,
    };
    const tableGaps = await noteTableGaps(ctx, start, end, causes);
    const body = bodyOf(ctx, source, start, { ...routed, ...told }, watch, tableGaps, packs, end, settledBelow);
    const manifest = await writeManifest(
      ctx,
      logManifestKey(to.lsn, id),
      {
        kind: 'log',
        id,
        tenant: SYSTEM,
        createdAt: ctx.clock.now().toISOString(),
        from: formatLsn(start.from),
        to: formatLsn(to.lsn),
        fromTime: start.fromTime,
        toTime: to.time,
        previous: start.latest ? { id: start.latest.id, key: start.latest.key, sha256: start.latest.sha256 } : null,
        objects: packs,
      },
      body,
      { retainUntil: keep },
    );
    await ctx.crash?.('ship.after-manifest');
    const run = await catalogRun(ctx, manifest, body, await newTenants(ctx, routed, to.time));
    await ctx.crash?.('ship.after-catalog');
    await stream.confirm(to.lsn);
    await ctx.crash?.('ship.after-confirm');
    const caughtUp = !routed.limited && (!routed.stopped || routed.stoppedAt! >= end.begun);
    return { run, body, to: to.lsn, more: routed.limited, caughtUp, bufferedBytes: routed.bufferedBytes };
  } catch (error) {
    await pack.abort();
    throw error;
  }
}

/**
 * Where no run came before, the log begins where the slot was made, and nobody noted when: no later than what committed
 * first. A time before the first run is a moment like any other then.
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

/** How far the log is whole after this run, and by the server's clock. */
function endOf(start: LogStart, end: LogEnd, routed: RoutedLog): { lsn: Lsn; time: string } {
  const lastEnd = routed.lastEnd ?? start.from;
  if (!routed.limited && !routed.stopped) return { lsn: maxLsn(maxLsn(end.lsn, lastEnd), start.from), time: end.time };
  const time = routed.lastEnd === undefined ? start.fromTime : serverTimeText(routed.lastCommitTime);
  return { lsn: maxLsn(lastEnd, start.from), time: time > start.fromTime ? time : start.fromTime };
}

function bodyOf(
  ctx: Context,
  source: LogSource,
  start: LogStart,
  routed: RoutedLog,
  watch: TableWatch,
  tableGaps: GapEntry[],
  packs: { key: string }[],
  end: LogEnd,
  settledBelow: string | undefined,
): LogBody {
  const since = start.latest ?? { from: formatLsn(start.from), fromTime: start.fromTime };
  const open = (tenant: TenantRef, reason: GapEntry['reason']): GapEntry => ({
    tenant,
    id: newId(ctx),
    from: since.from,
    fromTime: since.fromTime,
    to: null,
    toTime: null,
    reason,
  });
  const gaps = [...start.gaps, ...[...routed.broken].map(([tenant, reason]) => open(tenant, reason))];
  gaps.push(...tableGaps);
  return {
    server: source.server,
    slot: ctx.slot,
    publication: ctx.publication,
    xmin: end.xmin,
    ...settled(routed.exact ? end.xmin : settledBelow),
    packs: packs.map(object => object.key),
    segments: routed.segments,
    relations: watch.changed,
    reshaped: noteReshaped(start, end, watch.reshaped),
    ...(watch.traces.length > 0 && { traces: watch.traces }),
    markers: routed.markers,
    gaps,
    restores: routed.restores,
    transactions: routed.transactions,
    changes: routed.changes,
    unrouted: routed.unrouted,
  };
}

function settled(settledBelow: string | undefined): { settledBelow?: string } {
  return settledBelow === undefined ? {} : { settledBelow };
}

/** Catalog items of tenants that were never seen before, or that a fleet run had thought gone. */
async function newTenants(ctx: Context, routed: RoutedLog, firstSeen: string): Promise<CatalogWrite[]> {
  const found = await Promise.all(
    routed.tenants.map(async ({ ref, tenantId }) => {
      const known = await tenants.get(ctx.catalog, ref);
      if (known && !known.left) return [];
      return [tenants.put({ ref, tenantId, firstSeen: known?.firstSeen ?? firstSeen })];
    }),
  );
  return found.flat();
}

function resultOf(
  source: LogSource,
  first: LogStart,
  last: LogStart,
  done: Shipped[],
  goal: LogEnd | undefined,
  open: OpenGaps,
): ShipResult {
  return {
    id: done.at(-1)?.run.id ?? null,
    from: formatLsn(first.from),
    to: formatLsn(last.from),
    fromTime: first.fromTime,
    toTime: last.fromTime,
    transactions: sum(done, item => item.body.transactions),
    changes: sum(done, item => item.body.changes),
    tenants: tenantsOf(done),
    storedBytes: sum(done, item => item.run.storedBytes),
    runs: done.length,
    gaps: done.flatMap(item => item.body.gaps.filter(gap => !isRepeated(gap, { from: parseLsn(item.run.from) }))),
    openGaps: open.ids,
    needSnapshot: open.needSnapshot,
    behind: open.behind,
    unrouted: sum(done, item => item.body.unrouted ?? 0),
    caughtUp: goal !== undefined && (last.from >= goal.lsn || done.at(-1)?.caughtUp === true),
    unprotected: Object.fromEntries(source.unprotected),
    mendable: source.mendable,
    bufferedBytes: Math.max(0, ...done.map(item => item.bufferedBytes)),
  };
}

/** How many tenants' rows changed; the unrouted log is nobody's. */
function tenantsOf(done: Shipped[]): number {
  const owners = new Set(done.flatMap(item => item.body.segments.map(entry => entry.tenant)));
  owners.delete(SYSTEM);
  return owners.size;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

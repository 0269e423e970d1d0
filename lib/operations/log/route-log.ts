/**
 * Reads one run's worth of the slot and routes it into a pack: blocks from the server on one connection, parents and
 * moved rows are looked up on another, which shows the database as of the run's end; memory settles after each block.
 */
import { completed } from '../../codec/row-change.ts';
import type { TransactionSums } from '../../domain/activity.ts';
import type { DiscardedChanges, GapEntry, LogBody, MarkerEntry, SegmentEntry } from '../../domain/log-manifest.ts';
import type { Lsn } from '../../domain/lsn.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { SYSTEM, type TenantId, type TenantRef, tenantId } from '../../domain/tenant.ts';
import type { Connection } from '../../postgres/connection.ts';
import { type LogStream, withLogStream } from '../../postgres/log/log-stream.ts';
import { readMovedRow } from '../../postgres/log/parent-lookup.ts';
import type { LogEnd } from '../../postgres/log/replication-slot.ts';
import { type Context, refOf } from '../context.ts';
import type { PackWriter } from '../storage/pack.ts';
import { DeferredKeys } from './deferred-keys.ts';
import type { LogSource } from './log-source.ts';
import type { MovedRow } from './move-row.ts';
import { type Fact, type Knowledge, ParentStates } from './parent-states.ts';
import { RouteTable } from './relation-route.ts';
import { Router } from './route-changes.ts';
import { type DifferingTables, RouteEvents, type ToldRestore } from './route-events.ts';
import { SegmentBuffers } from './segment-buffers.ts';
import { TenantNames } from './tenant-names.ts';

export interface RoutedLog {
  readonly segments: SegmentEntry[];
  readonly tenants: { ref: TenantRef; tenantId: TenantId }[];
  readonly markers: MarkerEntry[];
  readonly restores: LogBody['restores'];
  /** Of tenants with a destroyed key: not in the segments. */
  readonly discarded: readonly DiscardedChanges[];
  readonly broken: ReadonlyMap<TenantRef, GapEntry['reason']>;
  readonly truncated: RouteEvents['truncated'];
  readonly relations: RouteEvents['relations'];
  readonly ddl: RouteEvents['ddl'];
  /** Tables with deferrable keys that may have swapped values within a transaction. */
  readonly swapped: ReadonlySet<TableName>;
  readonly differing: readonly DifferingTables[];
  /** End of the last transaction; undefined where there was none. */
  readonly lastEnd: Lsn | undefined;
  readonly lastCommitTime: bigint;
  /** The slot had more changes than one run takes. */
  readonly limited: boolean;
  /** Ended before a transaction that is not visible yet. */
  readonly stopped: boolean;
  /** Where that transaction commits. */
  readonly stoppedAt: Lsn | undefined;
  /** The run's snapshot shows exactly what the run has. */
  readonly exact: boolean;
  readonly transactions: number;
  readonly changes: number;
  /** Row changes in the unrouted log. */
  readonly unrouted: number;
  readonly contextsTooLong: number;
  /** Positions of large transactions that are no accidents by their context. */
  readonly quiet: ReadonlySet<string>;
  readonly restoring: readonly ToldRestore[];
  /** What they changed, by tenant. */
  readonly restored: ReadonlyMap<TenantRef, readonly TransactionSums[]>;
  readonly bufferedBytes: number;
}

/** Shares of the memory setting: a sealed block, a block being read, cached parents (about 200 bytes each). */
const BLOCK_SHARE = 16;
const READ_SHARE = 64;
const PARENT_SHARE = 16;
const PARENT_BYTES = 200;
const MAX_READ_BYTES = 1 << 18;

/** Streams one run's worth of the log up to `end` while `work` runs; the slot is free again afterwards. */
export async function withRunStream<T>(ctx: Context, end: LogEnd, work: (stream: LogStream) => Promise<T>): Promise<T> {
  const { logMemoryBytes, peekChanges } = ctx.settings;
  const options = {
    slot: ctx.slot,
    publication: ctx.publication,
    upTo: end.lsn,
    changes: peekChanges,
    blockBytes: Math.min(MAX_READ_BYTES, Math.max(Math.floor(logMemoryBytes / READ_SHARE), 4096)),
  };
  return withLogStream(ctx.source, options, work);
}

/** What a run is routed with. */
export interface RouteBy {
  /** Shows the database as of the run's end. */
  readonly view: Connection;
  readonly source: LogSource;
  readonly end: LogEnd;
  /** 64-bit id of a transaction below which all committed at or before the run's start. */
  readonly settledBelow: string | undefined;
  readonly knowledge: Knowledge;
}

/** Routes a run; returns what to route it with again where an assumption turned out wrong. */
export async function routeLog(
  ctx: Context,
  stream: LogStream,
  pack: PackWriter,
  { view, source, end, settledBelow, knowledge }: RouteBy,
): Promise<RoutedLog | { again: Knowledge }> {
  const { logMemoryBytes, blockBytes } = ctx.settings;
  const buffers = new SegmentBuffers(ctx, pack, {
    memoryBytes: logMemoryBytes,
    blockBytes: Math.min(blockBytes, Math.ceil(logMemoryBytes / BLOCK_SHARE)),
  });
  const events = new RouteEvents(new DeferredKeys(source.deferrableKeys));
  const routes = new RouteTable(ctx.model, source.tables, source.unclear);
  const states = new ParentStates({
    ...{ view, parents: routes.parents, knowledge },
    settledBelow: settledBelow === undefined ? undefined : Number(BigInt(settledBelow) & 0xffffffffn),
    limit: Math.max(1000, logMemoryBytes / PARENT_SHARE / PARENT_BYTES),
    logOf: text => {
      const id = tenantId(text);
      return buffers.log(refOf(ctx, id), id);
    },
  });
  const names = new TenantNames(view);
  const router = new Router(ctx, { routes, buffers, states, events, names }, end.inProgress);
  for await (const block of stream.blocks()) {
    await routeBlock(router, block, { view, states, buffers, names });
  }
  const segments = await buffers.finish();
  const limited = !router.stopped && stream.limited;
  const exact = !limited && !router.overtaken;
  const again = nextKnowledge(knowledge, states, exact);
  if (again) return { again };
  return {
    segments,
    discarded: buffers.discarded,
    tenants: tenantsIn(buffers),
    markers: events.markers,
    restores: events.restores,
    broken: events.broken,
    truncated: events.truncated,
    relations: events.relations,
    ddl: events.ddl,
    differing: events.differing,
    swapped: events.deferred.swapped,
    lastEnd: events.lastEnd,
    lastCommitTime: events.lastCommitTime,
    limited,
    stopped: router.stopped,
    stoppedAt: router.stoppedAt,
    exact,
    transactions: events.transactions,
    changes: events.changes,
    unrouted: events.unrouted,
    contextsTooLong: events.contextsTooLong,
    quiet: new Set(router.quiet),
    ...restoresIn(events, buffers),
    bufferedBytes: buffers.greatestBytes,
  };
}

function tenantsIn({ logs }: SegmentBuffers): RoutedLog['tenants'] {
  return [...logs].flatMap(({ ref, tenantId, transactions, isKeyless }) =>
    ref === SYSTEM || tenantId === null || transactions === 0 || isKeyless ? [] : [{ ref, tenantId }],
  );
}

function restoresIn({ restoring }: RouteEvents, { logs }: SegmentBuffers): Pick<RoutedLog, 'restoring' | 'restored'> {
  return { restoring, restored: new Map([...logs].map(({ ref, activity }) => [ref, activity.restoring])) };
}

/** Assumptions hold where the stream confirmed them, or where nothing happened up to the state of the snapshot. */
function nextKnowledge(by: Knowledge, states: ParentStates, exact: boolean): Knowledge | undefined {
  const doubtful: [string, Fact][] = exact ? [] : [...states.outstanding].map(id => [id, 'unproven']);
  if (states.contested.size + doubtful.length === 0) return undefined;
  return { assume: by.assume && exact, facts: new Map([...by.facts, ...doubtful, ...states.contested]) };
}

async function routeBlock(
  router: Router,
  block: Buffer,
  parts: { view: Connection; states: ParentStates; buffers: SegmentBuffers; names: TenantNames },
): Promise<void> {
  let position = router.run(block, 0);
  for (;;) {
    await parts.buffers.settle();
    if (position >= block.byteLength) return;
    await parts.names.resolve();
    await parts.states.resolve();
    const { asked } = router.mover;
    if (asked) router.mover.answer(await askMoved(parts.view, asked));
    position = router.run(block, position);
  }
}

/** The unchanged values of a moved row, read from the row itself if it is unchanged since the move. */
async function askMoved(connection: Connection, moved: MovedRow): Promise<Buffer[] | undefined> {
  const { relation, schema } = moved.route;
  if (schema === undefined) return undefined;
  const row = completed(moved.message);
  const columns = relation.columns.flatMap((column, index) => (row[index] === undefined ? [column.name] : []));
  const key: { column: string; value: string }[] = [];
  for (const [index, column] of relation.columns.entries()) {
    if (!column.identity) continue;
    const value = row[index];
    if (!value) return undefined;
    key.push({ column: column.name, value: value.toString('utf8') });
  }
  if (key.length === 0) return undefined;
  const values = await readMovedRow(connection, schema, key, moved.xid, columns);
  return values?.map(value => Buffer.from(value));
}

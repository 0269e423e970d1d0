/**
 * The change log for people: one tenant's transactions, with the rows that they changed. Only the tenant's own segments
 * are shown, because the unrouted log may contain rows of others; of the unrouted log, only truncations, which concern
 * all tenants, and the number of changes per table. Every segment is compared with its signed manifest before it is
 * shown.
 *
 * Invariant: counts cover everything requested; only the list of single changes is truncated, and marked so.
 */
import { type LogicalMessage, parseMessage, type Relation, type RowMessage, TAG } from '../../codec/pgoutput.ts';
import { relationOf } from '../../codec/row-change.ts';
import type { Frame } from '../../codec/segment.ts';
import { isTableNamed, NO_CHANGES, type TableSum } from '../../domain/activity.ts';
import { formatLsn, type Lsn, parseLsn } from '../../domain/lsn.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import { CONTEXT_PREFIX, parseContext, type TransactionContext } from '../../domain/transaction-context.ts';
import type { Deps } from '../../ports.ts';
import { type SegmentItem, segments } from '../catalog/log-items.ts';
import { describeRow, type LogChange, relationName, SeenRows, Sums } from './describe-changes.ts';
import { readSegment } from './read-log.ts';

type ReadDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog' | 'memory'>;

export interface LoggedTransaction {
  readonly lsn: string;
  /** Server clock, ISO UTC with microseconds. */
  readonly time: string;
  readonly xid: number;
  /** The first ones. */
  readonly changes: readonly LogChange[];
  /** The number of all changes, per table, including those that `changes` omits. */
  readonly total: number;
  readonly tables: readonly TableSum[];
  /** What the application said about it. A secret of the tenant, and untrusted text. */
  readonly context?: TransactionContext;
}

export interface LogBounds {
  /** Inclusive commit positions. */
  readonly from?: Lsn;
  readonly to?: Lsn;
  /** Inclusive commit times, ISO UTC with microseconds. */
  readonly fromTime?: string;
  readonly toTime?: string;
  /** Only changes of this table, named with or without its schema. */
  readonly table?: string;
  /** Changes kept of one transaction. Default: 1,000. */
  readonly changes?: number;
}

/** Changes without a known tenant when they were shipped: only a restore decides whose they are. */
export interface UnroutedChanges {
  readonly transactions: number;
  readonly tables: readonly TableSum[];
}

/** In commit order. Memory is bounded, however large a transaction is. Throws IntegrityError naming the object. */
export async function* describeLog(
  deps: ReadDeps,
  tenant: TenantRef,
  bounds: LogBounds = {},
  unrouted?: UnroutedLog,
): AsyncGenerator<LoggedTransaction> {
  const { changes, truncations: found } = unrouted ?? (await readUnrouted(deps, bounds));
  const truncations = [...found];
  // Rows that may have changed without being shown: their last state in the listing may be outdated.
  const unsure = new Set(changes.tables.map(sum => sum.table));
  for await (const transaction of transactionsOf(deps, tenant, bounds, new SeenRows(unsure))) {
    const upTo = truncations.findIndex(({ lsn }) => parseLsn(lsn) > parseLsn(transaction.lsn));
    yield* mergeTransactions(truncations.splice(0, upTo < 0 ? truncations.length : upTo), [transaction]);
  }
  yield* truncations;
}

/** Truncations and the tenant's own transactions in log order; one that is in both logs is one. */
export function mergeTransactions(
  truncations: readonly LoggedTransaction[],
  own: readonly LoggedTransaction[],
): LoggedTransaction[] {
  const merged = new Map(own.map(transaction => [transaction.lsn, transaction]));
  for (const truncation of truncations) {
    const same = merged.get(truncation.lsn);
    merged.set(truncation.lsn, same === undefined ? truncation : both(truncation, same));
  }
  return [...merged.values()].sort((a, b) => (parseLsn(a.lsn) < parseLsn(b.lsn) ? -1 : 1));
}

/** A transaction that is in both logs. */
function both(truncation: LoggedTransaction, own: LoggedTransaction): LoggedTransaction {
  const sums = new Sums();
  for (const sum of [...truncation.tables, ...own.tables]) sums.addAll(sum);
  const changes = [...truncation.changes, ...own.changes];
  return { ...own, changes, total: truncation.total + own.total, tables: sums.list() };
}

/** The contents of the unrouted log in these bounds. */
export interface UnroutedLog {
  readonly changes: UnroutedChanges;
  /** They concern all tenants. */
  readonly truncations: readonly LoggedTransaction[];
}

/** IntegrityError naming the object. */
export async function readUnrouted(deps: ReadDeps, bounds: LogBounds = {}): Promise<UnroutedLog> {
  const sums = new Sums();
  const truncations: LoggedTransaction[] = [];
  let transactions = 0;
  for await (const transaction of transactionsOf(deps, SYSTEM, { ...bounds, changes: 0 })) {
    const rows = transaction.tables.filter(sum => sum.insert + sum.update + sum.delete > 0);
    if (rows.length > 0) transactions += 1;
    for (const sum of rows) sums.addAll({ ...sum, truncate: 0 });
    truncations.push(...truncationsIn([transaction]));
  }
  return { changes: { transactions, tables: sums.list() }, truncations };
}

/** The truncations of transactions of the unrouted log that were read without their rows. */
export function truncationsIn(transactions: readonly LoggedTransaction[]): LoggedTransaction[] {
  return transactions.flatMap(transaction => {
    const { changes } = transaction;
    const tables = transaction.tables.flatMap(({ table, truncate }) =>
      truncate > 0 ? [{ ...NO_CHANGES, table, truncate }] : [],
    );
    return changes.length === 0 ? [] : [{ ...transaction, total: changes.length, tables }];
  });
}

async function* transactionsOf(
  deps: ReadDeps,
  owner: TenantRef,
  bounds: LogBounds,
  seen = new SeenRows(),
): AsyncGenerator<LoggedTransaction> {
  const items = await segments.list(deps.catalog, owner, bounds.from);
  yield* describeSegments(deps, items, { owner, bounds, seen, verify: true });
}

/** The same, all at once. */
export async function listSegments(...of: Parameters<typeof describeSegments>): Promise<LoggedTransaction[]> {
  const found: LoggedTransaction[] = [];
  for await (const transaction of describeSegments(...of)) found.push(transaction);
  return found;
}

/**
 * The transactions of these segments of the owner, in log order, as far as they are in the bounds. `verify`: the items
 * are the catalog's.
 */
export async function* describeSegments(
  deps: ReadDeps,
  items: Iterable<SegmentItem>,
  { verify, ...describing }: Describing & { readonly verify: boolean },
): AsyncGenerator<LoggedTransaction> {
  const { owner, bounds } = describing;
  let last = -1n;
  for (const item of items) {
    const { firstCommit, minCommitTime, maxCommitTime } = item.entry;
    if (bounds.to !== undefined && parseLsn(firstCommit) > bounds.to) return;
    if (outside(bounds, minCommitTime, maxCommitTime)) continue;
    const frames = readSegment(deps, owner, item, { verify });
    for await (const transaction of describeFrames(frames, describing)) {
      const lsn = parseLsn(transaction.lsn);
      // A transaction that was shipped twice is shown once.
      if (lsn <= last || !within(bounds, lsn, transaction.time)) continue;
      last = lsn;
      yield transaction;
    }
  }
}

function outside(bounds: LogBounds, least: string, greatest: string): boolean {
  return (
    (bounds.fromTime !== undefined && greatest < bounds.fromTime) ||
    (bounds.toTime !== undefined && least > bounds.toTime)
  );
}

function within(bounds: LogBounds, lsn: Lsn, time: string): boolean {
  if (bounds.from !== undefined && lsn < bounds.from) return false;
  if (bounds.to !== undefined && lsn > bounds.to) return false;
  return !outside(bounds, time, time);
}

interface Describing {
  readonly owner: TenantRef;
  readonly bounds: LogBounds;
  readonly seen: SeenRows;
}

/** Everything is counted; the first changes of each transaction are described. */
async function* describeFrames(
  frames: AsyncIterable<Frame>,
  { owner, bounds, seen }: Describing,
): AsyncGenerator<LoggedTransaction> {
  const relations = new Map<number, Relation>();
  const kept = bounds.changes ?? 1000;
  const isAsked = (table: string) => bounds.table === undefined || isTableNamed(table, bounds.table);
  let open: { lsn: string; time: string; xid: number } | undefined;
  let changes: LogChange[] = [];
  let total = 0;
  let keptBytes = 0;
  let sums = new Sums();
  let context: TransactionContext | undefined;
  for await (const { message } of frames) {
    const op = ROW_OPS[message[0]!];
    if (op !== undefined) {
      const table = relationName(relations.get(relationOf(message, 0)));
      if (!isAsked(table)) continue;
      sums.add(table, op);
      total += 1;
      keptBytes += message.byteLength;
      if (changes.length >= kept || (changes.length > 0 && keptBytes > KEPT_BYTES)) {
        seen.forget(table);
        continue;
      }
      const parsed = parseMessage(message) as RowMessage;
      changes.push(describeRow(parsed, relations.get(parsed.oid), seen));
      continue;
    }
    const parsed = parseMessage(message);
    if (parsed.type === 'relation') relations.set(parsed.oid, parsed);
    else if (parsed.type === 'begin') {
      open = { lsn: formatLsn(parsed.commitLsn), time: serverTimeText(parsed.commitTime), xid: parsed.xid };
      [changes, total, keptBytes, sums, context] = [[], 0, 0, new Sums(), undefined];
    } else if (parsed.type === 'commit') {
      if (open && total > 0) yield { ...open, changes, total, tables: sums.list(), ...(context && { context }) };
    } else if (parsed.type === 'truncate') {
      for (const table of parsed.oids.map(oid => relationName(relations.get(oid))).filter(isAsked)) {
        sums.add(table, 'truncate');
        total += 1;
        changes.push({ op: 'truncate', table });
        seen.forget(table);
      }
    } else if (parsed.type === 'message' && parsed.prefix === CONTEXT_PREFIX) {
      context = parseContext(parsed.content.toString('utf8'));
    } else if (parsed.type === 'message' && bounds.table === undefined) {
      const described = describeMessage(parsed, owner);
      total += described.length;
      changes.push(...described);
    }
  }
}

/** The most that is held in memory of one transaction. */
const KEPT_BYTES = 16 * 1024 * 1024;

const ROW_OPS: Readonly<Record<number, 'insert' | 'update' | 'delete'>> = {
  [TAG.insert]: 'insert',
  [TAG.update]: 'update',
  [TAG.delete]: 'delete',
};

/** Holdfast's own messages to this tenant; other messages of the application are not shown. */
function describeMessage(message: LogicalMessage, owner: TenantRef): LogChange[] {
  if (message.prefix !== 'holdfast' && message.prefix !== 'holdfast:restore') return [];
  try {
    const content = JSON.parse(message.content.toString('utf8')) as {
      kind?: string;
      tenant?: string;
      name?: string;
      id?: string;
    };
    if (content.tenant !== owner) return [];
    if (content.kind === 'mark' && content.name !== undefined) return [{ op: 'marker', name: content.name }];
    if (content.id !== undefined) return [{ op: 'restore', id: content.id }];
  } catch {
    // A message with that prefix that is not ours.
  }
  return [];
}

/**
 * The change log as people read it: one tenant's transactions, with the rows that they changed. Only the tenant's own
 * segments are shown, because the unrouted log may hold rows of others; of that, truncations alone, which concern all.
 * Every segment is compared with its signed manifest before it is shown.
 */
import { type LogicalMessage, parseMessage, type Relation, type RowMessage, type Tuple } from '../../codec/pgoutput.ts';
import type { Frame } from '../../codec/segment.ts';
import { formatLsn, type Lsn, parseLsn } from '../../domain/lsn.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { quoteIdentifier } from '../../postgres/sql.ts';
import { segments } from '../catalog/catalog-index.ts';
import { readSegment } from './read-log.ts';

type ReadDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog'>;

/** Text values by column; null is NULL; a large value that an update left alone is absent. */
export type LogValues = Readonly<Record<string, string | null>>;

export type LogChange =
  | { readonly op: 'insert'; readonly table: string; readonly key: LogValues; readonly row: LogValues }
  /** `before` holds what the log knows of the old row: at least the key where it changed, else nothing. */
  | {
      readonly op: 'update';
      readonly table: string;
      readonly key: LogValues;
      readonly row: LogValues;
      readonly before: LogValues;
    }
  | { readonly op: 'delete'; readonly table: string; readonly key: LogValues }
  | { readonly op: 'truncate'; readonly table: string }
  | { readonly op: 'marker'; readonly name: string }
  | { readonly op: 'restore'; readonly id: string };

export interface LoggedTransaction {
  readonly lsn: string;
  /** Server clock, ISO UTC. */
  readonly time: string;
  readonly xid: number;
  readonly changes: readonly LogChange[];
  /** How many there are; `changes` holds the first ones only. */
  readonly total: number;
}

export interface LogBounds {
  /** Inclusive commit positions. */
  readonly from?: Lsn;
  readonly to?: Lsn;
  /** Inclusive commit times, ISO UTC with microseconds. */
  readonly fromTime?: string;
  readonly toTime?: string;
  /** Changes kept of one transaction. Default: 1,000. */
  readonly changes?: number;
}

/** In commit order. Throws IntegrityError naming the object. */
export async function* describeLog(
  deps: ReadDeps,
  tenant: TenantRef,
  bounds: LogBounds = {},
): AsyncGenerator<LoggedTransaction> {
  const truncations = await collectTruncations(deps, bounds);
  for await (const transaction of transactionsOf(deps, tenant, bounds)) {
    while (truncations.length > 0 && parseLsn(truncations[0]!.lsn) < parseLsn(transaction.lsn))
      yield truncations.shift()!;
    if (truncations[0]?.lsn === transaction.lsn) {
      const both = [...truncations.shift()!.changes, ...transaction.changes];
      yield { ...transaction, changes: both, total: transaction.total + both.length - transaction.changes.length };
    } else yield transaction;
  }
  yield* truncations;
}

async function collectTruncations(deps: ReadDeps, bounds: LogBounds): Promise<LoggedTransaction[]> {
  const found: LoggedTransaction[] = [];
  for await (const transaction of transactionsOf(deps, SYSTEM, bounds)) {
    const changes = transaction.changes.filter(change => change.op === 'truncate');
    if (changes.length > 0) found.push({ ...transaction, changes, total: changes.length });
  }
  return found;
}

async function* transactionsOf(deps: ReadDeps, owner: TenantRef, bounds: LogBounds): AsyncGenerator<LoggedTransaction> {
  let last = -1n;
  for (const item of await segments.list(deps.catalog, owner, bounds.from)) {
    const { firstCommit, minCommitTime, maxCommitTime } = item.entry;
    if (bounds.to !== undefined && parseLsn(firstCommit) > bounds.to) return;
    if (outside(bounds, minCommitTime, maxCommitTime)) continue;
    for await (const transaction of describeFrames(
      readSegment(deps, owner, item, { verify: true }),
      owner,
      bounds.changes ?? 1000,
    )) {
      const lsn = parseLsn(transaction.lsn);
      // What was shipped twice is shown once.
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

async function* describeFrames(
  frames: AsyncIterable<Frame>,
  owner: TenantRef,
  kept: number,
): AsyncGenerator<LoggedTransaction> {
  const relations = new Map<number, Relation>();
  let open: { lsn: string; time: string; xid: number } | undefined;
  let changes: LogChange[] = [];
  let total = 0;
  for await (const { message } of frames) {
    const parsed = parseMessage(message);
    if (parsed.type === 'relation') relations.set(parsed.oid, parsed);
    else if (parsed.type === 'begin') {
      open = { lsn: formatLsn(parsed.commitLsn), time: serverTimeText(parsed.commitTime), xid: parsed.xid };
      changes = [];
      total = 0;
    } else if (parsed.type === 'commit') {
      if (open && total > 0) yield { ...open, changes, total };
    } else {
      const described =
        parsed.type === 'insert' || parsed.type === 'update' || parsed.type === 'delete'
          ? [describeRow(parsed, relations.get(parsed.oid))]
          : parsed.type === 'truncate'
            ? parsed.oids.map(oid => ({ op: 'truncate' as const, table: nameOf(relations.get(oid)) }))
            : parsed.type === 'message'
              ? describeMessage(parsed, owner)
              : [];
      total += described.length;
      for (const change of described) if (changes.length < kept) changes.push(change);
    }
  }
}

function nameOf(relation: Relation | undefined): string {
  if (relation === undefined) return '(unknown table)';
  const part = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name));
  return `${part(relation.schema)}.${part(relation.name)}`;
}

function describeRow(message: RowMessage, relation: Relation | undefined): LogChange {
  const table = nameOf(relation);
  const columns = relation?.columns ?? [];
  const identity = columns.some(column => column.identity)
    ? columns.map(column => column.identity)
    : columns.map(() => true);
  const values = (tuple: Tuple | undefined, only?: readonly boolean[]): LogValues =>
    Object.fromEntries(
      columns.flatMap((column, index) => {
        const value = tuple?.[index];
        return value === undefined || (only && !only[index])
          ? []
          : [[column.name, value === null ? null : value.toString('utf8')]];
      }),
    );
  if (message.type === 'delete') return { op: 'delete', table, key: values(message.old, identity) };
  const key = values(message.new, identity);
  const row = values(message.new);
  if (message.type === 'insert') return { op: 'insert', table, key, row };
  return {
    op: 'update',
    table,
    key,
    row,
    before: values(message.old, message.oldKind === 'full' ? undefined : identity),
  };
}

/** Holdfast's own messages to this tenant; the application's are not ours to show. */
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
    // A message of that prefix that is not ours.
  }
  return [];
}

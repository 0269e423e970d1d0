/**
 * What a run records in addition to rows: where transactions begin and end, markers, restores, and the events after
 * which a tenant's own log is no longer complete.
 */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type LogicalMessage, parseMessage, type Relation } from '../../codec/pgoutput.ts';
import type { GapEntry, LogBody, MarkerEntry } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn, LsnText, ZERO_LSN } from '../../domain/lsn.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import { TableName } from '../../domain/table-schema.ts';
import { SYSTEM, TenantRef } from '../../domain/tenant.ts';
import { MESSAGE_PREFIX } from '../../postgres/log/replication-slot.ts';
import { DeferredKeys } from './deferred-keys.ts';
import { RecordedDdl } from './recorded-ddl.ts';

const Ref = TenantRef.refine(ref => ref !== SYSTEM);
/** The content of logical messages with the prefix `holdfast`. */
export const HoldfastMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('heartbeat') }),
  z.object({ kind: z.literal('mark'), tenant: Ref, name: z.string().min(1) }),
  z.object({ kind: z.literal('restore'), tenant: Ref, id: z.string().min(1) }),
  /** Each later transaction of a restore in batches: only the first is a position that a target can name. */
  z.object({ kind: z.literal('restore-batch'), tenant: Ref, id: z.string().min(1) }),
  z.object({
    kind: z.literal('differs'),
    tenant: Ref,
    tables: TableName.array().min(1),
    from: LsnText,
    fromTime: z.string(),
  }),
  /** From the event triggers (ddl-triggers.ts): oids of tables; empty: a publication, so all; null: unknown. */
  z.object({ kind: z.literal('ddl'), tag: z.string(), tables: z.number().int().array().nullable() }),
]);
export type HoldfastMessage = z.infer<typeof HoldfastMessage>;

export type DifferingTables = Extract<HoldfastMessage, { kind: 'differs' }>;

/** A transaction that says of itself that Holdfast restored in it. Any role of the database can say so. */
export interface ToldRestore {
  readonly tenant: TenantRef;
  readonly id: string;
  readonly lsn: string;
  /** 32-bit transaction id. */
  readonly xid: number;
}

export class RouteEvents {
  commitLsn: Lsn = ZERO_LSN;
  commitTime = 0n;
  xid = 0;
  /** End of the last transaction that was routed. */
  lastEnd: Lsn | undefined;
  lastCommitTime = 0n;
  /** Transactions that changed rows, and their row changes. */
  transactions = 0;
  changes = 0;
  /** Row changes that are in the unrouted log. */
  unrouted = 0;
  /** Messages about transactions that were ignored for their length. */
  contextsTooLong = 0;
  readonly markers: MarkerEntry[] = [];
  readonly restores: LogBody['restores'] = [];
  readonly restoring: ToldRestore[] = [];
  /** Tables of a tenant with live rows that differed from the rebuilt ones, and since when that is possible. */
  readonly differing: DifferingTables[] = [];
  readonly ddl = new RecordedDdl();
  /** Tenants whose own log is no longer complete, and why. */
  readonly broken = new Map<TenantRef, GapEntry['reason']>();
  /** Transactions (32-bit ids, as text) that truncated a table and changed no row afterwards. */
  readonly truncated = new Map<number, Set<string>>();
  /** Every definition of a relation in the log, in log order. */
  readonly relations = new Map<number, Relation[]>();
  #truncatedNow: { oid: number; changes: number }[] = [];
  readonly deferred: DeferredKeys;

  constructor(deferred = new DeferredKeys(new Map())) {
    this.deferred = deferred;
  }

  begin(commitLsn: Lsn, commitTime: bigint, xid: number): void {
    this.commitLsn = commitLsn;
    this.commitTime = commitTime;
    this.xid = xid;
    this.deferred.begun();
  }

  commit(end: Lsn, hasRows: boolean, changes: number): void {
    this.lastEnd = end;
    this.lastCommitTime = this.commitTime;
    if (hasRows) this.transactions++;
    this.changes += changes;
    for (const truncation of this.#truncatedNow) {
      if (truncation.changes !== changes) continue;
      const known = this.truncated.get(truncation.oid) ?? new Set();
      this.truncated.set(truncation.oid, known.add(String(this.xid)));
    }
    this.#truncatedNow = [];
  }

  /**
   * A row to which other rows refer changed its tenant: those rows moved with it, without a change of their own. Where
   * its old or new tenant is not proved, it may concern every tenant.
   */
  parentMoved(from: TenantRef | 'nobody' | undefined, to: TenantRef | 'nobody' | undefined): void {
    for (const tenant of [from, to]) if (tenant !== 'nobody') this.broken.set(tenant ?? SYSTEM, 'row-moved');
  }

  /** A row moved to this tenant, and one of its values at that time can no longer be read. */
  valueLost(to: TenantRef): void {
    if (to !== SYSTEM && !this.broken.has(to)) this.broken.set(to, 'unresolved-value');
  }

  /** `changes`: of the transaction so far, with the truncation. */
  tableTruncated(oid: number, changes: number): void {
    this.#truncatedNow.push({ oid, changes });
  }

  relationSeen(relation: Relation): void {
    const known = this.relations.get(relation.oid) ?? [];
    if (known.some(other => isDeepStrictEqual(other.columns, relation.columns))) return;
    this.relations.set(relation.oid, [...known, relation]);
  }
}

/** Records a logical message of ours; returns the tenant whose segment it belongs to. Other messages are ignored. */
export function readMessage(events: RouteEvents, bytes: Buffer): TenantRef | undefined {
  const message = parseMessage(bytes) as LogicalMessage;
  if (message.prefix !== MESSAGE_PREFIX || !message.transactional) return undefined;
  const content = parseContent(message.content);
  if (content === undefined || content.kind === 'heartbeat') return undefined;
  if (content.kind === 'ddl') {
    events.ddl.record(content.tables, events.commitLsn, events.commitTime);
    return undefined;
  }
  if (content.kind === 'differs') {
    events.differing.push(content);
    return undefined;
  }
  const at = { tenant: content.tenant, lsn: formatLsn(events.commitLsn), time: serverTimeText(events.commitTime) };
  if (content.kind !== 'mark')
    events.restoring.push({ tenant: at.tenant, lsn: at.lsn, id: content.id, xid: events.xid });
  if (content.kind === 'restore-batch') return undefined;
  if (content.kind === 'mark') events.markers.push({ ...at, name: content.name });
  else events.restores.push({ ...at, id: content.id });
  return content.tenant;
}

export function parseContent(content: Buffer): HoldfastMessage | undefined {
  try {
    return HoldfastMessage.safeParse(JSON.parse(content.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * Finds the commit of one of the tenant's transactions by its id, in signed documents only. Ids are of 32 bits and wrap
 * around, and a new server counts again: where two transactions have the id, neither is chosen. Commit order is not the
 * order of ids, so every segment is read whose ids span the wanted one, and every segment of a run that does not say.
 */
import { parseMessage, TAG } from '../../../codec/pgoutput.ts';
import { decodeFrames } from '../../../codec/segment.ts';
import { isReachable } from '../../../domain/backup-chain.ts';
import { TargetError } from '../../../domain/errors.ts';
import type { SegmentEntry } from '../../../domain/log-manifest.ts';
import { formatLsn, type Lsn, parseLsn } from '../../../domain/lsn.ts';
import { parseTransaction } from '../../../domain/named-transaction.ts';
import { serverTimeText } from '../../../domain/server-time.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { SegmentItem } from '../../catalog/log-items.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';
import type { LoggedRunsDeps } from '../../log/logged-runs.ts';
import { PayloadReader } from '../../log/payload-reader.ts';
import { runsBetween, segmentsOf } from './commits-between.ts';

export interface TransactionCommit {
  readonly lsn: Lsn;
  /** Server clock, ISO UTC with microseconds. */
  readonly time: string;
  /** 32-bit transaction id. */
  readonly xid: number;
}

/**
 * The transaction, of the tenant's own or the unrouted log, inside the recovery window. Throws TargetError
 * `unknown-transaction` (names its neighbours), `transaction-unclear`; IntegrityError naming the object.
 */
export async function findTransaction(
  deps: LoggedRunsDeps,
  at: RecoveryMaterial,
  xid: number,
): Promise<TransactionCommit> {
  const logs = await segmentsInWindow(deps, at);
  const found = new Map<Lsn, TransactionCommit>();
  const near = new Neighbours(xid);
  for (const [owner, items] of logs) {
    for await (const commit of commitsIn(
      deps,
      owner,
      items.filter(item => mayHold(item.entry, xid)),
    )) {
      if (!isReachable(at.window, commit.lsn)) continue;
      if (commit.xid === xid) found.set(commit.lsn, commit);
      // A transaction of the unrouted log may be another tenant's.
      else if (owner === at.tenant) near.note(commit);
    }
  }
  const [only, ...others] = [...found.values()];
  if (only && others.length === 0) return only;
  if (only) throw unclear(xid, [only, ...others]);
  for await (const commit of commitsIn(deps, at.tenant, near.unread(logs.get(at.tenant) ?? []))) {
    if (isReachable(at.window, commit.lsn)) near.note(commit);
  }
  throw unknown(xid, near, at);
}

/**
 * Where the transaction committed that a person named. A position is not looked up: whoever reads there finds out whether a
 * transaction committed at it. InputError `bad-transaction`; and what findTransaction throws.
 */
export async function namedCommit(deps: LoggedRunsDeps, at: RecoveryMaterial, text: string): Promise<Lsn> {
  const named = parseTransaction(text);
  return named.kind === 'commit' ? named.lsn : (await findTransaction(deps, at, named.xid)).lsn;
}

/** The tenant's and the unrouted segments that hold commits inside the window, each once. */
async function segmentsInWindow(
  deps: LoggedRunsDeps,
  at: RecoveryMaterial,
): Promise<Map<TenantRef, readonly SegmentItem[]>> {
  const logs = new Map<TenantRef, Map<string, SegmentItem>>();
  for (const { from, to } of at.window.stretches) {
    const runs = await runsBetween(deps, at, from.lsn, to.lsn);
    for (const { owner, item } of segmentsOf(runs, at.tenant, from.lsn)) {
      const items = logs.get(owner) ?? new Map<string, SegmentItem>();
      logs.set(owner, items.set(item.run.id, item));
    }
  }
  return new Map([...logs].map(([owner, items]) => [owner, [...items.values()]]));
}

function mayHold({ xids }: SegmentEntry, xid: number): boolean {
  return xids === undefined || (xids.least <= xid && xid <= xids.greatest);
}

/** Segments of one transaction are not read where their run names its id. */
async function* commitsIn(
  deps: LoggedRunsDeps,
  owner: TenantRef,
  items: readonly SegmentItem[],
): AsyncGenerator<TransactionCommit> {
  const isOne = ({ entry }: SegmentItem) => entry.transactions === 1 && entry.xids !== undefined;
  for (const { entry } of items.filter(isOne)) {
    yield { lsn: parseLsn(entry.firstCommit), time: entry.minCommitTime, xid: entry.xids!.least };
  }
  const read = items.filter(item => !isOne(item));
  const reader = new PayloadReader(deps, owner, read);
  for (const index of read.keys()) {
    for await (const { message } of decodeFrames(reader.blocks(index))) {
      if (message[0] !== TAG.begin) continue;
      const begin = parseMessage(message);
      if (begin.type === 'begin')
        yield { lsn: begin.commitLsn, time: serverTimeText(begin.commitTime), xid: begin.xid };
    }
  }
}

/** The tenant's nearest transactions by id. */
class Neighbours {
  readonly #xid: number;
  before: TransactionCommit | undefined;
  after: TransactionCommit | undefined;

  constructor(xid: number) {
    this.#xid = xid;
  }

  note(commit: TransactionCommit): void {
    if (commit.xid < this.#xid && !(this.before && this.before.xid >= commit.xid)) this.before = commit;
    if (commit.xid > this.#xid && !(this.after && this.after.xid <= commit.xid)) this.after = commit;
  }

  /** Of the segments that cannot hold the id, the one with the nearest below it, and the one with the nearest above. */
  unread(items: readonly SegmentItem[]): SegmentItem[] {
    const nearest = (
      xidOf: (xids: { least: number; greatest: number }) => number,
      isNear: (xid: number) => boolean,
    ) => {
      const distance = ({ entry }: SegmentItem) => Math.abs(xidOf(entry.xids!) - this.#xid);
      const able = items.filter(({ entry }) => !mayHold(entry, this.#xid) && isNear(xidOf(entry.xids!)));
      return able.sort((a, b) => distance(a) - distance(b)).slice(0, 1);
    };
    return [
      ...nearest(
        ({ greatest }) => greatest,
        xid => xid < this.#xid && xid > (this.before?.xid ?? -1),
      ),
      ...nearest(
        ({ least }) => least,
        xid => xid > this.#xid && xid < (this.after?.xid ?? Number.POSITIVE_INFINITY),
      ),
    ];
  }
}

const shown = ({ xid, lsn, time }: TransactionCommit) => `${xid} (${formatLsn(lsn)}, ${time})`;
const document = (commit: TransactionCommit | undefined) => commit && { ...commit, lsn: formatLsn(commit.lsn) };

function unclear(xid: number, found: readonly TransactionCommit[]): TargetError {
  const places = found.map(({ lsn, time }) => `${formatLsn(lsn)} at ${time}`);
  const [first] = found.map(({ lsn }) => formatLsn(lsn));
  return new TargetError('transaction-unclear', `${found.length} transactions of this tenant have the id ${xid}.`, {
    hint: `They committed at ${places.join(' and ')}. Choose one by its position, for example before:${first}.`,
    details: { transactions: found.map(document) },
  });
}

function unknown(xid: number, { before, after }: Neighbours, { window }: RecoveryMaterial): TargetError {
  const near = [...(before ? [`${shown(before)} before`] : []), ...(after ? [`${shown(after)} after`] : [])];
  const newest = window.stretches.at(-1)?.to;
  const nearest =
    near.length === 0 ? 'It has no transactions at all there.' : `The nearest ids are ${near.join(' and ')}.`;
  const later = newest ? ` If it committed after ${newest.time}, run \`holdfast ship\` first.` : '';
  return new TargetError(
    'unknown-transaction',
    `The recovery window of this tenant has no transaction with the id ${xid}.`,
    { hint: `${nearest}${later}`, details: { before: document(before) ?? null, after: document(after) ?? null } },
  );
}

/**
 * Reads the change log back. Invariant: the result is complete and unaltered: blocks are compared with the digest in
 * the run's signed manifest, and runs must follow one another without a hole; else it is an IntegrityError.
 */
import { parseMessage } from '../../codec/pgoutput.ts';
import { decodeFrames, type Frame } from '../../codec/segment.ts';
import { LogBody, type SegmentEntry } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn, parseLsn, ZERO_LSN } from '../../domain/lsn.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import type { SegmentItem } from '../catalog/log-items.ts';
import { readManifest } from '../storage/manifest-store.ts';
import { logIncomplete } from './log-run.ts';
import { type LoggedRun, mustFollow, readRunsBetween, segmentOf } from './logged-runs.ts';
import { readPayload } from './payload-reader.ts';

type ReadDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog' | 'notifier' | 'memory'>;
type SegmentDeps = Omit<ReadDeps, 'notifier'>;

export interface LogTransaction {
  /** Where the commit record starts. */
  readonly commitLsn: Lsn;
  /** Where it ends. */
  readonly endLsn: Lsn;
  /** Microseconds since 2000-01-01 UTC. */
  readonly commitTime: bigint;
  readonly xid: number;
  /**
   * Everything between B and C (R before first use), in the order of change LSNs. Valid until the next is requested.
   */
  readonly frames: readonly LogFrame[];
  /** More frames of the same transaction follow in the next element: it was larger than one block. */
  readonly continues: boolean;
}

export interface LogFrame extends Frame {
  /** The tenant's own log, or the unrouted log of all. Relations of the two logs are separate. */
  readonly log: 'own' | 'system';
}

/**
 * Frames of one segment. The digest is checked when the last frame has been read, so a caller that writes must be able
 * to roll everything back until then. `verify`: compare the entry with the run's signed manifest first. Throws
 * IntegrityError naming the object.
 */
export async function* readSegment(
  deps: SegmentDeps,
  owner: TenantRef,
  item: SegmentItem,
  options: { verify?: boolean } = {},
): AsyncGenerator<Frame> {
  const payload = options.verify ? await signedEntry(deps, owner, item) : item;
  yield* decodeFrames(readPayload(deps, owner, payload));
}

async function signedEntry(
  deps: SegmentDeps,
  owner: TenantRef,
  item: SegmentItem,
): Promise<{ entry: SegmentEntry; packs: string[] }> {
  const { key, sha256 } = item.run;
  const { body } = await readManifest(deps, key, LogBody, { tenant: SYSTEM, kind: 'log', sha256 });
  const entry = body.segments.find(candidate => candidate.tenant === owner);
  if (entry === undefined)
    throw logIncomplete('the catalog names a segment that its run does not have', { object: key });
  return { entry, packs: body.packs };
}

/**
 * The runs that hold all commits from `from` to `to`, as the tenant needs them, verified: signatures, and that each
 * names the previous one. Throws IntegrityError `log-incomplete` where one is missing or there is a gap.
 */
export async function contiguousRuns(deps: ReadDeps, tenant: TenantRef, from: Lsn, to: Lsn): Promise<LoggedRun[]> {
  const { runs: found } = await readRunsBetween(deps, tenant, from, to);
  const first = found[0];
  const last = found.at(-1);
  if (first === undefined || parseLsn(first.header.from) > from)
    throw logIncomplete('its beginning is missing', { from: formatLsn(from) });
  if (parseLsn(last!.header.to) < to)
    throw logIncomplete('it ends before the target', { to: last!.header.to, target: formatLsn(to) });
  mustFollow(found);
  return [...found];
}

function segmentsOf(owner: TenantRef, found: readonly LoggedRun[]): SegmentItem[] {
  return found.flatMap(run => segmentOf(owner, run) ?? []);
}

/**
 * The tenant's transactions with from ≤ commit LSN ≤ to in commit order, its own and the unrouted log merged by commit
 * LSN and change LSN; a transaction that was shipped twice appears once. A large transaction is split into several
 * elements (`continues`). Throws IntegrityError `log-incomplete`, `log-malformed` and those of the objects.
 */
export async function* mergedLog(
  deps: ReadDeps,
  tenant: TenantRef,
  from: Lsn,
  to: Lsn,
): AsyncGenerator<LogTransaction> {
  const found = await contiguousRuns(deps, tenant, from, to);
  const own = new Cursor(framesOf(deps, tenant, segmentsOf(tenant, found)), 'own');
  const system = new Cursor(framesOf(deps, SYSTEM, segmentsOf(SYSTEM, found)), 'system');
  yield* merge(own, system, from, to);
}

async function* framesOf(deps: SegmentDeps, owner: TenantRef, items: readonly SegmentItem[]): AsyncGenerator<Frame> {
  for (const item of items) yield* readSegment(deps, owner, item);
}

/** Frames per element. */
const PIECE = 1_000;

async function* merge(own: Cursor, system: Cursor, from: Lsn, to: Lsn): AsyncGenerator<LogTransaction> {
  await Promise.all([own.begin(), system.begin()]);
  let last = -1n;
  for (;;) {
    const commitLsn = least(own.commitLsn, system.commitLsn);
    if (commitLsn === undefined || commitLsn > to) return;
    const taking = [own, system].filter(cursor => cursor.commitLsn === commitLsn);
    const { commitTime, xid } = taking[0]!;
    const wanted = commitLsn >= from && commitLsn > last;
    let frames: LogFrame[] = [];
    for (;;) {
      const next = taking
        .filter(cursor => cursor.frame !== undefined)
        .sort((a, b) => (a.frame!.lsn < b.frame!.lsn ? -1 : a.frame!.lsn > b.frame!.lsn ? 1 : 0))[0];
      if (next === undefined) break;
      // Relations are always kept: later transactions may use one from a skipped transaction.
      if (wanted || next.frame!.message[0] === 82)
        frames.push({ lsn: next.frame!.lsn, message: next.frame!.message, log: next.log });
      await next.advance();
      if (frames.length >= PIECE) {
        yield { commitLsn, endLsn: commitLsn, commitTime, xid, frames, continues: true };
        frames = [];
      }
    }
    const endLsn = taking[0]!.endLsn;
    if (wanted || frames.length > 0) yield { commitLsn, endLsn, commitTime, xid, frames, continues: false };
    if (commitLsn > last) last = commitLsn;
    await Promise.all(taking.map(cursor => cursor.begin()));
  }
}

function least(a: Lsn | undefined, b: Lsn | undefined): Lsn | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** One log read transaction by transaction. */
class Cursor {
  readonly log: 'own' | 'system';
  readonly #frames: AsyncGenerator<Frame>;
  /** Of the open transaction; undefined at the end. */
  commitLsn: Lsn | undefined;
  endLsn = ZERO_LSN;
  commitTime = 0n;
  xid = 0;
  /** The next frame of the open transaction; undefined after its last. */
  frame: Frame | undefined;

  constructor(frames: AsyncGenerator<Frame>, log: 'own' | 'system') {
    this.#frames = frames;
    this.log = log;
  }

  /** Opens the next transaction. */
  async begin(): Promise<void> {
    this.commitLsn = undefined;
    const { value, done } = await this.#frames.next();
    if (done) return;
    const message = parseMessage(value.message);
    if (message.type !== 'begin') throw logIncomplete('a transaction has no beginning');
    this.commitLsn = message.commitLsn;
    this.commitTime = message.commitTime;
    this.xid = message.xid;
    await this.advance();
  }

  async advance(): Promise<void> {
    const { value, done } = await this.#frames.next();
    if (done) throw logIncomplete('a transaction has no end');
    if (value.message[0] !== 67) {
      this.frame = value;
      return;
    }
    this.frame = undefined;
    const message = parseMessage(value.message);
    if (message.type === 'commit') this.endLsn = message.endLsn;
  }
}

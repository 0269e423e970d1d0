/**
 * Collects every tenant's share of one log run in memory and spills it, block by block, into the run's pack. Invariant:
 * buffered data (open frames and blocks being written to the vault) stays within the limit, however many tenants and
 * however large a transaction; only one message larger than the limit may exceed it, by its own size.
 */
import type { Hmac } from 'node:crypto';
import { BufferPool } from '../../codec/buffer-pool.ts';
import { segmentDigest } from '../../codec/digest.ts';
import type { MessageCursor } from '../../codec/message-cursor.ts';
import { FrameWriter } from '../../codec/segment.ts';
import type { Block } from '../../domain/chunk-page.ts';
import { isKeyDestroyed } from '../../domain/key-destruction.ts';
import type { DiscardedChanges, SegmentEntry } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn, lsn } from '../../domain/lsn.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import { SYSTEM, type TenantId, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import type { PackWriter } from '../storage/pack.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { ActivityCounter } from './activity-counter.ts';

/** One tenant's segment under construction. Its frames and byte counts are changed by SegmentBuffers alone. */
export class TenantLog {
  readonly ref: TenantRef;
  /** Null for the unrouted log and for a tenant known by its reference only. */
  readonly tenantId: TenantId | null;
  readonly frames: FrameWriter;
  /** Relations written to this segment, by oid: the last written definition. */
  readonly written = new Map<number, object>();
  /** The last transaction begun in it (the router's serial number). */
  transaction = 0;
  /** Changes of the open transaction. */
  openChanges = 0;
  firstCommit: bigint | undefined;
  lastCommit = 0n;
  minCommitTime = 0n;
  maxCommitTime = 0n;
  leastXid = Number.POSITIVE_INFINITY;
  greatestXid = 0;
  transactions = 0;
  changes = 0;
  /** SegmentEntry.offered. */
  offered = 0;
  rawBytes = 0;
  readonly activity = new ActivityCounter();
  readonly blocks: Promise<Block>[] = [];
  digest: Hmac | undefined;
  /** Its key was destroyed: what follows is counted, not stored. */
  isKeyless = false;
  /** Blocks are digested in order. */
  tail: Promise<unknown> = Promise.resolve();

  constructor(ref: TenantRef, tenantId: TenantId | null, pool: BufferPool) {
    this.frames = new FrameWriter(pool);
    this.ref = ref;
    this.tenantId = tenantId;
  }
}

/** Share of the memory kept ready for the next frames. */
const FREE_SHARE = 8;

export interface BufferLimits {
  /** Bytes of open frames and of blocks in flight together. */
  readonly memoryBytes: number;
  readonly blockBytes: number;
}

export class SegmentBuffers {
  readonly #deps: Deps;
  readonly #pack: PackWriter;
  readonly #limits: BufferLimits;
  readonly #pool: BufferPool;
  readonly #logs = new Map<TenantRef, TenantLog>();
  readonly #underWay = new Set<Promise<unknown>>();
  #failure: { reason: unknown } | undefined;
  #underWayBytes = 0;
  /** Bytes of memory of all open frames. */
  #openBytes = 0;
  greatestBytes = 0;

  constructor(deps: Deps, pack: PackWriter, limits: BufferLimits) {
    this.#deps = deps;
    this.#pack = pack;
    this.#limits = limits;
    this.#pool = new BufferPool(limits.memoryBytes / FREE_SHARE);
  }

  log(ref: TenantRef, tenantId: TenantId | null): TenantLog {
    let log = this.#logs.get(ref);
    if (log === undefined) {
      log = new TenantLog(ref, tenantId, this.#pool);
      this.#logs.set(ref, log);
    }
    return log;
  }

  get logs(): Iterable<TenantLog> {
    return this.#logs.values();
  }

  /** Adds the message as it is in its block. */
  append(log: TenantLog, { bytes, lsnAt, start, end }: MessageCursor): void {
    const before = log.frames.capacity;
    log.frames.addFrom(bytes, lsnAt, start, end);
    this.#openBytes += log.frames.capacity - before;
  }

  /** Adds a message that is in no block. */
  appendBuilt(log: TenantLog, lsn: Lsn, message: Buffer): void {
    const before = log.frames.capacity;
    log.frames.add(lsn, message);
    this.#openBytes += log.frames.capacity - before;
  }

  /** The router must stop and settle. */
  get pressing(): boolean {
    return this.#openBytes > this.#limits.memoryBytes / 2;
  }

  /** A block's worth is buffered. */
  isFull(log: TenantLog): boolean {
    return log.frames.length >= this.#limits.blockBytes;
  }

  /** Passes the log's frames to the pack. Does not wait: settle() does. */
  seal(log: TenantLog): void {
    const capacity = log.frames.capacity;
    const { payload: plaintext, whole } = log.frames.takeWhole();
    if (plaintext.byteLength === 0) return;
    this.#openBytes -= capacity;
    if (log.isKeyless) {
      this.#pool.give(whole);
      return;
    }
    this.#underWayBytes += capacity;
    this.#note();
    log.rawBytes += plaintext.byteLength;
    // The digest key is needed first; calling add() right after it keeps a tenant's blocks in order.
    const placed = log.tail.then(async () => {
      log.digest ??= segmentDigest(await ensureDigestKey(this.#deps, log.ref));
      log.digest.update(plaintext);
      return { block: this.#pack.add(log.ref, plaintext) };
    });
    log.tail = placed.catch(() => {});
    const block = placed.then(added => added.block);
    log.blocks.push(block);
    const done = block
      .catch(reason => {
        if (log.ref !== SYSTEM && isKeyDestroyed(reason)) log.isKeyless = true;
        else this.#failure ??= { reason };
      })
      .finally(() => {
        this.#pool.give(whole);
        this.#underWayBytes -= capacity;
        this.#underWay.delete(done);
      });
    this.#underWay.add(done);
  }

  /** Waits until the memory is within its limit again; seals the largest logs first. */
  async settle(): Promise<void> {
    this.#note();
    if (this.pressing) {
      const bySize = [...this.#logs.values()].sort((a, b) => b.frames.capacity - a.frames.capacity);
      for (const log of bySize) {
        if (this.#openBytes <= this.#limits.memoryBytes / 8) break;
        this.seal(log);
      }
    }
    while (this.#underWayBytes > this.#limits.memoryBytes / 4 && this.#underWay.size > 0)
      await Promise.race(this.#underWay);
    if (this.#failure) throw this.#failure.reason;
  }

  /** Seals the rest; returns the segments' entries, by tenant reference. */
  async finish(): Promise<SegmentEntry[]> {
    for (const log of this.#logs.values()) {
      this.seal(log);
      if (this.#underWayBytes > this.#limits.memoryBytes / 2) await this.settle();
    }
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    if (this.#failure) throw this.#failure.reason;
    const stored = [...this.#logs.values()].filter(log => log.transactions > 0 && !log.isKeyless);
    const entries = await Promise.all(stored.map(entryOf));
    return entries.sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  }

  /** Of tenants with a destroyed key: what is not in the entries, by tenant reference. */
  get discarded(): DiscardedChanges[] {
    const keyless = [...this.#logs.values()].filter(log => log.isKeyless && log.transactions > 0);
    const counts = keyless.map(({ ref: tenant, transactions, changes }) => ({ tenant, transactions, changes }));
    return counts.sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  }

  #note(): void {
    this.greatestBytes = Math.max(this.greatestBytes, this.#openBytes + this.#underWayBytes);
  }
}

async function entryOf(log: TenantLog): Promise<SegmentEntry> {
  const blocks = await Promise.all(log.blocks);
  const { activity } = log.activity;
  return {
    tenant: log.ref,
    firstCommit: formatLsn(lsn(log.firstCommit!)),
    lastCommit: formatLsn(lsn(log.lastCommit)),
    minCommitTime: serverTimeText(log.minCommitTime),
    maxCommitTime: serverTimeText(log.maxCommitTime),
    xids: { least: log.leastXid, greatest: log.greatestXid },
    transactions: log.transactions,
    changes: log.changes,
    ...(log.ref === SYSTEM ? { offered: log.offered } : {}),
    ...(activity && { activity }),
    rawBytes: log.rawBytes,
    blocks,
    digest: log.digest!.digest('hex'),
  };
}

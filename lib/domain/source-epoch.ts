/**
 * Source epochs. A server's LSNs order what happened on that server only: after a point-in-time restore, a Blue/Green
 * switch-over, a major upgrade or a move, the same numbers mean other transactions. So Holdfast's positions are not LSNs
 * of the server but LSNs within an epoch: the epoch is the highest of the eight bytes, the rest is the server's own LSN.
 *
 * Invariant: every position of an epoch lies before every position of the next. All that orders by position (keys,
 * chains, windows, gaps, retention) therefore stays right, and epoch 0 is what was stored before epochs existed.
 */
import * as z from 'zod';
import { SourceError } from './errors.ts';
import { type Lsn, LsnText, lsn } from './lsn.ts';

/** An LSN as the server counts: comparable within one epoch only. */
export type WalLsn = bigint & { readonly __walLsn: unique symbol };

/** 64 PiB of WAL in each epoch: 100 MB/s for 22 years. */
const WAL_BITS = 56n;
const WAL_MASK = (1n << WAL_BITS) - 1n;
export const LAST_EPOCH = 255;

/** What identifies a server's history: two servers with the same identity wrote the same WAL up to some position. */
export const SourceIdentity = z.object({
  /** pg_control_system().system_identifier: made by initdb and pg_upgrade, the same in every physical copy. */
  system: z.string().regex(/^\d+$/),
  /** Increases when a standby is promoted, and at the end of a point-in-time recovery. */
  timeline: z.number().int().positive(),
  /** Of a run, after promotions: the timelines that led to this one, and at which positions they were left. */
  left: z.array(z.object({ timeline: z.number().int().positive(), at: LsnText })).optional(),
});
export type SourceIdentity = z.infer<typeof SourceIdentity>;

export function walLsn(value: bigint): WalLsn {
  return value as WalLsn;
}

/** Throws SourceError `epoch-full` for a server that has written more than an epoch can count. */
export function positionIn(epoch: number, wal: WalLsn): Lsn {
  if (wal > WAL_MASK || epoch < 0 || epoch > LAST_EPOCH) throw epochFull();
  return lsn((BigInt(epoch) << WAL_BITS) | wal);
}

export function epochOf(position: Lsn): number {
  return Number(position >> WAL_BITS);
}

/** The position as its own server counts. */
export function walOf(position: Lsn): WalLsn {
  return walLsn(position & WAL_MASK);
}

/** Every position of the epoch is before it. */
export function epochEnd(epoch: number): Lsn {
  return lsn((BigInt(epoch + 1) << WAL_BITS) - 1n);
}

/** Which epochs a region begins, where several share the log: two that do not know of each other never begin the same. */
export interface EpochTurn {
  /** How many regions have a database. */
  readonly regions: number;
  /** Of this one among them, from 0. */
  readonly place: number;
}

/** The epoch to begin after the newest that the vault here has; undefined: it has no log yet. */
export function nextEpoch(newest: number | undefined, { regions, place }: EpochTurn = ALONE): number {
  const next = newest === undefined ? 0 : newest + 1;
  return next + ((((place - next) % regions) + regions) % regions);
}

/** `home` and the other regions that have a database, and whose turn is asked for. */
export function epochTurnOf(regions: readonly string[], home: string, region: string): EpochTurn {
  const order = [home, ...regions.filter(each => each !== home).sort()];
  return { regions: order.length, place: order.indexOf(region) };
}

const ALONE: EpochTurn = { regions: 1, place: 0 };

/** A timeline that ended, and where the next one began: from the server's timeline history. */
export interface TimelineSwitch {
  readonly timeline: number;
  readonly at: WalLsn;
}

/**
 * Whether the server still has the WAL that another identity wrote up to a position: its own timeline, or one that its
 * history left at the position or later.
 */
export function hasHistory(
  now: SourceIdentity,
  history: readonly TimelineSwitch[],
  then: SourceIdentity,
  upTo: WalLsn,
): boolean {
  if (now.system !== then.system) return false;
  if (now.timeline === then.timeline) return true;
  const left = history.find(({ timeline }) => timeline === then.timeline);
  return left !== undefined && then.timeline < now.timeline && left.at >= upTo;
}

function epochFull(): SourceError {
  return new SourceError('epoch-full', 'The WAL position does not fit into a source epoch.', {
    hint: 'A source epoch holds 64 PiB of WAL, and an installation 256 epochs: create a new installation.',
  });
}

/**
 * Which tenants a drill restores, and to which moment. Pure: chance comes from a seed that the record names. Invariant:
 * whoever waits longest comes first, so that every tenant comes round, however many join and leave.
 */
import { createHash } from 'node:crypto';
import type { DrillRecord } from './drill.ts';
import { isoMicroseconds } from './wall-time.ts';

export interface Waiting {
  readonly ref: string;
  /** ISO 8601: when it was first seen. */
  readonly since: string;
}

/** The newest drill of each tenant that was part of one, whatever its outcome: ISO 8601. */
export function lastDrilled(
  records: readonly Pick<DrillRecord, 'startedAt' | 'tenants'>[],
): ReadonlyMap<string, string> {
  const last = new Map<string, string>();
  for (const { startedAt, tenants } of records)
    for (const { tenant } of tenants) if (startedAt > (last.get(tenant) ?? '')) last.set(tenant, startedAt);
  return last;
}

/** The `count` tenants that wait longest for a drill: since their last, or since they joined. */
export function waitingLongest<T extends Waiting>(
  tenants: readonly T[],
  last: ReadonlyMap<string, string>,
  count: number,
): T[] {
  const since = ({ ref, since: joined }: Waiting) => Date.parse(last.get(ref) ?? joined);
  const order = (a: T, b: T) => since(a) - since(b) || (a.ref < b.ref ? -1 : 1);
  return [...tenants].sort(order).slice(0, count);
}

/** A number in [0, 1), the same for the same seed and purpose. */
export function chance(seed: string, purpose: string): number {
  const digest = createHash('sha256').update(`${seed}\n${purpose}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** `count` of the items by chance, in their order. `idOf` distinguishes them. */
export function sampled<T>(seed: string, items: readonly T[], count: number, idOf: (item: T) => string): T[] {
  const ranked = items.map(item => ({ item, rank: chance(seed, idOf(item)) }));
  const chosen = new Set([...ranked].sort((a, b) => a.rank - b.rank).slice(0, count));
  return ranked.filter(each => chosen.has(each)).map(({ item }) => item);
}

interface Stretch {
  readonly from: { readonly time: string };
  readonly to: { readonly time: string };
}

/**
 * A moment of the recovery window, ISO 8601 with microseconds: each is as likely as any other. `latest` where the window
 * has no length. `place` in [0, 1).
 */
export function momentOf(window: readonly Stretch[], place: number): string {
  const spans = window.map(({ from, to }) => ({
    from: micros(from.time),
    length: micros(to.time) - micros(from.time),
  }));
  const total = spans.reduce((sum, { length }) => sum + (length > 0n ? length : 0n), 0n);
  if (total === 0n) return 'latest';
  let rest = (total * BigInt(Math.floor(place * 2 ** 48))) / 2n ** 48n;
  for (const { from, length } of spans) {
    if (length <= 0n) continue;
    if (rest < length) return isoMicroseconds(from + rest);
    rest -= length;
  }
  return 'latest';
}

/** Microseconds since 1970 of an ISO 8601 time in UTC with up to six fractional digits. */
function micros(time: string): bigint {
  const fraction = /\.(\d{1,6})/.exec(time)?.[1] ?? '';
  const seconds = BigInt(Math.floor(Date.parse(time) / 1000));
  return seconds * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** The part of the log that a command is about: `--from`, `--to` and `--table`, as people write them. */
import { InvalidArgumentError } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { lsn, parseLsn } from '../../lib/domain/lsn.ts';
import { parseTarget } from '../../lib/domain/recovery-target.ts';
import { isoMicroseconds } from '../../lib/domain/wall-time.ts';
import type { RecoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import type { LogBounds } from '../../lib/operations/log/describe-log.ts';
import { resolveTarget } from '../../lib/operations/restore/target/resolve-target.ts';
import type { Deps } from '../../lib/ports.ts';
import type { Session } from './session.ts';

type Clock = Pick<Session, 'now' | 'zone'>;

export interface RangeOptions {
  readonly from?: string;
  readonly to?: string;
  readonly table?: string;
}

export async function boundsOf(
  session: Clock,
  deps: Deps,
  at: RecoveryMaterial,
  { from, to, table }: RangeOptions,
): Promise<LogBounds> {
  const bound = (text: string | undefined, side: 'from' | 'to') => boundOf(session, deps, at, { text, side });
  const bounds = { ...(await bound(from, 'from')), ...(await bound(to, 'to')), ...(table !== undefined && { table }) };
  const { fromTime, toTime } = bounds;
  const isBackwards =
    (fromTime !== undefined && toTime !== undefined && toTime < fromTime) ||
    (bounds.from !== undefined && bounds.to !== undefined && bounds.to < bounds.from);
  if (!isBackwards) return bounds;
  throw new InputError('bad-range', '--to is before --from.', { hint: 'Exchange them, or correct one.' });
}

/**
 * The same, without `from` beginning a day before the end: before `to`, or before now. A position begins with the run that
 * has it, so that the day is never shorter.
 */
export async function recentBoundsOf(
  session: Clock,
  deps: Deps,
  at: RecoveryMaterial,
  options: RangeOptions,
): Promise<LogBounds> {
  if (options.from !== undefined) return boundsOf(session, deps, at, options);
  const bounds = await boundsOf(session, deps, at, options);
  const { to, toTime = to === undefined ? undefined : at.runs.find(run => parseLsn(run.to) >= to)?.fromTime } = bounds;
  const end = toTime === undefined ? session.now() : new Date(toTime);
  return { ...bounds, fromTime: isoMicroseconds(BigInt(end.getTime() - DAY_MS) * 1000n) };
}

const DAY_MS = 24 * 3600_000;

/** A time bounds by commit time; everything else is a position. */
async function boundOf(
  session: Clock,
  deps: Deps,
  at: RecoveryMaterial,
  { text, side }: { readonly text: string | undefined; readonly side: 'from' | 'to' },
): Promise<LogBounds> {
  if (text === undefined) return {};
  const target = parseTarget(text, { now: session.now(), timeZone: session.zone() });
  if (target.kind === 'time') return side === 'from' ? { fromTime: target.time } : { toTime: target.time };
  const position = target.kind === 'lsn' ? target.lsn : (await resolveTarget(deps, at, target)).lsn;
  if (side === 'to') return { to: position };
  // What is after a transaction does not begin with it.
  const isAfter = target.kind === 'after-transaction' || target.kind === 'after-lsn';
  return { from: isAfter ? lsn(position + 1n) : position };
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Must be a positive integer.');
  return value;
}

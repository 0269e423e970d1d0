/** The part of the log between two targets. */
import { InputError } from '../../domain/errors.ts';
import type { AskedRange } from '../../domain/investigation.ts';
import { lsn, parseLsn } from '../../domain/lsn.ts';
import { parseTarget } from '../../domain/recovery-target.ts';
import { isoMicroseconds } from '../../domain/wall-time.ts';
import type { RecoveryMaterial } from '../catalog/recovery-material.ts';
import type { LogBounds } from '../log/describe-log.ts';
import type { LogDeps } from '../restore/apply/revert-positions.ts';
import { resolveTarget } from '../restore/target/resolve-target.ts';

/** InputError `bad-range`, and those of targets; TargetError. */
export async function boundsOf(
  deps: LogDeps,
  at: RecoveryMaterial,
  { from, to, table }: AskedRange,
): Promise<LogBounds> {
  const bounds = {
    ...(from !== undefined && (await boundOf(deps, at, from, 'from'))),
    ...(to !== undefined && (await boundOf(deps, at, to, 'to'))),
    ...(table !== undefined && { table }),
  };
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
export async function recentBoundsOf(deps: LogDeps, at: RecoveryMaterial, range: AskedRange): Promise<LogBounds> {
  const bounds = await boundsOf(deps, at, range);
  if (range.from !== undefined) return bounds;
  const { to, toTime = to === undefined ? undefined : at.runs.find(run => parseLsn(run.to) >= to)?.fromTime } = bounds;
  const end = toTime === undefined ? deps.clock.now() : new Date(toTime);
  return { ...bounds, fromTime: isoMicroseconds(BigInt(end.getTime() - DAY_MS) * 1000n) };
}

const DAY_MS = 24 * 3600_000;

/** A time bounds by commit time; everything else is a position. */
async function boundOf(deps: LogDeps, at: RecoveryMaterial, text: string, side: 'from' | 'to'): Promise<LogBounds> {
  const target = parseTarget(text, { now: deps.clock.now(), timeZone: 'UTC' });
  if (target.kind === 'time') return side === 'from' ? { fromTime: target.time } : { toTime: target.time };
  const position = target.kind === 'lsn' ? target.lsn : (await resolveTarget(deps, at, target)).lsn;
  if (side === 'to') return { to: position };
  // What is after a transaction does not begin with it.
  const isAfter = target.kind === 'after-transaction' || target.kind === 'after-lsn';
  return { from: isAfter ? lsn(position + 1n) : position };
}

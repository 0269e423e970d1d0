/** The part of the log that a command is about: `--from`, `--to` and `--table`, as people write them. */
import { InvalidArgumentError } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { lsn } from '../../lib/domain/lsn.ts';
import { parseTarget } from '../../lib/domain/recovery-target.ts';
import type { RecoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import type { LogBounds } from '../../lib/operations/log/describe-log.ts';
import { resolveTarget } from '../../lib/operations/restore/target/resolve-target.ts';
import type { Deps } from '../../lib/ports.ts';
import type { Session } from './session.ts';

export interface RangeOptions {
  readonly from?: string;
  readonly to?: string;
  readonly table?: string;
}

export async function boundsOf(
  session: Session,
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

/** A time bounds by commit time; everything else is a position. */
async function boundOf(
  session: Session,
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

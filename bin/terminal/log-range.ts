/** The part of the log that a command is about: `--from`, `--to` and `--table`, as people write them. */
import { InvalidArgumentError } from 'commander';
import type { AskedRange } from '../../lib/domain/investigation.ts';
import { formatTarget, parseTarget } from '../../lib/domain/recovery-target.ts';
import type { Session } from './session.ts';

type Clock = Pick<Session, 'now' | 'zone'>;

export interface RangeOptions {
  readonly from?: string;
  readonly to?: string;
  readonly table?: string;
}

/** With exact targets. InputError of targets. */
export function exactRange(session: Clock, { from, to, table }: RangeOptions): AskedRange {
  return {
    ...(from !== undefined && { from: exactTarget(session, from) }),
    ...(to !== undefined && { to: exactTarget(session, to) }),
    ...(table !== undefined && { table }),
  };
}

/** The target that means the same later, elsewhere and in any time zone. */
export function exactTarget(session: Clock, text: string): string {
  return formatTarget(parseTarget(text, { now: session.now(), timeZone: session.zone() }));
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Must be a positive integer.');
  return value;
}

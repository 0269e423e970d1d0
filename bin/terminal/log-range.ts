/** The part of the log that a command is about: `--from`, `--to` and `--table`, as people write them. */
import { InvalidArgumentError } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import type { AskedRange } from '../../lib/domain/investigation.ts';
import { formatTarget, parseTarget } from '../../lib/domain/recovery-target.ts';
import { parseTime } from '../../lib/domain/target-time.ts';
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

/** A time of the wall clock, as people type it. InputError `bad-target`. */
export function typedTime(session: Clock, text: string): Date {
  const time = parseTime(text, { now: session.now(), timeZone: session.zone() });
  if (time !== undefined) return new Date(time);
  throw new InputError('bad-target', `${JSON.stringify(text)} is not a time.`, {
    hint: "Write it like 2026-03-01 12:00+01:00, or '2 hours ago'.",
  });
}

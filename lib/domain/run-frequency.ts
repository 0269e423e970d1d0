/** How often a schedule fires, as input of costs and load. A month has 30 days. */
import { InputError } from './errors.ts';

export const DAYS_A_MONTH = 30;
const MINUTES_A_DAY = 1440;
const UNIT_MINUTES = { minute: 1, hour: 60, day: MINUTES_A_DAY };

/** Runs in 30 days of an EventBridge Scheduler expression, `rate(…)` or `cron(…)`. InputError `bad-schedule`. */
export function runsPerMonth(expression: string): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) {
    const minutes = Number(rate[1]) * UNIT_MINUTES[rate[2] as keyof typeof UNIT_MINUTES];
    return (DAYS_A_MONTH * MINUTES_A_DAY) / minutes;
  }
  const cron = /^cron\(([^()]+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (cron?.length !== 6) throw badSchedule(expression);
  const [minute, hour, day, month, weekday] = cron as [string, string, string, string, string];
  const daily = values(minute, 60) * values(hour, 24);
  const days = weekday === '?' || weekday === '*' ? values(day, DAYS_A_MONTH) : (values(weekday, 7) * DAYS_A_MONTH) / 7;
  return (daily * days * values(month, 12)) / 12;
}

/** Minutes past the full hour at which it fires; undefined if it fires at several, or relative to its start. */
export function minuteOf(expression: string): number | undefined {
  const field = /^cron\(\s*(\S+)/.exec(expression)?.[1];
  return field !== undefined && /^\d+$/.test(field) ? Number(field) : undefined;
}

/** How many of `all` values a field names. */
function values(field: string, all: number): number {
  if (field === '*' || field === '?') return all;
  const step = /^(?:\*|\d+)\/(\d+)$/.exec(field);
  if (step) return Math.ceil(all / Number(step[1]));
  return field.split(',').reduce((sum, part) => sum + spanOf(part, all), 0);
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function spanOf(part: string, all: number): number {
  const [from, to] = part.split('-').map(end => (WEEKDAYS.includes(end) ? WEEKDAYS.indexOf(end) : Number(end)));
  if (to === undefined || Number.isNaN(from) || Number.isNaN(to)) return 1;
  return to >= from! ? to - from! + 1 : all - from! + to + 1;
}

function badSchedule(expression: string): InputError {
  return new InputError('bad-schedule', `${expression} is not a schedule.`, {
    hint: 'Write rate(1 minute) or cron(0 3 * * ? *).',
  });
}

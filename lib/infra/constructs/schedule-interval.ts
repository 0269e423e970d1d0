/** The longest interval between two starts of a schedule, from which the alarms compute when a run is late. */
import { Duration } from 'aws-cdk-lib';

const UNITS = { minute: Duration.minutes, hour: Duration.hours, day: Duration.days };

/**
 * Exact for `rate(…)`; for `cron(…)` the longest time that its fields allow (a year, a month, a week, a day, an hour),
 * because a schedule that is judged too strictly raises alarms that people learn to ignore.
 */
export function scheduleInterval(expression: string): Duration {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) return UNITS[rate[2] as keyof typeof UNITS](Number(rate[1]));
  const [, hour = '*', day = '*', month = '*', weekday = '?'] = expression.slice('cron('.length, -1).split(/\s+/);
  const open = (field: string) => field === '*' || field === '?';
  if (!open(month)) return Duration.days(366);
  if (!open(day)) return Duration.days(31);
  if (!open(weekday)) return Duration.days(7);
  return open(hour) ? Duration.hours(1) : Duration.days(1);
}

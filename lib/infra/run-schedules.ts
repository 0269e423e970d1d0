/** When each run of an installation on AWS starts: the section `schedules` of the deployment, with all of its defaults. */
import * as z from 'zod';

const Count = z.number().int().min(1);
/** `rate(…)` or `cron(…)` as EventBridge Scheduler accepts them. */
const Expression = z
  .string()
  .regex(
    /^(rate\(\d+ (minute|hour|day)s?\)|cron\([^()]+\))$/,
    'must be a rate or cron expression, for example rate(1 minute) or cron(0 3 * * ? *)',
  );

const Schedule = (what: string, expression: string, flexibleMinutes: number, enabled = true) =>
  z
    .strictObject({
      expression: Expression.default(expression).describe(
        '`rate(1 hour)` or `cron(0 1 * * ? *)`, in the time zone above.',
      ),
      flexibleMinutes: z
        .number()
        .int()
        .min(0)
        .max(1440)
        .default(flexibleMinutes)
        .describe('EventBridge starts it somewhere in this window, which spreads load. 0: exactly at its time.'),
      enabled: z.boolean().default(enabled).describe('`false`: the schedule exists but does not fire.'),
    })
    .prefault({})
    .describe(what);

export const RunSchedules = z.strictObject({
  timeZone: z.string().default('UTC').describe('IANA time zone of all expressions, such as Europe/Berlin.'),
  paused: z.boolean().default(false).describe('`true`: all schedules exist, none fires.'),
  ship: Schedule('Ships the change log.', 'rate(1 minute)', 0),
  fold: Schedule('Folds the log of tenants that changed into incrementals.', 'cron(5 * * * ? *)', 5),
  full: Schedule('Takes a snapshot of every tenant: reads what changed.', 'cron(0 1 * * ? *)', 120),
  verify: Schedule(
    'Restores the newest snapshots into scratch tables and compares them; compares live rows with the state rebuilt for the same moment.',
    'cron(0 4 * * ? *)',
    120,
  ),
  verifyWithinDays: Count.max(36_500)
    .default(7)
    .describe('Each run verifies a share of the fleet, so that every tenant is verified within N days.'),
  replicateKeys: Schedule(
    'Makes and repairs the replicas of dedicated keys in the other regions, and counts the keys without one.',
    'rate(15 minutes)',
    0,
  ),
  copyKeys: Schedule('Copies the wrapped branch keys of pooled mode into the vault.', 'rate(6 hours)', 15),
  verifyReplicas: Schedule(
    'Proves that the other regions have the objects of the primary, with their locks: each run a part of them.',
    'rate(1 hour)',
    15,
  ),
  expireReplicas: Schedule('In each other region, removes what the primary has expired.', 'rate(1 hour)', 15),
  anchorAudit: Schedule('Signs where every chain of the audit trail ends.', 'cron(30 3 * * ? *)', 15),
  verifyAudit: Schedule('Verifies every event of the audit trail, and every anchor.', 'cron(30 6 ? * SUN *)', 60),
  finishDestructions: Schedule(
    'Looks after destructions of tenants: ends and certifies what is due, and removes what is no longer locked.',
    'cron(30 5 * * ? *)',
    30,
  ),
  drills: Schedule('Starts the drill that is due, if one is. Only with `drills`.', 'cron(0 22 * * ? *)', 60),
  keepHolds: Schedule(
    'Proves every legal hold in every region, repairs what is not held, and copies new log for held tenants.',
    'cron(30 8 ? * SUN *)',
    60,
  ),
  dailyReport: Schedule(
    'Makes the report of yesterday, which longer reports are made of. All reports are scheduled in UTC, whatever the time zone is.',
    'cron(20 0 * * ? *)',
    15,
  ),
  weeklyReport: Schedule('Makes the report of last week.', 'cron(0 2 ? * MON *)', 15),
  monthlyReport: Schedule('Makes the report of last month, with facts for audits.', 'cron(0 3 1 * ? *)', 60),
  quarterlyReport: Schedule(
    'Makes the report of last quarter, with how a complete recovery would go.',
    'cron(0 4 1 JAN,APR,JUL,OCT ? *)',
    60,
  ),
  yearlyReport: Schedule('Makes the report of last year.', 'cron(0 5 1 JAN ? *)', 60),
  archive: Schedule(
    'Archives every tenant for which a monthly or annual copy is due; on the later days, those that failed. Each copy costs its size in Glacier Instant Retrieval for all of its retention: off by default (docs/archives.md).',
    'cron(0 2 1-7 * ? *)',
    120,
    false,
  ),
  expire: Schedule('Removes objects that no retained backup needs and whose lock has ended.', 'cron(0 5 * * ? *)', 60),
});

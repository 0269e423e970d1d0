/**
 * The accidents: ordinary SQL by the application's own role, committed like any other. Independent of Holdfast.
 */
import { withClient } from './database.ts';

export interface Accident {
  /** The server's clock just before the accident's transaction began, and just after it had ended (ISO 8601). */
  readonly before: string;
  readonly after: string;
  /** What the statements reported, for the story. */
  readonly statements: ReadonlyArray<{ readonly what: string; readonly rows: number }>;
}

const CLEAN_UP_SCRIPT: ReadonlyArray<readonly [what: string, sql: string]> = [
  [
    'projects deleted, with their tasks, comments and time',
    "DELETE FROM projects WHERE tenant_id = $1 AND status IN ('active', 'on hold')",
  ],
  [
    'invoices overwritten: total 0, state draft',
    "UPDATE invoices SET total = 0, state = 'draft' WHERE tenant_id = $1 AND state <> 'void'",
  ],
  [
    'customers renamed to TEST',
    "UPDATE customers SET name = 'TEST', address = '{}' WHERE tenant_id = $1 AND id % 3 = 0",
  ],
  ['documents emptied', "UPDATE documents SET body = '', title = 'untitled' WHERE tenant_id = $1"],
  ['settings wiped', 'DELETE FROM tenant_settings WHERE tenant_id = $1'],
  ['users removed from their roles', "DELETE FROM user_roles WHERE tenant_id = $1 AND role <> 'admin'"],
];

/** A clean-up script, meant for the test system, runs against a customer's production data. */
export async function runCleanUpScript(applicationUrl: string, tenant: string): Promise<Accident> {
  return inOneTransaction(applicationUrl, tenant, CLEAN_UP_SCRIPT);
}

/** What the job says about its transaction: shown wherever the transaction is. */
export const JOB = 'archive-time';

const NIGHTLY_JOB: ReadonlyArray<readonly [what: string, sql: string]> = [
  [
    'time entries deleted: the archive was full',
    'DELETE FROM time_entries WHERE tenant_id = $1 AND day < current_date - 30',
  ],
  ['customers without their credit limits', 'UPDATE customers SET credit_limit = NULL WHERE tenant_id = $1'],
];

/** A nightly job archives too much, in a transaction that says whose it is. */
export async function runNightlyJob(applicationUrl: string, tenant: string): Promise<Accident> {
  return inOneTransaction(applicationUrl, tenant, NIGHTLY_JOB, { job: JOB, user: 'scheduler' });
}

async function inOneTransaction(
  applicationUrl: string,
  tenant: string,
  script: ReadonlyArray<readonly [what: string, sql: string]>,
  context?: Readonly<Record<string, string>>,
): Promise<Accident> {
  return withClient(applicationUrl, async client => {
    const clock = async () =>
      (
        await client.query(
          'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
        )
      ).rows[0].now as string;
    const before = await clock();
    await client.query('BEGIN');
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    if (context)
      await client.query("SELECT pg_logical_emit_message(true, 'holdfast.context', $1)", [JSON.stringify(context)]);
    const statements: { what: string; rows: number }[] = [];
    for (const [what, sql] of script) {
      const { rowCount } = await client.query(sql, [tenant]);
      statements.push({ what, rows: rowCount ?? 0 });
    }
    await client.query('COMMIT');
    return { before, after: await clock(), statements };
  });
}

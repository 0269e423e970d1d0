/** The chapters of the demo, in order: the application, protection, the accident, the restore, the proof. */
import { setTimeout as delay } from 'node:timers/promises';
import { count, plural, size } from '../terminal/format.ts';
import { type Accident, JOB, runCleanUpScript, runNightlyJob } from './accidents.ts';
import type { CommandLine } from './command-line.ts';
import { createDatabase, type DemoDatabase, databaseFacts, withClient } from './database.ts';
import type { Story } from './story.ts';
import {
  damageLeft,
  differences,
  lastWriterOfSettings,
  remember,
  rowsLost,
  rowsWritten,
  type Testimony,
  touchedBy,
} from './witness.ts';
import { startWorkload, type Workload, type WorkloadWindow } from './workload.ts';

export interface DemoRun {
  readonly story: Story;
  readonly holdfast: CommandLine;
  readonly database: DemoDatabase;
  /** The largest first. */
  readonly tenants: readonly string[];
  readonly workload: Workload;
  /** Configuration, vault, keys, catalog. */
  readonly directory: string;
}

/** The damaged tenant, one that is paused so that it can be compared, and one whose job deletes too much. */
export const VICTIM = 'acme';
export const BYSTANDER = 'brightwater';
export const CARELESS = 'cobalt-labs';

const PLAN = 'acme.plan.json';

export async function theApplication(story: Story, serverUrl: string) {
  const database = await story.step(
    'creating the database',
    () =>
      createDatabase(serverUrl, message =>
        story.progress({ step: 'seed', message: `creating the database: ${message}` }),
      ),
    () => 'the database of Workbench, an invented application: projects, tasks, time, invoices',
  );
  const facts = await databaseFacts(database.url);
  const tenants = await tenantsBySize(database.url);
  story.say(
    `${facts.tables} tables, ${count(facts.rows)} rows, ${size(facts.bytes)}; ${facts.tenants} tenants of very unequal size share every table.`,
  );
  const workload = await startWorkload(database.applicationUrl, { tenants });
  await delay(1500);
  story.say(`The application works from now to the end: ${rate(workload.window())}`);
  return { database, tenants, workload };
}

export async function protectEveryone({ story, holdfast, database, workload }: DemoRun): Promise<void> {
  story.chapter('Every tenant gets its own backups, key and change log');
  await holdfast.type('init', '--url', database.url);
  await holdfast.type('discover');
  await holdfast.type('doctor', '--fix', '--yes');
  await holdfast.type('snapshot', '--all');
  await holdfast.type('ship');
  story.say(`Meanwhile: ${rate(workload.window())}`);
}

export interface TheAccident extends Accident {
  /** The full second before it, ISO 8601: the recovery target. */
  readonly second: string;
  readonly testimony: Testimony;
}

export async function theAccident({ story, database, workload }: DemoRun): Promise<TheAccident> {
  story.chapter(`An accident happens to ${VICTIM}`);
  await workload.pause(VICTIM);
  const testimony = await story.step(
    `an independent witness records every row of ${VICTIM}`,
    () => remember(database.url, VICTIM),
    found =>
      `an independent witness recorded ${VICTIM}'s ${count(found.rows)} rows in ${found.tables.size} tables, with its own SQL`,
  );
  const second = await nextFullSecond(database.url);
  const accident = await runCleanUpScript(database.applicationUrl, VICTIM);
  workload.resume(VICTIM);
  story.say(
    `A clean-up script meant for the test system ran as the application's own role, in one transaction, at ${clockTime(accident.before)}:`,
  );
  for (const { what, rows } of accident.statements)
    story.say(`  ${story.style.bad('−')} ${what}: ${plural(rows, 'row')}`);
  await delay(4000);
  story.say(`Nobody notices for a while, and all tenants keep working, ${VICTIM} too: ${rate(workload.window())}`);
  return { ...accident, second, testimony };
}

export interface Restored {
  readonly restoreMs: number;
  readonly bystander: Testimony;
  readonly during: WorkloadWindow;
}

export async function restoreTheTenant(run: DemoRun, accident: TheAccident): Promise<Restored> {
  const { story, holdfast, database, workload } = run;
  story.chapter(`${VICTIM} is restored to the second before`);
  await holdfast.type('ship');
  await holdfast.type('timeline', VICTIM);
  await workload.pause(VICTIM);
  await workload.pause(BYSTANDER);
  const bystander = await remember(database.url, BYSTANDER);
  story.say(
    `${VICTIM} is now in maintenance mode, and ${BYSTANDER} is paused so that it can be compared. The other ${run.tenants.length - 2} keep working.`,
  );
  await holdfast.type('diff', VICTIM, '--to', accident.second, '--samples', '1', '--out', PLAN);
  workload.window();
  await holdfast.type('restore', '--plan', PLAN, '--yes');
  return { restoreMs: holdfast.lastTook(), bystander, during: workload.window() };
}

export async function proveAndGoOn(run: DemoRun, accident: TheAccident, restored: Restored): Promise<void> {
  const { story, database, workload } = run;
  story.chapter('A proof that is independent of Holdfast');
  const found = differences(accident.testimony, await remember(database.url, VICTIM));
  // A restore keeps the audit log's entries about the accident; the earlier entries must be unchanged.
  const later = found.find(each => each.table === 'audit_log' && each.gone === 0);
  const again = found.filter(each => each !== later);
  const kept = later ? `; the audit log also keeps its ${count(later.added)} later entries` : '';
  verdict(
    run,
    again.length === 0,
    `${VICTIM}: all ${count(accident.testimony.rows)} rows are byte for byte what the witness recorded before the accident${kept}`,
    `${VICTIM} differs from what the witness recorded: ${again.map(each => `${each.table} −${each.gone} +${each.added}`).join(', ')}`,
  );
  const bystander = differences(restored.bystander, await remember(database.url, BYSTANDER));
  verdict(
    run,
    bystander.length === 0,
    `${BYSTANDER}: all ${count(restored.bystander.rows)} rows are as they were before the restore`,
    `${BYSTANDER} changed: ${bystander.map(each => each.table).join(', ')}`,
  );
  const writer = await lastWriterOfSettings(database.url, VICTIM);
  const touched = await touchedBy(database.url, writer, VICTIM);
  verdict(
    run,
    touched.others === 0,
    `transaction ${writer}, the restore, wrote or locked ${plural(touched.own, 'row')} of ${VICTIM} and ${touched.others} of other tenants`,
    `transaction ${writer} of the restore touched ${plural(touched.others, 'row')} of other tenants`,
  );
  const { during } = restored;
  verdict(
    run,
    during.errors.length === 0,
    `the others during the restore: ${rate(during)}`,
    `transactions of others failed during the restore: ${during.errors.map(each => `${each.tenant}: ${each.action} (${each.code})`).join(', ')}`,
  );
  workload.resume(VICTIM);
  workload.resume(BYSTANDER);
}

/** An accident that is found, and taken back while the tenant keeps working: what it did since stays. */
export async function takeTheJobBack(run: DemoRun): Promise<void> {
  const { story, holdfast, database, workload } = run;
  story.chapter(`A job damages ${CARELESS}, is found, and is taken back while ${CARELESS} keeps working`);
  await workload.pause(CARELESS);
  const before = await remember(database.url, CARELESS);
  const accident = await runNightlyJob(database.applicationUrl, CARELESS);
  const after = await remember(database.url, CARELESS);
  workload.resume(CARELESS);
  story.say(`A nightly job ran at ${clockTime(accident.before)}. Nobody says so; ${CARELESS} only misses its hours:`);
  for (const { what, rows } of accident.statements)
    story.say(`  ${story.style.bad('−')} ${what}: ${plural(rows, 'row')}`);
  await delay(3000);
  await holdfast.type('ship');
  await holdfast.type('activity', CARELESS, '--from', accident.before.replace(/\.\d+Z$/, 'Z'), '--bucket', '1m');
  const search = ['transactions', CARELESS, '--deletes', '>50', '--sort', 'deletes', '--limit', '1'];
  await holdfast.type(...search);
  const { transactions } = await holdfast.ask<{ transactions: { xid: number; context?: { job?: string } }[] }>(
    ...search,
  );
  const [found] = transactions;
  verdict(
    run,
    found?.context?.job === JOB,
    `found: transaction ${found?.xid}, which says that it is the job ${JOB}`,
    'the transaction of the job was not found',
  );
  await workload.pause(CARELESS);
  const just = await remember(database.url, CARELESS);
  workload.resume(CARELESS);
  workload.window();
  await holdfast.type('revert', CARELESS, '--transaction', String(found?.xid), '--samples', '1', '--yes');
  const during = workload.window();
  await workload.pause(CARELESS);
  const now = await remember(database.url, CARELESS);
  workload.resume(CARELESS);
  const damage = damageLeft(before, after, now);
  verdict(
    run,
    damage.missing === 0 && damage.left === 0 && damage.damaged > 0,
    `all ${count(damage.damaged)} rows that the job deleted or changed are byte for byte as before it`,
    `of ${count(damage.damaged)} damaged rows, ${damage.missing} are not as before, and ${damage.left} are as the job left them`,
  );
  const written = rowsWritten(after, just);
  verdict(
    run,
    written > 0 && rowsLost(just, now) === 0,
    `and ${plural(written, 'row')} that ${CARELESS} wrote since are still there. Meanwhile: ${rate(during)}`,
    `work of ${CARELESS} since the job was lost`,
  );
}

function verdict({ story }: DemoRun, holds: boolean, proved: string, refuted: string): void {
  const { style } = story;
  story.say(holds ? `${style.good('✓')} ${proved}` : `${style.bad('✗')} ${refuted}`);
  if (!holds) process.exitCode = 1;
}

function rate(window: WorkloadWindow): string {
  const perSecond = Math.round(window.committed / window.seconds);
  const errors =
    window.errors.length === 0
      ? 'none failed'
      : `${window.errors.length} FAILED (${[...new Set(window.errors.map(each => each.code))].join(', ')})`;
  return `${perSecond} transactions a second (${count(window.committed)} committed, ${window.rolledBack} rolled back by their users, ${errors}), the slowest took ${Math.round(window.slowestMs)} ms`;
}

function clockTime(iso: string): string {
  return `${iso.slice(11, 19)} UTC`;
}

/** Waits until the server's clock is just past a full second, and returns that second. */
async function nextFullSecond(url: string): Promise<string> {
  return withClient(url, async client => {
    const { rows } = await client.query(`
      WITH next AS (SELECT date_trunc('second', clock_timestamp()) + interval '1 second' AS second)
      SELECT to_char(second AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS second,
             pg_sleep(extract(epoch FROM second - clock_timestamp())::float8 + 0.25) FROM next`);
    return rows[0].second as string;
  });
}

async function tenantsBySize(url: string): Promise<string[]> {
  return withClient(url, async client => {
    const { rows } = await client.query('SELECT tenant_id FROM app.tasks GROUP BY 1 ORDER BY count(*) DESC, 1');
    return rows.map(row => row.tenant_id as string);
  });
}

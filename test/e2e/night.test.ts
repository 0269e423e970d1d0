/**
 * The worst night, as a script: five accidents among normal work, each found by its traces and taken back, while later good
 * changes stay: compared byte for byte with a database that had only the good changes. On a Django-style schema, by a role
 * that is neither superuser nor owner. Counts the commands that it takes.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { type ClinicRows, clinicRows, createClinics } from '../support/clinic-database.ts';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { createDatabase, ownServer, PG_VERSIONS, type TestDatabase } from '../support/postgres.ts';
import { runScript } from '../support/run-script.ts';
import { inTerminal } from '../support/terminal.ts';

const CLINIC = 2;
const OTHER = 3;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;

interface Happening {
  /** What the application said about it. */
  readonly context?: Readonly<Record<string, string>>;
  readonly sql: string;
}

/** Normal work of the same and of another clinic: it must survive. */
const WORK: readonly Happening[] = [
  { sql: `UPDATE patients_patient SET phone = 'new number' WHERE organization_id = ${CLINIC} AND id % 8 = 1` },
  {
    context: { user: 'ana', request: 'r-1' },
    sql: `WITH p AS (INSERT INTO patients_patient (organization_id, name) VALUES (${CLINIC}, 'Late patient') RETURNING id)
          INSERT INTO patients_contact (patient_id, kind, value) SELECT id, 'mail', 'late@example.org' FROM p`,
  },
  {
    // Rows that an accident has damaged, in other columns.
    sql: `UPDATE schedule_appointment SET state = 'done' WHERE organization_id = ${CLINIC} AND id % 5 = 0;
          UPDATE patients_patient SET data = '{"checked": true}' WHERE organization_id = ${CLINIC} AND id % 8 = 5`,
  },
  {
    sql: `INSERT INTO billing_payment (organization_id, invoice_id, paid) SELECT organization_id, id, 10 FROM billing_invoice WHERE organization_id = ${CLINIC} AND id % 4 = 0`,
  },
  { sql: `UPDATE patients_patient SET name = name || ' (seen)' WHERE organization_id = ${OTHER}` },
  {
    context: { job: 'letters' },
    sql: `UPDATE documents_document SET title = title || ', signed' WHERE folder_id IN (SELECT id FROM documents_folder WHERE organization_id = ${CLINIC} AND name = 'Root') AND id % 2 = 0`,
  },
];

/** The accidents, and how each is found. */
const ACCIDENTS: readonly (Happening & { readonly name: string; readonly find: readonly string[] })[] = [
  {
    name: 'a clean-up job deletes reminders and notes',
    context: { job: 'cleanup' },
    sql: `DELETE FROM schedule_reminder WHERE appointment_id IN (SELECT id FROM schedule_appointment WHERE organization_id = ${CLINIC});
          DELETE FROM patients_note WHERE patient_id IN (SELECT id FROM patients_patient WHERE organization_id = ${CLINIC} AND id % 3 = 0)`,
    find: ['--by-context', 'job = cleanup'],
  },
  {
    name: 'an UPDATE without its WHERE',
    sql: `UPDATE patients_patient SET born = '1900-01-01' WHERE organization_id = ${CLINIC}`,
    find: ['--updates', '>50', '--table', 'patients_patient', '--sort', 'updates'],
  },
  {
    name: 'an import inserts rubbish',
    sql: `INSERT INTO patients_patient (organization_id, name) SELECT ${CLINIC}, 'RUBBISH' FROM generate_series(1, 60)`,
    find: ['--inserts', '>50', '--table', 'patients_patient'],
  },
  {
    name: 'a person deletes a folder with its documents',
    context: { user: 'carl' },
    sql: `DELETE FROM documents_document WHERE folder_id IN (SELECT id FROM documents_folder WHERE organization_id = ${CLINIC} AND name = 'Sub');
          DELETE FROM documents_folder WHERE organization_id = ${CLINIC} AND name = 'Sub'`,
    find: ['--by-context', 'user = carl'],
  },
  {
    name: 'settings are overwritten',
    sql: `UPDATE settings_option SET value = 'null' WHERE organization_id = ${CLINIC}; DELETE FROM settings_option WHERE organization_id = ${CLINIC} AND key = 'vat'`,
    find: ['--table', 'settings_option', '--changes', '>2'],
  },
];

describe.each(PG_VERSIONS.slice(-1))('the worst night on PostgreSQL %i', version => {
  let database: TestDatabase;
  let holdfast: CommandLine;
  let good: ClinicRows;
  let other: ClinicRows;
  let commands = 0;
  const open: (() => Promise<void>)[] = [];
  const json = (...args: string[]) => {
    commands += 1;
    return holdfast.json(...args);
  };

  beforeAll(async () => {
    const server = await ownServer(version);
    open.push(() => server.stop());
    // What the clinic would have without any accident.
    const twin = await createDatabase(server.url, version);
    await createClinics(twin);
    for (const { sql } of WORK) await twin.query(sql);
    good = await clinicRows(twin, CLINIC);
    database = await createDatabase(server.url, version);
    await createClinics(database);
    const role = await database.role();
    holdfast = await commandLine({ DATABASE_URL: role.source.url });
    open.unshift(() => holdfast.dispose());
  });
  afterAll(async () => {
    for (const close of open) await close();
  });

  it('the first hour: from an empty folder to a protected database', async () => {
    await json('init', '--installation', 'night', '--url', holdfast.env.DATABASE_URL!);
    holdfast.env.HOLDFAST_DATABASE_PASSWORD = decodeURIComponent(new URL(holdfast.env.DATABASE_URL!).password);
    const { model } = await json('discover', '--tenant-table', 'public.accounts_organization');
    expect(model.tables.filter(({ kind }: { kind: string }) => ['root', 'direct', 'via'].includes(kind))).toHaveLength(
      14,
    );
    // A person decides what nothing in the schema says: accounts are shared by all clinics.
    const file = join(holdfast.directory, 'holdfast.model.yaml');
    const decided = parseDocument(await readFile(file, 'utf8'));
    const { tables } = decided.toJS() as { tables: { table: string; kind: string }[] };
    const at = tables.findIndex(({ table }) => table === 'public.auth_user');
    decided.setIn(['tables', at], { table: 'public.auth_user', kind: 'shared' });
    await writeFile(file, String(decided));
    const script = await holdfast.run('doctor', '--sql');
    commands += 1;
    await runScript(database, script.stdout);
    const fixed = await json('doctor', '--fix', '--yes');
    expect(fixed.failed).toEqual([]);
    expect((await json('snapshot', '--all')).failed).toEqual([]);
    expect((await json('ship')).caughtUp).toBe(true);
    expect((await json('status')).totals).toMatchObject({ safe: 4 });
    expect(commands).toBeLessThanOrEqual(8);
  });

  it('five accidents happen among normal work', async () => {
    for (const [index, accident] of ACCIDENTS.entries()) {
      await happen(database, WORK[index]!);
      await happen(database, accident);
      if (index % 2 === 0) await json('ship');
    }
    await happen(database, WORK.at(-1)!);
    await json('ship');
    other = await clinicRows(database, OTHER);
    expect(differing(good, await clinicRows(database, CLINIC))).not.toEqual([]);
  });

  it('activity shows them, and incident leads to them without a terminal', async () => {
    const activity = await json('activity', String(CLINIC), '--bucket', '1m');
    expect(activity.spikes.length + activity.buckets.length).toBeGreaterThan(0);
    const { candidates } = await json('incident', String(CLINIC));
    expect(candidates.length).toBeGreaterThanOrEqual(3);
    const { ways } = await json('incident', String(CLINIC), '--transaction', String(candidates[0].xid));
    expect(ways.map(({ way }: { way: string }) => way)).toEqual(['revert', 'missing-only', 'tables', 'everything']);
  });

  it.each(ACCIDENTS.map(accident => [accident.name, accident] as const))(
    '%s: found and taken back',
    async (_, { find }) => {
      const { transactions } = await json('transactions', String(CLINIC), ...find);
      expect(transactions).toHaveLength(1);
      const xid = String(transactions[0].xid);
      const damaged = await clinicRows(database, CLINIC);
      const dry = await json('revert', String(CLINIC), '--transaction', xid, '--dry-run', '--yes');
      expect(dry.totals.rows).toBeGreaterThan(0);
      expect(
        (await json('restore', String(CLINIC), '--to', `before:${xid}`, '--dry-run', '--yes')).totals.rows,
      ).toBeGreaterThan(0);
      expect(differing(damaged, await clinicRows(database, CLINIC)), 'a dry run changes nothing').toEqual([]);
      const plan = join(holdfast.directory, `${xid}.json`);
      const { preview } = await json('revert', String(CLINIC), '--transaction', xid, '--out', plan);
      expect(preview.conflicts).toEqual([]);
      expect((await json('restore', '--plan', plan, '--dry-run', '--yes')).hash).toBe(preview.hash);
      expect(differing(damaged, await clinicRows(database, CLINIC)), 'nor of a plan').toEqual([]);
      const { record } = await json('restore', '--plan', plan, '--yes');
      expect(record.totals.inserted + record.totals.updated + record.totals.deleted).toBe(preview.totals.rows);
      expect(record.proof.left).toEqual({});
    },
  );

  it('leaves exactly the good changes, byte for byte, and the other clinics alone', async () => {
    expect(differing(good, await clinicRows(database, CLINIC))).toEqual([]);
    expect(differing(other, await clinicRows(database, OTHER))).toEqual([]);
  });

  it('the guided session leads from what changed most to the revert, and prints a command for each step', async () => {
    const since = await now(database);
    await happen(database, {
      context: { user: 'dora', request: 'r-9' },
      sql: `DELETE FROM patients_contact WHERE patient_id IN (SELECT id FROM patients_patient WHERE organization_id = ${CLINIC})`,
    });
    const answers = [
      ['Which one?', '1\r'],
      ['Which way?', '1\r'],
      ['[y/N]', 'y\r'],
    ] as const;
    const { code, output } = inTerminal(holdfast, answers, 'incident', String(CLINIC), '--from', since);
    const text = output.replaceAll(ESCAPES, '');
    expect(text).toMatch(/user dora, request r-9/);
    for (const words of [
      'activity 2',
      'show-transaction 2 \\d+',
      'revert 2 --transaction \\d+',
      'restore 2 --to before:\\d+',
    ])
      expect(text).toMatch(new RegExp(`\\$ holdfast ${words}`));
    expect(text).toMatch(/✓ Took back 1 transaction of tenant 2/);
    expect(code, text).toBe(0);
    expect(differing(good, await clinicRows(database, CLINIC))).toEqual([]);
    const left = inTerminal(holdfast, [['Which one?', 'q\r']], 'incident', String(CLINIC));
    expect(left.output).toContain('nothing was changed');
  });

  it('an accident of all clinics is taken back by one request, and continued where it stopped', async () => {
    const before = new Map<number, ClinicRows>();
    for (const clinic of [1, 2, 3, 4]) before.set(clinic, await clinicRows(database, clinic));
    const moment = await now(database);
    await happen(database, { sql: 'DELETE FROM patients_contact WHERE id % 3 = 0' });
    const list = join(holdfast.directory, 'hit.txt');
    await writeFile(list, '# hit by release 7\n1\n2\n3\n4\n4\n');
    const state = join(holdfast.directory, 'hit.json');
    const asked = ['restore', '--tenants', list, '--to', moment, '--state', state];
    const shown = await json(...asked, '--dry-run');
    expect(shown.tenants.map((each: { state: string }) => each.state)).toEqual(Array(4).fill('previewed'));
    const done = await json(...asked, '--yes');
    expect(done).toMatchObject({ remaining: 0 });
    expect(done.tenants.map((each: { state: string }) => each.state)).toEqual(Array(4).fill('restored'));
    for (const clinic of [1, 2, 3, 4])
      expect(differing(before.get(clinic)!, await clinicRows(database, clinic))).toEqual([]);
    // As after a crash before the outcome was noted: work since then is not restored away.
    await happen(database, { sql: `UPDATE patients_contact SET value = 'good work' WHERE patient_id = 1` });
    const kept = JSON.parse(await readFile(state, 'utf8'));
    await writeFile(state, JSON.stringify({ ...kept, outcomes: {} }));
    const good = await clinicRows(database, 2);
    const again = await json(...asked, '--yes');
    expect(again).toMatchObject({ remaining: 0 });
    expect(differing(good, await clinicRows(database, 2))).toEqual([]);
  });
});

async function now(database: TestDatabase): Promise<string> {
  const [row] = await database.query(
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
  );
  return row.now;
}

async function happen(database: TestDatabase, { context, sql }: Happening): Promise<void> {
  const tell = context ? `SELECT pg_logical_emit_message(true, 'holdfast.context', '${JSON.stringify(context)}');` : '';
  await database.query(`BEGIN; ${tell} ${sql}; COMMIT`);
}

/** Rows that differ, by table and key. */
function differing(wanted: ClinicRows, found: ClinicRows): string[] {
  return [...wanted].flatMap(([table, rows]) => {
    const is = found.get(table)!;
    const keys = [...new Set([...rows.keys(), ...is.keys()])];
    return keys.filter(key => rows.get(key) !== is.get(key)).map(key => `${table} ${key}`);
  });
}

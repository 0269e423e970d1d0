/** The command line as a person uses it, from installation to restore and undo, against a real server. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JsonLine } from '../../lib/api/documents/restore-documents.ts';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { createShops, digestOf, serverNow } from '../support/shop-database.ts';
import { inTerminal } from '../support/terminal.ts';

describe.each(PG_VERSIONS)('the command line on PostgreSQL %i', version => {
  let database: TestDatabase;
  let holdfast: CommandLine;
  let before: string;
  let moment: string;
  let restoreId: string;

  beforeAll(async () => {
    database = await testDatabase(version);
    await createShops(database);
    holdfast = await commandLine({ DATABASE_URL: database.url });
  });
  afterAll(async () => {
    await holdfast.dispose();
    await database.drop();
  });

  it('init writes a configuration, once, without a password', async () => {
    const made = await holdfast.json('init', '--installation', 'shops-test', '--url', database.url);
    expect(made.file).toBe(join(holdfast.directory, 'holdfast.yaml'));
    expect(made.passwordVariable).toBe('HOLDFAST_DATABASE_PASSWORD');
    const text = await readFile(made.file, 'utf8');
    expect(text).not.toContain(new URL(database.url).password);
    expect(text).toMatch(/^installation: shops-test$/m);
    // The zone of this machine, written down.
    expect(text).toMatch(/^timeZone: "UTC"$/m);
    expect(made.timeZone).toBe('UTC');
    expect(await holdfast.failure('init')).toMatchObject({ code: 'file-exists', exit: 2 });
    expect(await holdfast.failure('discover')).toMatchObject({ code: 'missing-variable', exit: 2 });
    holdfast.env.HOLDFAST_DATABASE_PASSWORD = decodeURIComponent(new URL(database.url).password);
  });

  it('discover finds the tenants, with reasons', async () => {
    const found = await holdfast.json('discover', '--tenant-table', 'public.shops');
    const kinds = Object.fromEntries(
      found.model.tables.map((table: { table: string; kind: string }) => [table.table, table.kind]),
    );
    expect(kinds).toEqual({
      'public.shops': 'root',
      'public.customers': 'direct',
      'public.orders': 'direct',
      'public.order_lines': 'via',
      'public.countries': 'shared',
    });
    expect(existsSync(found.file)).toBe(true);
    expect((await holdfast.json('discover')).added).toEqual([]);
  });

  it('doctor lists what weakens protection with the SQL that fixes it, and --fix applies the safe fixes', async () => {
    const ran = await holdfast.run('doctor', '--json');
    expect(ran.code).toBe(5);
    const codes = JSON.parse(ran.stdout).findings.map((finding: { code: string }) => finding.code);
    expect(codes).toEqual(expect.arrayContaining(['publication', 'slot-missing', 'replica-identity']));
    const text = await holdfast.run('doctor');
    expect(text.stdout).toContain('CREATE PUBLICATION');
    expect(await holdfast.failure('doctor', '--fix')).toMatchObject({ code: 'confirmation-needed', exit: 2 });
    expect(await database.query('SELECT 1 FROM pg_publication')).toEqual([]);
    const fixed = await holdfast.json('doctor', '--fix', '--yes');
    expect(fixed.failed).toEqual([]);
    expect(fixed.report.ok).toBe(true);
    const again = await holdfast.json('doctor', '--fix', '--yes');
    expect(again.applied).toEqual([]);
  });

  it('snapshot --all and ship make every tenant recoverable', async () => {
    const taken = await holdfast.json('snapshot', '--all');
    expect(taken.failed).toEqual([]);
    expect(taken.ok.map((item: { tenant: string }) => item.tenant).sort()).toEqual(['1', '2', '3']);
    expect(taken.ok[0].rows).toBe(1 + 40 + 100 + 300);
    const shipped = await holdfast.json('ship');
    expect(shipped.caughtUp).toBe(true);
    const status = await holdfast.json('status');
    const none = { late: 0, partial: 0, broken: 0, unprotected: 0, departed: 0, destroyed: 0 };
    expect(status.totals).toEqual({ safe: 3, ...none });
  });

  it('log and preview show an accident, and change nothing', async () => {
    before = await digestOf(database, 2);
    moment = await serverNow(database);
    await database.query('DELETE FROM orders WHERE shop_id = 2 AND id % 4 = 0');
    await database.query(`UPDATE customers SET email = 'gone' WHERE shop_id = 2 AND id <= 10`);
    await database.query(`INSERT INTO customers VALUES (2, 999, 'late@example.org', 'fr')`);
    await database.query(`UPDATE customers SET email = 'kept' WHERE shop_id = 3 AND id = 1`);
    await holdfast.json('ship');
    const damaged = await digestOf(database, 2);
    const log = await holdfast.json('log', '2', '--from', moment);
    expect(log.transactions).toHaveLength(3);
    expect(log.transactions[1].changes[0]).toMatchObject({
      op: 'update',
      table: 'public.customers',
      row: { email: 'gone' },
    });
    const preview = await holdfast.json('diff', '2', '--to', moment);
    expect(preview.totals).toEqual({ inserts: 25 + 75, updates: 10, deletes: 1, rows: 111 });
    expect(preview.conflicts).toEqual([]);
    const text = (await holdfast.run('diff', '2', '--to', moment)).stdout;
    expect(text).toMatch(/public\.orders +\+25 +· +·/);
    expect(text).toMatch(/public\.customers +· +~10 +−1 +email/);
    expect(text).toContain('What will happen');
    expect(await digestOf(database, 2)).toBe(damaged);
  });

  it('find and history tell what became of a row, with commands that can be pasted, in 80 columns', async () => {
    const found = await holdfast.json('find', '2', 'orders', "note = 'order 4'", '--deleted');
    expect(found.counts).toEqual({ live: 0, changed: 0, gone: 1 });
    const [row] = found.rows;
    expect(row).toMatchObject({ fate: 'deleted', gone: true, columns: { note: 'order 4' } });
    expect(row.command).toBe(
      `holdfast restore 2 --to before:${row.ended.xid} --table public.orders --keys ${row.key.id} --mode missing-only`,
    );
    const life = await holdfast.json('history', '2', 'public.customers', '3');
    expect(life.changes).toEqual([
      expect.objectContaining({
        op: 'update',
        changes: { email: { before: 'c3@example.org', after: 'gone' } },
        command: `holdfast diff 2 --to before:${life.changes[0].transaction.xid} --table public.customers --keys 3`,
      }),
    ]);
    for (const args of [
      ['find', '2', 'orders', 'id > 0', '--limit', '3'],
      ['find', '2', 'order_lines', "item = 'item 2'", '--deleted'],
      ['history', '2', 'customers', '3'],
    ]) {
      const { stdout, code } = await holdfast.run(...args);
      expect(code).toBe(0);
      expect(stdout.split('\n').filter(line => line.length > 80)).toEqual([]);
    }
    const preview = await holdfast.json('diff', '2', '--to', `before:${row.ended.xid}`, '--table', 'public.orders');
    expect(preview.totals).toMatchObject({ inserts: 25 });
    expect(await holdfast.failure('history', '2', 'orders', 'x')).toMatchObject({ code: 'bad-key', exit: 2 });
    expect(await holdfast.failure('history', '2', 'orders', '[1')).toMatchObject({ code: 'usage', exit: 2 });
    expect(await holdfast.failure('find', '2', 'orders', 'total >')).toMatchObject({ code: 'bad-predicate', exit: 2 });
  });

  it('restore requires confirmation, restores the tenant, and touches no other', async () => {
    const other = await digestOf(database, 3);
    expect(await holdfast.failure('restore', '2', '--to', moment)).toMatchObject({
      code: 'confirmation-needed',
      exit: 2,
    });
    const { record } = await holdfast.json('restore', '2', '--to', moment, '--yes', '--reason', 'test');
    restoreId = record.id;
    expect(record.totals).toEqual({ inserted: 100, updated: 10, deleted: 1 });
    // Not USER, which anybody can set.
    expect(record.requestedBy).toBe(userInfo().username);
    expect(await digestOf(database, 2)).toBe(before);
    expect(await digestOf(database, 3)).toBe(other);
  });

  it('undo reverts a restore, and undoing the undo restores it again', async () => {
    const undone = await holdfast.json('undo', restoreId, '--yes');
    expect(undone.record.totals).toEqual({ inserted: 1, updated: 10, deleted: 100 });
    expect(await digestOf(database, 2)).not.toBe(before);
    await holdfast.json('undo', undone.record.id, '--yes');
    expect(await digestOf(database, 2)).toBe(before);
  });

  it('a transaction is a target, and refusals name what is possible', async () => {
    const { transactions } = await holdfast.json('log', '2', '--from', moment);
    const accident = transactions[0];
    const preview = await holdfast.json('diff', '2', '--to', `before:${accident.xid}`);
    expect(preview.targetTime).toBe(accident.time);
    expect((await holdfast.json('diff', '2', '--to', `after:${accident.lsn}`)).target).toBe(accident.lsn);
    const typo = await holdfast.failure('diff', '2', '--to', 'before:no-such');
    expect(typo).toMatchObject({ code: 'unknown-restore', hint: expect.not.stringContaining('holdfast ship') });
    const unknown = await holdfast.failure('diff', '2', '--to', 'before:1');
    expect(unknown).toMatchObject({ code: 'unknown-transaction', exit: 4 });
    expect(unknown.details.before).toBeNull();
    expect(unknown.hint).toContain((unknown.details.after as { lsn: string }).lsn);
    const future = new Date(Date.now() + 3_600_000).toISOString();
    for (const target of ['tomorrow 10:00', future]) {
      const refused = await holdfast.failure('diff', '2', '--to', target);
      expect(refused.message).toContain('future');
      expect(refused.hint).not.toContain('holdfast ship');
    }
    expect(await holdfast.failure('mark', '2', 'yesterday 14:00')).toMatchObject({ code: 'bad-marker', exit: 2 });
  });

  it('restores and show tell who, why, target, counts and proof', async () => {
    const all = await holdfast.json('restores');
    const ours = all.restores.find((each: { id: string }) => each.id === restoreId);
    expect(ours).toMatchObject({
      ...{ tenantId: '2', state: 'done', asked: moment, reason: 'test', proof: 'same', partial: false },
      ...{ requestedBy: userInfo().username, totals: { inserted: 100, updated: 10, deleted: 1 } },
    });
    expect(all.restores.map((each: { id: string }) => each.id)).toEqual(
      (await holdfast.json('restores', '2')).restores.map((each: { id: string }) => each.id),
    );
    expect((await holdfast.json('restores', '1')).restores).toEqual([]);
    expect(await holdfast.failure('restores', 'nobody')).toMatchObject({ code: 'unknown-tenant', exit: 2 });
    const shown = await holdfast.json('show', restoreId);
    expect(shown.summary).toMatchObject({ id: restoreId, requestedBy: userInfo().username });
    const text = (await holdfast.run('show', restoreId)).stdout;
    for (const words of ['requested by', 'reason', 'test', 'public.orders', 'no difference'])
      expect(text).toContain(words);
  });

  it('speaks less with --quiet, more with --verbose, and in lines with --json=lines', async () => {
    const quiet = await holdfast.run('diff', '2', '--to', moment, '--quiet');
    expect(quiet.stderr).toBe('');
    const verbose = await holdfast.run('diff', '2', '--to', moment, '-v');
    expect(verbose.stderr).toMatch(/^[a-z.]+: [\d.]+ (ms|s)$/m);
    expect(verbose.stdout).toContain('Nothing differs');
    const lines = await holdfast.run('--json=lines', 'diff', '2', '--to', moment);
    const documents = lines.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    for (const each of documents) expect(JsonLine.parse(each)).toEqual(each);
    expect(documents.slice(0, -1).every(each => typeof each.progress?.step === 'string')).toBe(true);
    expect(documents.length).toBeGreaterThan(1);
    expect(documents.at(-1).result.totals.rows).toBe(0);
    const failed = await holdfast.run('diff', '2', '--to', 'no-such-marker', '--json=lines');
    expect(JSON.parse(failed.stdout.trimEnd().split('\n').at(-1)!).error.code).toBe('unknown-marker');
    expect(await holdfast.failure('status', '-q', '-v')).toMatchObject({ code: 'usage', exit: 2 });
  });

  it('shows with --dry-run what a restore would change, also with --yes, and answers elsewhere with what does it', async () => {
    const live = await digestOf(database, 2);
    const shown = await holdfast.json('restore', '2', '--to', 'latest', '--dry-run', '--yes');
    expect(shown.format).toBe('holdfast.preview/1');
    expect(await digestOf(database, 2)).toBe(live);
    const undo = await holdfast.failure('undo', restoreId, '--dry-run', '--yes');
    expect(undo).toMatchObject({ code: 'usage', exit: 2 });
    expect(undo.hint).toContain('without --yes');
    expect((await holdfast.failure('expire', '--dry-run')).hint).toContain('holdfast expire --plan');
  });

  it('an interrupted question is an abort: nothing is written, exit code 130', async () => {
    await database.query(
      `UPDATE orders SET note = 'asked' WHERE shop_id = 2 AND id = (SELECT min(id) FROM orders WHERE shop_id = 2)`,
    );
    await holdfast.json('ship');
    const ran = inTerminal(holdfast, [['[y/N]', '\x03']], 'restore', '2', '--to', moment);
    expect(ran.code).toBe(130);
    expect(ran.output).toContain('[interrupted]');
    expect(ran.output).not.toContain('[unexpected]');
    expect(await database.query(`SELECT 1 FROM orders WHERE note = 'asked'`)).toHaveLength(1);
    await holdfast.json('restore', '2', '--to', moment, '--yes');
    expect(await digestOf(database, 2)).toBe(before);
  });

  it('what a killed restore or a forgotten plan leaves is listed and goes', async () => {
    await holdfast.json('diff', '2', '--to', moment, '--out', 'forgotten.json');
    const { staging } = await holdfast.json('leftovers');
    expect(staging).toEqual([expect.objectContaining({ state: 'handed over', tenantId: '2' })]);
    expect((await holdfast.json('approve')).waiting).toEqual(staging);
    await database.query(`COMMENT ON SCHEMA ${staging[0].schema} IS 'holdfast: kept until 2000-01-01T00:00:00Z'`);
    const found = await holdfast.run('doctor', '--json');
    expect(JSON.parse(found.stdout).findings).toContainEqual(expect.objectContaining({ code: 'staging-left-over' }));
    const gone = await holdfast.json('leftovers', '--remove');
    expect(gone).toMatchObject({ removed: [staging[0].schema], staging: [], interrupted: [] });
    expect(await holdfast.failure('leftovers', '--drop', staging[0].schema, '--yes')).toMatchObject({
      code: 'unknown-staging',
      exit: 2,
    });
  });

  it('holds 80 columns in everything that it prints for people, and breaks no id', async () => {
    const commands = [
      ['status'],
      ['timeline', '2'],
      ['restores'],
      ['show', restoreId],
      ['diff', '2', '--to', moment],
      ['log', '2', '--from', moment],
      ['expire', '--plan'],
      ['leftovers'],
      ['doctor'],
      ['approve'],
    ];
    for (const words of commands) {
      const { stdout } = await holdfast.run(...words);
      // A line of one word, such as a path, cannot be broken.
      const wide = stdout.split('\n').filter(line => line.length > 80 && line.trim().includes(' '));
      expect([words[0], wide]).toEqual([words[0], []]);
    }
    expect((await holdfast.run('restores')).stdout).toContain(restoreId);
  });

  it('a saved plan is applied exactly, and refused if its rows have changed since', async () => {
    await database.query(`UPDATE orders SET note = 'wrong' WHERE shop_id = 1 AND id <= 3`);
    await holdfast.json('ship');
    const kept = await holdfast.json('diff', '1', '--to', moment, '--out', 'plan.json');
    expect(kept.preview.totals.updates).toBe(3);
    await database.query(`UPDATE orders SET note = 'newer' WHERE id = 2`);
    expect(await holdfast.failure('restore', '--plan', 'plan.json', '--yes')).toMatchObject({
      code: 'rows-changed',
      exit: 6,
    });
    const [row] = await database.query('SELECT note FROM orders WHERE id = 2');
    expect(row.note).toBe('newer');
    await holdfast.json('diff', '1', '--to', moment, '--out', 'plan.json');
    const { record } = await holdfast.json('restore', '--plan', 'plan.json', '--yes');
    expect(record.approvedPlan).toBe(true);
    expect(record.totals.updated).toBe(3);
    const tampered = (await readFile(join(holdfast.directory, 'plan.json'), 'utf8')).replace(
      '"updates\\":3',
      '"updates\\":2',
    );
    await writeFile(join(holdfast.directory, 'tampered.json'), tampered);
    expect(await holdfast.failure('restore', '--plan', 'tampered.json', '--yes')).toMatchObject({
      code: 'bad-plan',
      exit: 2,
    });
  });

  it('markers are targets, rows can be selected, and a restore can be side by side', async () => {
    await holdfast.json('mark', '1', 'before-import');
    await database.query(`DELETE FROM order_lines WHERE order_id IN (5, 6)`);
    await holdfast.json('ship');
    const preview = await holdfast.json(
      'diff',
      '1',
      '--to',
      'before-import',
      '--table',
      'public.order_lines',
      '--rows',
      'order_id = 5',
    );
    expect(preview.totals).toMatchObject({ inserts: 3, rows: 3 });
    const { record } = await holdfast.json(
      'restore',
      '1',
      '--to',
      'mark:before-import',
      '--table',
      'public.order_lines',
      '--keys',
      '[[6,1],[6,2]]',
      '--mode',
      'missing-only',
      '--yes',
    );
    expect(record.totals).toEqual({ inserted: 2, updated: 0, deleted: 0 });
    const beside = await holdfast.json('restore', '1', '--to', 'before-import', '--side-by-side');
    expect(beside.record.place).toBe('side-by-side');
    const schemas = await database.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [beside.record.schema]);
    expect(schemas).toHaveLength(1);
  });

  it('timeline, fold, verify, show and cat agree', async () => {
    const folded = await holdfast.json('fold');
    expect(folded.incrementals.length).toBeGreaterThan(0);
    const verified = await holdfast.json('verify', '1');
    expect(verified.rows).toBe(441);
    const line = await holdfast.json('timeline', '1');
    expect(line.window.length).toBe(1);
    expect(line.snapshots[0].verified.ok).toBe(true);
    expect(line.markers.map((marker: { name: string }) => marker.name)).toEqual(['before-import']);
    const drawn = (await holdfast.run('timeline', '1')).stdout;
    for (const sign of ['┣', '▶', '●', '▪', '◆', '↺', 'before-import']) expect(drawn).toContain(sign);
    const shown = await holdfast.json('show', line.snapshots[0].id);
    expect(shown.summary.tables.find((table: { table: string }) => table.table === 'public.orders').rows).toBe(100);
    const manifest = await holdfast.json('cat', line.snapshots[0].key);
    expect(manifest.header.id).toBe(line.snapshots[0].id);
    expect(manifest.body.tenantId).toBe('1');
  });

  it('every later restore omits erased rows, and reports it', async () => {
    await database.query(
      'DELETE FROM customers WHERE shop_id = 3 AND id = 40 AND NOT EXISTS (SELECT 1 FROM orders WHERE shop_id = 3 AND customer_id = 40)',
    );
    await database.query('DELETE FROM orders WHERE shop_id = 3 AND customer_id = 40');
    await database.query('DELETE FROM customers WHERE shop_id = 3 AND id = 40');
    await holdfast.json('ship');
    const erased = await holdfast.json('erase', '3', 'public.customers', '40', '--reason', 'request 1');
    expect(erased.count).toBe(1);
    const preview = await holdfast.json('diff', '3', '--to', moment, '--table', 'public.customers');
    expect(preview.tables.find((table: { table: string }) => table.table === 'public.customers')?.inserts ?? 0).toBe(0);
    expect(preview.notes.map((note: { code: string }) => note.code)).toContain('erased');
  });

  it('a lost slot is a gap: the next run takes new snapshots, the timeline shows it, a target in it is refused with the nearest moments', async () => {
    const { newest } = await holdfast.json('timeline', '1');
    const [slot] = await database.query(
      'SELECT slot_name FROM pg_replication_slots WHERE database = current_database()',
    );
    await database.query('SELECT pg_drop_replication_slot($1)', [slot.slot_name]);
    await database.query(`UPDATE shops SET name = 'unseen' WHERE id = 1`);
    const lost = await serverNow(database);
    await database.query(`UPDATE shops SET name = 'Shop 1' WHERE id = 1`);
    const shipped = await holdfast.json('ship');
    expect(shipped.gaps.map((gap: { reason: string }) => gap.reason)).toContain('slot-lost');
    expect(shipped.snapshots).toHaveLength(3);
    const line = await holdfast.json('timeline', '1');
    expect(line.gaps).toHaveLength(1);
    expect(line.window).toHaveLength(2);
    expect((await holdfast.run('timeline', '1')).stdout).toContain('╳');
    const refused = await holdfast.failure('diff', '1', '--to', lost);
    expect(refused).toMatchObject({ code: 'target-in-gap', exit: 4 });
    expect(refused.hint).toContain(newest.lsn);
    expect(refused.hint).toContain(line.window[1].from.lsn);
    expect((await holdfast.json('status')).totals.safe).toBe(3);
  });

  it('catalog rebuild restores the same timeline from the vault alone', async () => {
    const before = await holdfast.json('timeline', '1');
    expect(await holdfast.failure('catalog', 'rebuild')).toMatchObject({ code: 'confirmation-needed', exit: 2 });
    const rebuilt = await holdfast.json('catalog', 'rebuild', '--yes');
    expect(rebuilt).toMatchObject({ tenants: 3, leftOut: [], withoutKey: [] });
    expect(existsSync(rebuilt.kept)).toBe(true);
    const after = await holdfast.json('timeline', '1');
    expect(after.window).toEqual(before.window);
    expect(after.gaps).toEqual(before.gaps);
    expect(after.markers).toEqual(before.markers);
    expect(after.snapshots.map((item: { id: string }) => item.id)).toEqual(
      before.snapshots.map((item: { id: string }) => item.id),
    );
    expect((await holdfast.json('diff', '2', '--to', moment)).target).toBeDefined();
  });

  it('ship --follow prints a JSON line for each run, and stops on SIGTERM', async () => {
    const child = holdfast.start('ship', '--follow', '--every', '0.05', '--json');
    const lines: { to: string; caughtUp: boolean }[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      lines.push(JSON.parse(line));
      if (lines.length === 3) child.kill('SIGTERM');
    }
    const code = child.exitCode ?? (await new Promise(resolve => child.once('exit', resolve)));
    expect(code).toBe(0);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.every(line => line.caughtUp)).toBe(true);
  });
});

describe('the launcher', () => {
  const launcher = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));

  it('runs on the Node.js of this machine, and passes on arguments and exit code', () => {
    const version = spawnSync(process.execPath, [launcher, '--version'], { encoding: 'utf8' });
    expect(version.stdout.trim()).toBe('0.1.0');
    const wrong = spawnSync(process.execPath, [launcher, 'no-such-command'], { encoding: 'utf8' });
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('[usage]');
  });

  it('shows examples in the help of every command', async () => {
    const help = spawnSync(process.execPath, [launcher, '--help'], { encoding: 'utf8' }).stdout;
    const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(match => match[1]!).filter(name => name !== 'help');
    expect(commands).toEqual(
      expect.arrayContaining([
        'init',
        'discover',
        'doctor',
        'snapshot',
        'ship',
        'fold',
        'verify',
        'timeline',
        'status',
        'mark',
        'diff',
        'restore',
        'undo',
        'erase',
        'show',
        'log',
        'cat',
      ]),
    );
    for (const name of ['snapshot', 'diff', 'restore', 'erase']) {
      expect(spawnSync(process.execPath, [launcher, name, '--help'], { encoding: 'utf8' }).stdout).toContain(
        'Examples:',
      );
    }
  });
});

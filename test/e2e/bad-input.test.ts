/**
 * Mistakes of users. Each one gets its own error with a hint and the exit code of its class, and loses nothing: after all
 * of them the tenants are as recoverable as before, and the live rows are untouched.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { createShops, digestOf } from '../support/shop-database.ts';

describe.each(PG_VERSIONS)('bad input on PostgreSQL %i', version => {
  let database: TestDatabase;
  let holdfast: CommandLine;
  let live: string[];
  const digests = async () => {
    const found: string[] = [];
    for (const shop of [1, 2, 3]) found.push(await digestOf(database, shop));
    return found;
  };
  const use = (url: string) => {
    holdfast.env.DATABASE_URL = url;
  };
  const changed = (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };

  beforeAll(async () => {
    database = await testDatabase(version);
    await createShops(database);
    holdfast = await commandLine({ DATABASE_URL: database.url });
    await holdfast.json('init', '--installation', 'bad-input');
    await holdfast.json('discover', '--tenant-table', 'public.shops');
    await holdfast.json('doctor', '--fix', '--yes');
    await holdfast.json('snapshot', '--all');
    await holdfast.json('ship');
    live = await digests();
  });
  afterEach(() => use(database.url));
  afterAll(async () => {
    use(database.url);
    expect(await digests()).toEqual(live);
    expect((await holdfast.json('ship')).caughtUp).toBe(true);
    expect((await holdfast.json('verify', '1')).rows).toBe(441);
    expect((await holdfast.json('status')).totals.safe).toBe(3);
    await holdfast.dispose();
    await database.drop();
  });

  async function refused(code: string | RegExp, exit: number, ...args: string[]) {
    const error = await holdfast.failure(...args);
    expect(error.code).toMatch(typeof code === 'string' ? new RegExp(`^${code}$`) : code);
    expect(error.exit).toBe(exit);
    expect(error.hint.length).toBeGreaterThan(10);
    expect(error.stderr).not.toMatch(/\n\s+at /);
    return error;
  }

  it.each(['mysql://root@localhost/db', 'localhost:5432', 'postgres//x'])('an invalid database URL (%s)', async url => {
    use(url);
    await refused('bad-database-url', 2, 'ship');
  });

  it('questions and changes without a terminal: nothing is asked, nothing is applied', async () => {
    expect((await holdfast.run('discover', '--interactive')).stderr).toMatch(/needs-terminal/);
    await refused('no-such-pattern', 2, 'discover', '--answer', 'reference:nothing=shared');
    await refused('bad-answer', 2, 'discover', '--answer', 'shared');
    await refused('usage', 2, 'doctor', '--fix', '--sql');
    await database.query('ALTER PUBLICATION holdfast DROP TABLE orders');
    await refused('confirmation-needed', 2, 'doctor', '--fix');
    expect((await holdfast.json('doctor', '--sql')).sql).toMatch(
      /ALTER PUBLICATION "holdfast" ADD TABLE ONLY "public"."orders"/,
    );
    await database.query('ALTER PUBLICATION holdfast ADD TABLE ONLY orders');
  });

  it('a server that cannot be reached', async () => {
    use(
      changed(url => {
        url.port = '1';
      }),
    );
    await refused('cannot-connect', 5, 'snapshot', '1');
  });

  it('a database that does not exist', async () => {
    use(
      changed(url => {
        url.pathname = '/no_such_database';
      }),
    );
    const error = await refused('cannot-connect', 5, 'ship');
    expect(error.details.code).toBe('3D000');
  });

  it('a role that does not exist; its password is not shown', async () => {
    use(
      changed(url => {
        url.username = 'nobody_of_that_name';
        url.password = 'hunter2';
      }),
    );
    const error = await refused('cannot-connect', 5, 'doctor');
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('a role without SELECT on the tables', async () => {
    const { source } = await database.role('REPLICATION');
    use(source.url);
    await refused(/privilege|cannot-read|permission/, 5, 'snapshot', '1');
  });

  it('a role without REPLICATION', async () => {
    const { name, source } = await database.role();
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`);
    use(source.url);
    const error = await refused('slot-failed', 5, 'ship');
    expect(error.hint).toContain('REPLICATION');
  });

  it('row-level security that would hide rows', async () => {
    const { name, source } = await database.role('REPLICATION');
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`);
    await database.query('ALTER TABLE orders ENABLE ROW LEVEL SECURITY');
    use(source.url);
    await refused(/row-security|rls/, 5, 'snapshot', '1');
    await database.query('ALTER TABLE orders DISABLE ROW LEVEL SECURITY');
  });

  it.each(['4711', "1'; DROP TABLE orders; --", '0x', 'not a number'])(
    'a tenant that does not exist (%j)',
    async tenant => {
      await refused('unknown-tenant', 2, 'snapshot', tenant);
      await refused('unknown-tenant', 2, 'diff', tenant, '--to', 'latest');
      await refused('unknown-tenant', 2, 'timeline', tenant);
    },
  );

  it('a table that does not exist, or belongs to no tenant', async () => {
    await refused('unknown-table', 2, 'diff', '1', '--to', 'latest', '--table', 'public.nothing');
    await refused('unknown-table', 2, 'diff', '1', '--to', 'latest', '--table', 'public.countries');
  });

  it.each([
    '1 = 1; DROP TABLE orders',
    'true) OR (SELECT pg_sleep(10)) IS NULL',
    'id = 1 -- comment',
    'EXISTS (SELECT 1 FROM customers)',
    "pg_read_file('/etc/passwd') IS NOT NULL",
    'no_such_column = 1',
    "note = 'unfinished",
  ])('a predicate that is not a single condition over the columns (%s)', async predicate => {
    await refused('bad-predicate', 2, 'diff', '1', '--to', 'latest', '--table', 'public.orders', '--rows', predicate);
    await refused(
      'bad-predicate',
      2,
      'restore',
      '1',
      '--to',
      'latest',
      '--table',
      'public.orders',
      '--rows',
      predicate,
      '--yes',
    );
  });

  it('invalid keys', async () => {
    await refused('bad-key', 2, 'diff', '1', '--to', 'latest', '--table', 'public.orders', '--keys', 'one,two');
    await refused('bad-key', 2, 'diff', '1', '--to', 'latest', '--table', 'public.orders', '--keys', '[["1","2","3"]]');
    await refused('usage', 2, 'diff', '1', '--to', 'latest', '--keys', '1');
  });

  it.each([
    ['bad-target', 2, '3 fortnights ago'],
    ['ambiguous-target', 2, '14:00'],
    ['impossible-target', 2, '2026-02-30T10:00:00Z'],
    ['before-window', 4, '2001-01-01T00:00:00Z'],
    ['after-window', 4, '2099-01-01T00:00:00Z'],
    ['unknown-marker', 4, 'no-such-marker'],
    ['unknown-restore', 4, 'before:no-such-restore'],
  ])('a target that cannot be restored: %s', async (code, exit, target) => {
    await refused(code, exit, 'diff', '1', '--to', target);
  });

  it('options that contradict each other', async () => {
    await refused('usage', 2, 'snapshot');
    await refused('unknown-tenant', 2, 'snapshot', '');
    await refused('usage', 2, 'snapshot', '--all', '1');
    await refused('usage', 2, 'restore', '1', '--plan', 'x');
    await refused('usage', 2, 'restore', '--group', 'release-7');
    await refused('usage', 2, 'diff', '1');
    await refused('bad-request', 2, 'restore', '1', '--to', 'latest', '--side-by-side', '--as', '9');
    await refused('bad-request', 2, 'diff', '1', '--to', 'latest', '--mode', 'sideways');
    await refused('no-plan', 2, 'restore', '--plan', 'missing.json', '--yes');
    await refused('unknown-restore', 2, 'undo', 'no-such-restore', '--yes');
    await refused('unknown-backup', 2, 'show', 'no-such-backup');
    await refused('object-missing', 3, 'cat', 'tenants/no/such/object');
  });

  it('an invalid configuration or model', async () => {
    const broken = join(holdfast.directory, 'broken.yaml');
    await writeFile(broken, 'format: holdfast.config/1\ninstallation: bad-input\nvalut: here\n');
    const error = await refused('bad-config', 2, 'status', '--config', broken);
    expect(error.message).toContain('broken.yaml:3 valut');
    await refused('no-config', 2, 'status', '--config', 'missing.yaml');
    await writeFile(
      join(holdfast.directory, 'bad.model.yaml'),
      'format: holdfast.tenant-model/1\ntables:\n  - table: public.x\n    kind: rooot\n',
    );
    await writeFile(broken, 'format: holdfast.config/1\ninstallation: bad-input\nmodel: bad.model.yaml\n');
    await refused('bad-model', 2, 'snapshot', '1', '--config', broken);
    await rm(broken);
  });

  it('a tenant model that no longer matches: doctor reports it, and the matching tables are backed up', async () => {
    await database.query('ALTER TABLE order_lines RENAME TO lines_of_orders');
    const ran = await holdfast.run('doctor', '--json');
    expect(ran.code).toBe(5);
    const findings = JSON.parse(ran.stdout).findings as { code: string; table: string; severity: string }[];
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'model-vanished-table', table: 'public.order_lines', severity: 'error' }),
        expect.objectContaining({ table: 'public.lines_of_orders' }),
      ]),
    );
    const taken = await holdfast.run('snapshot', '2');
    expect(taken.stdout + taken.stderr).toMatch(/lines_of_orders|order_lines/);
    await database.query('ALTER TABLE lines_of_orders RENAME TO order_lines');
    await holdfast.json('snapshot', '2');
  });

  it('a full vault', async () => {
    // Incompressible, so that the pack is larger than the limit; the catalog stays below it.
    await database.query(
      `UPDATE orders SET note = (SELECT string_agg(md5(random()::text || n), '') FROM generate_series(1, 1500) n WHERE orders.id > 0) WHERE shop_id = 3`,
    );
    const ran = await holdfast.runLimited('ulimit -f 1024; trap "" XFSZ;', 'snapshot', '3', '--full-read', '--json');
    const { error } = JSON.parse(ran.stdout);
    expect(error.code).toBe('vault-full');
    expect(ran.code).toBe(7);
    const taken = await holdfast.json('snapshot', '3', '--full-read');
    expect(taken.ok[0].rows).toBe(441);
    live = await digests();
  });
});

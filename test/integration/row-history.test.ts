/**
 * `history` and `find` on an application's schema: two tenants, rows reached through a parent, composite keys, citext and
 * a nondeterministic collation, changes of the key, TOASTed values, renamed columns, truncation, erased rows. Neither
 * ever shows a row of the other tenant, and both leave the database as it was.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../lib/domain/errors.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import { findRows } from '../../lib/operations/incident/find-rows.ts';
import { rowHistory } from '../../lib/operations/incident/row-history.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { listStagingAreas } from '../../lib/postgres/staging/staging-area.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { type StagedWorld, stagedWorld } from '../support/staged-world.ts';

const MODEL = TenantModel.parse({
  format: 'holdfast.tenant-model/1',
  tables: [
    { kind: 'root', table: 'public.clinics', column: 'id' },
    { kind: 'direct', table: 'public.patients', column: 'clinic_id' },
    {
      kind: 'via',
      table: 'public.visits',
      path: [{ columns: ['patient_id'], references: 'public.patients', referencedColumns: ['id'] }],
    },
    {
      kind: 'via',
      table: 'public.visit_lines',
      path: [
        { columns: ['visit_id'], references: 'public.visits', referencedColumns: ['id'] },
        { columns: ['patient_id'], references: 'public.patients', referencedColumns: ['id'] },
      ],
    },
    { kind: 'direct', table: 'public.rooms', column: 'clinic_id' },
    { kind: 'direct', table: 'public.tags', column: 'clinic_id' },
    { kind: 'direct', table: 'public.beds', column: 'clinic_id' },
  ],
});

const SCHEMA = `
  CREATE EXTENSION IF NOT EXISTS citext;
  CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TABLE clinics (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE patients (id int PRIMARY KEY, clinic_id int NOT NULL REFERENCES clinics, name text NOT NULL, status text NOT NULL DEFAULT 'new', notes text);
  ALTER TABLE patients ALTER notes SET STORAGE EXTERNAL;
  CREATE TABLE visits (id int PRIMARY KEY, patient_id int NOT NULL REFERENCES patients ON DELETE CASCADE ON UPDATE CASCADE, at date NOT NULL, reason text);
  CREATE TABLE visit_lines (visit_id int NOT NULL REFERENCES visits ON DELETE CASCADE, line int NOT NULL, item text NOT NULL, PRIMARY KEY (visit_id, line));
  CREATE TABLE rooms (clinic_id int NOT NULL REFERENCES clinics, code citext NOT NULL, floor int, PRIMARY KEY (clinic_id, code));
  CREATE TABLE tags (clinic_id int NOT NULL REFERENCES clinics, name text COLLATE nocase NOT NULL, colour text, PRIMARY KEY (clinic_id, name));
  CREATE TABLE beds (id numeric PRIMARY KEY, clinic_id int NOT NULL REFERENCES clinics, state text);
  INSERT INTO clinics VALUES (1, 'North'), (2, 'South');
  INSERT INTO patients SELECT c * 100 + n, c, 'patient ' || n || ' of ' || c, 'new', repeat('long ' || n, 2000) FROM generate_series(1, 2) c, generate_series(1, 5) n;
  INSERT INTO visits SELECT p.id * 10 + n, p.id, '2026-01-01'::date + n, 'reason ' || n FROM patients p, generate_series(1, 2) n;
  INSERT INTO visit_lines SELECT v.id, n, 'item ' || n FROM visits v, generate_series(1, 2) n;
  INSERT INTO rooms VALUES (1, 'A1', 1), (2, 'A1', 7);
  INSERT INTO tags VALUES (1, 'Urgent', 'red'), (2, 'urgent', 'blue');
  INSERT INTO beds VALUES (1.0, 1, 'free'), (2.0, 2, 'free');`;

describe('the life of a row', () => {
  let world: StagedWorld;
  const one = tenantId('1');
  const two = tenantId('2');

  beforeAll(async () => {
    const db = await testDatabase(PG_VERSIONS.at(-1)!);
    await db.query(SCHEMA);
    world = await stagedWorld(db, MODEL);
    await shipLog(world.ctx);
    for (const tenant of [one, two]) await takeSnapshot(world.ctx, tenant);
    await shipLog(world.ctx);
  });
  afterAll(() => world.dispose());

  const run = async (...statements: string[]) => {
    for (const sql of statements) await world.db.query(sql);
    await shipLog(world.ctx);
  };
  const lifeOf = (table: string, key: string[], tenant = one) =>
    rowHistory(world.ctx, tenant, { table, key, limit: 100 });
  const opsOf = async (table: string, key: string[], tenant = one) =>
    (await lifeOf(table, key, tenant)).changes.map(({ op, changes }) =>
      changes ? [op, Object.keys(changes).sort().join()] : [op],
    );

  it('names every change with its transaction, newest first, and keeps a large value that was not written', async () => {
    await run(
      "UPDATE patients SET status = 'open' WHERE id = 101",
      "UPDATE patients SET status = 'closed', name = 'Ann' WHERE id = 101",
      `BEGIN; DELETE FROM patients WHERE id = 101;
       SELECT pg_logical_emit_message(true, 'holdfast.context', '{"user":"ana","job":"clean-up"}'); COMMIT`,
    );
    const life = await lifeOf('public.patients', ['101']);
    expect(life.changes.map(({ op }) => op)).toEqual(['delete', 'update', 'update']);
    expect(life.changes[1]!.changes).toEqual({
      status: { before: 'open', after: 'closed' },
      name: { before: 'patient 1 of 1', after: 'Ann' },
    });
    expect(life.changes[0]!.row.notes).toBe('long 1'.repeat(2000));
    expect(life.changes.map(({ transaction }) => transaction!.xid).every(xid => xid > 0)).toBe(true);
    expect(life.changes[0]!.transaction!.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(life.changes.map(({ transaction }) => transaction!.context)).toEqual([
      { user: 'ana', job: 'clean-up' },
      undefined,
      undefined,
    ]);
    expect([life.now, life.first?.name, life.more]).toEqual([null, 'patient 1 of 1', false]);
  });

  it('follows rows through a parent that is gone with them, and shows them to nobody else', async () => {
    const lines = await lifeOf('visit_lines', ['1011', '2']);
    expect(lines.changes.map(({ op, row }) => [op, row.item])).toEqual([['delete', 'item 2']]);
    const other = await lifeOf('visit_lines', ['1011', '2'], two);
    expect([other.changes, other.first, other.now]).toEqual([[], null, null]);
    const gone = await findRows(world.ctx, one, {
      table: 'visits',
      predicate: "reason = 'reason 1'",
      deleted: true,
      limit: 10,
    });
    expect(gone.rows.map(({ key, fate }) => [key, fate])).toEqual([[{ id: '1011' }, 'deleted']]);
    expect(gone.counts).toEqual({ live: 4, changed: 0, gone: 1 });
  });

  it('follows a key through its changes in both directions, and a row that was inserted again', async () => {
    await run(
      'UPDATE patients SET id = 152 WHERE id = 102',
      "UPDATE patients SET id = 162, name = 'Bob' WHERE id = 152",
      "INSERT INTO patients VALUES (102, 1, 'another', 'new', NULL)",
      'DELETE FROM patients WHERE id = 162',
      "INSERT INTO patients VALUES (162, 1, 'third', 'new', NULL)",
    );
    const oldest = (await lifeOf('patients', ['152'])).changes;
    expect(oldest.map(({ op, key, keyBefore }) => [op, key.id, keyBefore?.id])).toEqual([
      ['delete', '162', undefined],
      ['update', '162', '152'],
      ['update', '152', '102'],
    ]);
    expect(oldest[0]!.row.notes).toBe('long 2'.repeat(2000));
    const reused = await lifeOf('patients', ['162']);
    expect(reused.changes.map(({ op }) => op)).toEqual(['insert', 'delete', 'update', 'update']);
    expect(reused.now?.name).toBe('third');
    const again = await lifeOf('patients', ['102']);
    expect(again.changes.map(({ op, keyBefore }) => [op, keyBefore?.id])).toEqual([
      ['insert', undefined],
      ['update', '102'],
    ]);
  });

  it('takes keys that the column holds equal for one row', async () => {
    await run(
      "UPDATE rooms SET floor = 2 WHERE clinic_id = 1 AND code = 'a1'",
      "UPDATE rooms SET code = 'a1' WHERE clinic_id = 1",
      "UPDATE tags SET colour = 'green' WHERE clinic_id = 1",
      "UPDATE tags SET name = 'URGENT' WHERE clinic_id = 1",
      'UPDATE beds SET id = 1.00 WHERE id = 1',
      "UPDATE beds SET state = 'taken' WHERE id = 1",
    );
    expect(await opsOf('rooms', ['A1'])).toEqual([
      ['update', 'code'],
      ['update', 'floor'],
    ]);
    expect(await opsOf('rooms', ['1', 'a1'])).toEqual([
      ['update', 'code'],
      ['update', 'floor'],
    ]);
    expect(await opsOf('tags', ['uRgEnT'])).toEqual([
      ['update', 'name'],
      ['update', 'colour'],
    ]);
    expect(await opsOf('beds', ['1'])).toEqual([
      ['update', 'state'],
      ['update', 'id'],
    ]);
    expect(await opsOf('rooms', ['A1'], two)).toEqual([]);
  });

  it('shows only its own part of the life of a row that moves to another tenant', async () => {
    await run(
      "UPDATE beds SET state = 'ours' WHERE id = 1",
      "UPDATE beds SET clinic_id = 2, state = 'theirs' WHERE id = 1",
      "UPDATE beds SET state = 'secret of theirs' WHERE id = 1",
    );
    const ours = await lifeOf('beds', ['1']);
    expect(ours.now).toBeNull();
    expect(ours.changes[0]!.row.state).toBe('ours');
    expect(JSON.stringify(ours)).not.toContain('theirs');
    const theirs = await lifeOf('beds', ['1'], two);
    expect(theirs.changes.map(({ op, row }) => [op, row.state])).toEqual([
      ['update', 'secret of theirs'],
      ['insert', 'theirs'],
    ]);
    expect(JSON.stringify(theirs)).not.toContain('ours"');
    const found = await findRows(world.ctx, one, {
      table: 'beds',
      predicate: "state LIKE '%theirs%'",
      deleted: false,
      limit: 9,
    });
    expect(found.rows).toEqual([]);
  });

  it('knows a column by its number when it is renamed, and a table that is emptied', async () => {
    await run(
      "UPDATE rooms SET floor = 3 WHERE code = 'a1'",
      'ALTER TABLE rooms RENAME floor TO storey',
      "UPDATE rooms SET storey = 4 WHERE code = 'a1'",
    );
    // By itself: a run that finds other columns and another file cannot tell it from a rewritten table.
    await run('TRUNCATE rooms');
    const { changes } = await lifeOf('rooms', ['a1']);
    expect(changes.slice(0, 3).map(({ op, changes: columns }) => [op, columns])).toEqual([
      ['truncate', undefined],
      ['update', { storey: { before: '3', after: '4' } }],
      ['update', { storey: { before: '2', after: '3' } }],
    ]);
    const found = await findRows(world.ctx, one, { table: 'rooms', predicate: 'storey = 3', deleted: true, limit: 9 });
    expect(found.rows.map(({ fate, gone, changes: columns }) => [fate, gone, columns])).toEqual([
      ['changed', true, { storey: { before: '3', after: '4' } }],
    ]);
  });

  it('finds the last moment at which a row was like this, newest first', async () => {
    await run(
      "UPDATE patients SET status = 'due' WHERE id IN (103, 104, 105)",
      "UPDATE patients SET status = 'paid' WHERE id = 103",
      'DELETE FROM patients WHERE id = 104',
    );
    const found = await findRows(world.ctx, one, {
      table: 'patients',
      predicate: "status = 'due'",
      deleted: false,
      limit: 9,
    });
    expect(found.rows.map(({ key, fate, columns }) => [key.id, fate, columns.name])).toEqual([
      ['105', 'live', 'patient 5 of 1'],
      ['104', 'deleted', 'patient 4 of 1'],
      ['103', 'changed', 'patient 3 of 1'],
    ]);
    expect(found.rows[2]!.changes).toEqual({ status: { before: 'due', after: 'paid' } });
    const few = await findRows(world.ctx, one, {
      table: 'patients',
      predicate: "status = 'due'",
      deleted: false,
      limit: 1,
    });
    expect([few.rows.length, few.more, few.counts]).toEqual([1, true, { live: 1, changed: 1, gone: 1 }]);
  });

  it('leaves out whom an erasure covers, in every version', async () => {
    await run("UPDATE patients SET name = 'to be forgotten' WHERE id = 105");
    await eraseSubject(world.ctx, one, {
      table: 'public.patients',
      keys: [['105']],
      requestedBy: 'ann',
      reason: 'asked',
    });
    const life = await lifeOf('patients', ['105']);
    expect([life.changes, life.first, life.now]).toEqual([[], null, null]);
    const found = await findRows(world.ctx, one, {
      table: 'patients',
      predicate: 'id = 105',
      deleted: false,
      limit: 9,
    });
    expect(found.rows).toEqual([]);
    const visits = await findRows(world.ctx, one, {
      table: 'visits',
      predicate: 'patient_id = 105',
      deleted: false,
      limit: 9,
    });
    expect(visits.rows).toEqual([]);
  });

  it.each([
    [{ table: 'patients', predicate: 'clinic_id = (SELECT 1)' }, 'bad-predicate'],
    [{ table: 'patients', predicate: "name = 'x'; DROP TABLE patients" }, 'bad-predicate'],
    [{ table: 'patients', predicate: 'id / 0 > 1' }, 'bad-predicate'],
    [{ table: 'patients', predicate: 'nothing = 1' }, 'bad-predicate'],
    [{ table: 'invoices', predicate: 'true' }, 'unknown-table'],
  ])('refuses %j', async (asked, code) => {
    const error = await findRows(world.ctx, one, { ...asked, deleted: false, limit: 9 }).catch(caught => caught);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error.code).toBe(code);
  });

  it.each([[['1', '2', '3']], [['x']]])('refuses the key %j', async key => {
    const error = await lifeOf('patients', key).catch(caught => caught);
    expect(error.code).toBe('bad-key');
  });

  it('leaves no schema behind', async () => {
    expect(await withConnection(world.ctx.source, 'test', listStagingAreas)).toEqual([]);
  });
});

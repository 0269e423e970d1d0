import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOwned, ownedTables, type TenantModel } from '../../../lib/domain/tenant-model.ts';
import { checkModel } from '../../../lib/operations/model/check-model.ts';
import type { Discovery } from '../../../lib/operations/model/discover-model.ts';
import { formatModel, parseModel } from '../../../lib/operations/model/model-file.ts';
import { type Connection, connect } from '../../../lib/postgres/connection.ts';
import { fromTable, quoteLiteral, tenantPredicate } from '../../../lib/postgres/sql.ts';
import { discoverModel } from '../../support/discover-model.ts';
import { NASTY_SCHEMA, ORDER_LINE } from '../../support/nasty-schema.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';

const ROWS = `
  INSERT INTO public.tenants (id, name) VALUES (1, 'one'), (2, 'two');
  INSERT INTO "My ""App"".v2"."Order.Line" ("Tenant Id") VALUES (1), (1), (2);
  INSERT INTO public.pick (tenant, line) VALUES (1, 1), (2, 3);
  INSERT INTO public.events VALUES (1, 1, '2025-05-05'), (2, 2, '2026-05-05');
  INSERT INTO public.event_notes VALUES (1, 1, '2025-05-05'), (2, 2, '2026-05-05'), (3, 2, '2026-05-05');
  INSERT INTO public.animals VALUES (1, 1);
  INSERT INTO public.dogs VALUES (2, 1, 'poodle'), (3, 2, 'pug');`;

for (const version of PG_VERSIONS) {
  describe(`discovering the model of a database on PostgreSQL ${version}`, () => {
    let database: TestDatabase;
    let connection: Connection;
    let discovery: Discovery;
    beforeAll(async () => {
      database = await testDatabase(version);
      await database.query(NASTY_SCHEMA + ROWS);
      connection = await connect(database.source, 'test');
      discovery = await discoverModel(database);
    });
    afterAll(async () => {
      await connection?.end();
      await database?.drop();
    });
    const entry = (name: string) => discovery.model.tables.find(table => table.table === name);

    test('every table gets one entry', () => {
      expect(discovery.model.tables.map(table => [table.kind, table.table])).toEqual([
        ['root', 'public.tenants'],
        ['direct', ORDER_LINE],
        ['direct', 'public.animals'],
        ['direct', 'public.dogs'],
        ['direct', 'public.events'],
        ['direct', 'public.keyless'],
        ['direct', 'public.pick'],
        ['via', 'public.event_notes'],
        ['shared', 'public.no_primary'],
      ]);
      expect(discovery.questions).toEqual([]);
      expect(entry(ORDER_LINE)).toMatchObject({ column: 'Tenant Id' });
      expect(entry('public.pick')).toMatchObject({ column: 'tenant' });
      expect(entry('public.event_notes')).toMatchObject({
        path: [{ columns: ['event', 'at'], references: 'public.events' }],
      });
    });

    test('the file reads back as the discovered model', () => {
      expect(parseModel(formatModel(discovery.model), 'model.yaml')).toEqual(discovery.model);
    });

    test('the predicate finds the rows of one tenant in every table, and counts none twice', async () => {
      const schemas = new Map(discovery.schema.tables.map(schema => [schema.table, schema]));
      const counts: Record<string, number[]> = {};
      for (const table of ownedTables(discovery.model)) {
        const count = async (tenant: string) => {
          const predicate = tenantPredicate(table, schemas, 't', quoteLiteral(tenant), discovery.model);
          const { rows } = await connection.query(
            `SELECT count(*)::int AS n FROM ${fromTable(schemas.get(table.table)!)} AS t WHERE ${predicate}`,
          );
          return rows[0].n as number;
        };
        counts[table.table] = [await count('1'), await count('2')];
      }
      expect(counts).toEqual({
        'public.tenants': [1, 1],
        [ORDER_LINE]: [2, 1],
        'public.animals': [1, 0],
        'public.dogs': [1, 1],
        'public.events': [1, 1],
        'public.keyless': [0, 0],
        'public.pick': [1, 1],
        'public.event_notes': [1, 2],
      });
    });

    test('a reviewed model keeps its entries, and only missing ones are added', async () => {
      const reviewed: TenantModel = {
        ...discovery.model,
        tables: discovery.model.tables
          .filter(table => table.table !== 'public.dogs')
          .map(table => (table.table === 'public.no_primary' ? { ...table, kind: 'excluded', reason: 'ours' } : table)),
      };
      const again = await discoverModel(database, { existing: reviewed });
      expect(again.added.map(table => table.table)).toEqual(['public.dogs']);
      expect(again.model.tables).toContainEqual(
        expect.objectContaining({ table: 'public.no_primary', reason: 'ours' }),
      );
    });

    test('a model that fits the database passes its check', async () => {
      const check = await checkModel(connection, discovery.model);
      expect(check.problems.filter(problem => problem.severity === 'error')).toEqual([]);
      expect(check).toMatchObject({ ok: true, usable: discovery.model });
      expect([...check.definitions.keys()]).toEqual(
        expect.arrayContaining(ownedTables(discovery.model).map(table => table.table)),
      );
    });

    test('a changed database: every difference is listed, and the unaffected tables stay usable', async () => {
      await database.query(`
        CREATE TABLE public.brand_new (id int PRIMARY KEY);
        ALTER TABLE public.animals RENAME COLUMN tenant_id TO owner;
        DROP TABLE public.keyless;
        ALTER TABLE public.event_notes DROP CONSTRAINT event_notes_event_at_fkey;
        ALTER TABLE public.no_primary ADD COLUMN pick int REFERENCES public.pick`);
      const asked = discovery.model.tables.map(table =>
        table.table === 'public.pick' ? { ...table, question: 'Really?' } : table,
      );
      const check = await checkModel(connection, { ...discovery.model, tables: asked });
      expect(check.ok).toBe(false);
      const found = check.problems.map(problem => [problem.code, problem.severity, problem.table]);
      expect(found).toContainEqual(['unprotected-table', 'error', 'public.brand_new']);
      expect(found).toContainEqual(['vanished-table', 'error', 'public.keyless']);
      expect(found).toContainEqual(['vanished-column', 'error', 'public.animals']);
      expect(found).toContainEqual(['vanished-column', 'error', 'public.dogs']);
      expect(found).toContainEqual(['broken-path', 'warning', 'public.event_notes']);
      expect(found).toContainEqual(['open-question', 'error', 'public.pick']);
      expect(found).toContainEqual(['now-owned', 'warning', 'public.no_primary']);
      expect(check.usable.tables.filter(isOwned).map(table => table.table)).toEqual([
        'public.tenants',
        ORDER_LINE,
        'public.events',
        'public.pick',
        'public.event_notes',
      ]);
      expect(check.ok).toBe(false);
    });

    test('a path without its parent makes the table unusable', async () => {
      await database.query('DROP TABLE public.events CASCADE');
      const check = await checkModel(connection, discovery.model);
      expect(check.problems).toContainEqual(
        expect.objectContaining({ code: 'broken-path', severity: 'error', table: 'public.event_notes' }),
      );
      expect(check.usable.tables.map(table => table.table)).not.toContain('public.event_notes');
    });

    test('an empty database and an unreachable server are distinguished', async () => {
      const empty = await testDatabase(version);
      await expect(discoverModel(empty)).rejects.toMatchObject({ code: 'no-tables' });
      await empty.drop();
      await expect(discoverModel({ source: { url: 'postgres://x:secret@127.0.0.1:1/x' } })).rejects.toMatchObject({
        code: 'cannot-connect',
        message: expect.not.stringContaining('secret'),
      });
    });
  });
}

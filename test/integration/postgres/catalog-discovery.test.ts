import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatabaseSchema, type TableSchema } from '../../../lib/domain/table-schema.ts';
import { listTables, readSchema, readServerInfo } from '../../../lib/postgres/catalogs/catalog-discovery.ts';
import { type Connection, connect } from '../../../lib/postgres/connection.ts';
import { NASTY_SCHEMA, ORDER_LINE } from '../../support/nasty-schema.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';

for (const version of PG_VERSIONS) {
  describe(`the catalogs of PostgreSQL ${version}`, () => {
    let database: TestDatabase;
    let connection: Connection;
    let schema: DatabaseSchema;
    beforeAll(async () => {
      database = await testDatabase(version);
      await database.query(NASTY_SCHEMA);
      connection = await connect(database.source, 'test');
      schema = await readSchema(connection, await listTables(connection));
    });
    afterAll(async () => {
      await connection.end();
      await database.drop();
    });

    const table = (name: string): TableSchema => schema.tables.find(candidate => candidate.table === name)!;
    const column = (name: string, column: string) => table(name).columns.find(candidate => candidate.name === column)!;

    test('the server identifies itself', async () => {
      const info = await readServerInfo(connection);
      expect(Math.floor(info.version / 10_000)).toBe(version);
      expect(info).toMatchObject({ database: database.name, encoding: 'UTF8' });
      expect(info.system).toMatch(/^\d{15,}$/);
    });

    test('every table is listed once: no partitions, no temporary ones, none of Holdfast', async () => {
      expect(await listTables(connection)).toEqual([
        ORDER_LINE,
        'public.animals',
        'public.dogs',
        'public.event_notes',
        'public.events',
        'public.keyless',
        'public.no_primary',
        'public.pick',
        'public.tenants',
      ]);
    });

    test('the result is a valid document, in the requested order, without what does not exist', async () => {
      expect(DatabaseSchema.parse(schema)).toEqual(schema);
      const some = await readSchema(connection, ['public.tenants', 'public.absent', ORDER_LINE]);
      expect(some.tables.map(found => found.table)).toEqual(['public.tenants', ORDER_LINE]);
    });

    test('columns keep their numbers, exact types and kinds', () => {
      expect(
        table(ORDER_LINE).columns.map(({ name, number, type, typeKind }) => [name, number, type, typeKind]),
      ).toEqual([
        ['Tenant Id', 1, 'integer', 'b'],
        ['Nr.', 2, 'bigint', 'b'],
        ["it's", 3, 'numeric(10,2)[]', 'b'],
        ['ship', 4, '"My ""App"".v2"."Address"', 'c'],
        ['addresses', 5, '"My ""App"".v2"."Address"[]', 'c'],
        ['heat', 6, 'public.floatrange', 'r'],
        ['heats', 7, 'public.floatmultirange', 'm'],
        ['tags', 8, 'public.shorts', 'd'],
        ['total', 9, 'integer', 'b'],
        ['note', 10, 'text', 'b'],
        ['body', 11, 'jsonb', 'b'],
        ['added', 13, 'text', 'b'],
      ]);
      expect(column('public.tenants', 'plan')).toMatchObject({ type: 'public.plan', typeKind: 'e', notNull: true });
    });

    test('defaults, identity, sequences, generated and added columns are reported', () => {
      expect(column(ORDER_LINE, 'Nr.')).toMatchObject({
        identity: 'a',
        sequence: '"My ""App"".v2"."Order.Line_Nr._seq"',
        notNull: true,
      });
      expect(column('public.pick', 'id')).toMatchObject({ identity: '', sequence: 'public.pick_id_seq' });
      expect(column(ORDER_LINE, 'total')).toMatchObject({ generated: 's', missing: null });
      expect(column(ORDER_LINE, 'added')).toMatchObject({ default: `'a,"b"'::text`, missing: 'a,"b"' });
      expect(column('public.tenants', 'plan').default).toBe("'free'::public.plan");
    });

    test('collations have the version that sorts today', () => {
      expect(column(ORDER_LINE, 'note').collation).toBe('"C"');
      expect(column(ORDER_LINE, 'added').collation).toBe('default(C)');
      expect(column(ORDER_LINE, 'Nr.').collation).toBeNull();
    });

    test('the key is the primary key, else a unique index without NULLs, else none', () => {
      expect(table(ORDER_LINE).key).toEqual(['Tenant Id', 'Nr.']);
      expect(table('public.events').key).toEqual(['id', 'at']);
      expect(table('public.no_primary').key).toEqual(['code']);
      expect(table('public.keyless').key).toEqual([]);
      expect(table('public.dogs').key).toEqual([]);
    });

    test('unique keys have their predicates; expressions are not listed', () => {
      expect(table('public.no_primary').uniqueKeys).toEqual([
        { name: 'no_primary_place_key', columns: ['place'], primary: false, nullsNotDistinct: true, predicate: null },
        { name: 'no_primary_code_key', columns: ['code'], primary: false, nullsNotDistinct: false, predicate: null },
        { name: 'partial', columns: ['email'], primary: false, nullsNotDistinct: false, predicate: '(NOT deleted)' },
      ]);
    });

    test('foreign keys pair their columns, and those of partitions are listed once', () => {
      expect(table('public.pick').foreignKeys).toEqual([
        {
          name: 'pick_replaces_fkey',
          columns: ['replaces'],
          references: 'public.pick',
          referencedColumns: ['id'],
          deferrable: true,
          onDelete: 'n',
        },
        {
          name: 'pick_tenant_line_fkey',
          columns: ['tenant', 'line'],
          references: ORDER_LINE,
          referencedColumns: ['Tenant Id', 'Nr.'],
          deferrable: false,
          onDelete: 'c',
        },
      ]);
      expect(table('public.events').foreignKeys.map(key => key.references)).toEqual(['public.tenants']);
      expect(table('public.event_notes').foreignKeys.map(key => key.references)).toEqual(['public.events']);
    });

    test('the replica identity determines the columns of an old row', () => {
      const identity = (name: string) => [table(name).replicaIdentity, table(name).replicaIdentityColumns];
      expect(identity(ORDER_LINE)).toEqual(['d', ['Tenant Id', 'Nr.']]);
      expect(identity('public.no_primary')).toEqual(['i', ['code']]);
      expect(identity('public.keyless')).toEqual(['f', ['tenant_id', 'n']]);
      expect(identity('public.dogs')).toEqual(['d', []]);
    });

    test('the identity of a partitioned table is what all its partitions share', async () => {
      expect(table('public.events')).toMatchObject({
        kind: 'p',
        replicaIdentity: 'd',
        replicaIdentityColumns: ['id', 'at'],
      });
      await database.query('ALTER TABLE public.events_old REPLICA IDENTITY FULL');
      const [mixed] = (await readSchema(connection, ['public.events'])).tables;
      expect(mixed).toMatchObject({ replicaIdentity: 'd', replicaIdentityColumns: ['id', 'at'] });
      await database.query('ALTER TABLE public.events_new_rest REPLICA IDENTITY FULL');
      const [full] = (await readSchema(connection, ['public.events'])).tables;
      expect(full).toMatchObject({ replicaIdentity: 'f', replicaIdentityColumns: ['tenant_id', 'id', 'at', 'kind'] });
      await database.query('ALTER TABLE public.events_old REPLICA IDENTITY NOTHING');
      const [nothing] = (await readSchema(connection, ['public.events'])).tables;
      expect(nothing).toMatchObject({ replicaIdentity: 'n', replicaIdentityColumns: [] });
    });

    test('a deferrable primary key identifies rows, but not old ones', async () => {
      await database.query('CREATE TABLE public.later (id int PRIMARY KEY DEFERRABLE)');
      const [later] = (await readSchema(connection, ['public.later'])).tables;
      expect(later).toMatchObject({ key: ['id'], replicaIdentityColumns: [] });
      await database.query('DROP TABLE public.later');
    });

    test('types can be recreated elsewhere from their statements, in that order', async () => {
      expect(schema.types.map(type => [type.name, type.kind])).toEqual([
        ['public.plan', 'e'],
        ['"My ""App"".v2"."Address"', 'c'],
        ['public.short', 'd'],
        ['public.floatrange', 'r'],
        ['public.shorts', 'd'],
      ]);
      expect(schema.types[0]).toMatchObject({ labels: ['free', 'it\'s "pro"', 'Big'] });
      const scratch = await testDatabase(version);
      await scratch.query('CREATE SCHEMA "My ""App"".v2"');
      const there = await connect(scratch.source, 'test');
      for (const type of schema.types) await there.query(type.ddl);
      await there.query(
        'CREATE TABLE public.uses (a public.shorts, b "My ""App"".v2"."Address", c public.floatmultirange)',
      );
      const again = await readSchema(there, ['public.uses']);
      await there.end();
      const statements = new Map(schema.types.map(type => [type.name, type.ddl]));
      expect(again.types).toHaveLength(5);
      for (const type of again.types) expect(type.ddl).toBe(statements.get(type.name));
      await scratch.drop();
    });

    test.runIf(version >= 18)(
      'virtual columns are reported; a NOT NULL that was never validated does not count',
      async () => {
        await database.query(`CREATE TABLE public.newer (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL, UNIQUE (a));
        ALTER TABLE public.newer ADD CONSTRAINT there NOT NULL a NOT VALID`);
        const [newer] = (await readSchema(connection, ['public.newer'])).tables;
        expect(newer!.columns.map(({ name, generated, notNull }) => [name, generated, notNull])).toEqual([
          ['a', '', false],
          ['b', 'v', false],
        ]);
        expect(newer!.key).toEqual([]);
      },
    );
  });
}

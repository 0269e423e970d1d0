/**
 * A tenant has one name: for any values of any type that a tenant column can have, SQL, the log and a tenant's
 * predicate agree, and two values have the same name exactly where the database treats them as equal. Types for which
 * that is impossible are refused. HOLDFAST_SEED=seed replays one run.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unclearTenants } from '../../../lib/domain/tenant-columns.ts';
import type { TenantModel } from '../../../lib/domain/tenant-model.ts';
import { canonicalTenant } from '../../../lib/domain/tenant-text.ts';
import { readSchema } from '../../../lib/postgres/catalogs/catalog-discovery.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { isTenant, tenantText } from '../../../lib/postgres/equality.ts';
import { foldTenants } from '../../../lib/postgres/log/parent-lookup.ts';
import { quoteLiteral } from '../../../lib/postgres/sql.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';

const letters = fc.string({ unit: fc.constantFrom(...'aAbBéÉßsSiIİı 0'), maxLength: 4 });
const padded = fc.tuple(letters, fc.integer({ min: 0, max: 3 })).map(([text, blanks]) => text + ' '.repeat(blanks));
const whole = fc.integer({ min: -12, max: 12 }).map(String);
const number = fc
  .tuple(fc.constantFrom('0', '1', '-1', '10', '100', '1.5', '0.10', '-0'), fc.nat(3))
  .map(([text, zeros]) => (text.includes('.') || zeros === 0 ? text : `${text}.`) + '0'.repeat(zeros));
const uuid = fc
  .tuple(fc.constantFrom('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'b0eebc999c0b4ef8bb6d6bb9bd380a11'), fc.boolean())
  .map(([text, upper]) => (upper ? text.toUpperCase() : text));
const time = fc.constantFrom(
  '2026-03-29 01:30',
  '2026-03-29 01:30:00.0',
  '2026-03-29T03:30',
  'infinity',
  '0044-03-15 BC',
);

/** Type → spellings of its values. */
const TYPES: Record<string, fc.Arbitrary<string>> = {
  ...{ smallint: whole, integer: whole, bigint: whole, oid: fc.nat(20).map(String) },
  ...{ text: letters, 'character varying(8)': padded, name: letters, '"char"': fc.constantFrom('a', 'A') },
  ...{ 'character(8)': padded, bpchar: padded, citext: padded, citext_domain: letters, char_domain: padded },
  ...{ numeric: number, 'numeric(9,3)': number, numeric_domain: number, real: number, 'double precision': number },
  ...{ uuid, uuid_domain: uuid, boolean: fc.constantFrom('t', 'true', 'no', 'f'), mood: fc.constantFrom('sad', 'Sad') },
  ...{ date: fc.constantFrom('2026-01-02', '2 Jan 2026', 'infinity'), timestamp: time, timestamptz: time },
  ...{ bytea: fc.constantFrom('\\x6162', 'ab', ''), ltree: fc.constantFrom('Top.a', 'top.a', 'Top') },
  ...{
    inet: fc.constantFrom('10.0.0.1', '10.0.0.1/32', '10.0.0.1/24', '::1', '0:0::1'),
    bit_text: fc.constantFrom('1', '10'),
  },
};

/** Types without a unique spelling of equal values. */
const REFUSED = [
  'interval',
  'jsonb',
  'json',
  'text COLLATE ci',
  'ci_domain',
  'citext COLLATE ci',
  'numrange',
  'numeric[]',
  'pair',
  'tsvector',
  'box',
];

const PREPARE = `CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE DOMAIN citext_domain AS citext CHECK (VALUE <> 'none');
  CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE DOMAIN char_domain AS character(8); CREATE DOMAIN numeric_domain AS numeric; CREATE DOMAIN uuid_domain AS uuid;
  CREATE DOMAIN ci_domain AS text COLLATE ci; CREATE TYPE mood AS ENUM ('sad', 'Sad'); CREATE TYPE pair AS (a int, b numeric);
  CREATE DOMAIN bit_text AS bit varying`;

const modelOf = (table: string): TenantModel => ({
  format: 'holdfast.tenant-model/1',
  tables: [{ kind: 'direct', table, component: 'data', column: 'tenant_id' }],
});

it.each(PG_VERSIONS)('SQL, log and predicate agree on the tenant of a row, for every type, on %i', async version => {
  const db = await testDatabase(version);
  await db.query(PREPARE);
  const seed = Number(process.env.HOLDFAST_SEED ?? Date.now() % 1_000_000);
  const names = Object.keys(TYPES);
  for (const [number, type] of names.entries()) {
    const values = fc.sample(TYPES[type]!, { numRuns: 40, seed: seed + number });
    await db.query(`CREATE TABLE t${number} (id int PRIMARY KEY, tenant_id ${type});
      INSERT INTO t${number} VALUES ${values.map((value, id) => `(${id}, ${quoteLiteral(value)})`).join(', ')}`);
  }
  await withConnection(db.source, 'test', async connection => {
    const { tables } = await readSchema(
      connection,
      names.map((_, number) => `public.t${number}`),
    );
    for (const [number, type] of names.entries()) {
      const schema = tables[number]!;
      expect(unclearTenants(modelOf(schema.table), new Map([[schema.table, schema]])), type).toEqual([]);
      const column = schema.columns[1]!;
      const { rows } = await connection.query(
        `SELECT ${tenantText(column, 'tenant_id')} AS name, format('%s', tenant_id) AS printed FROM ${schema.table} ORDER BY id`,
      );
      for (const { name, printed } of rows) {
        const inLog =
          canonicalTenant(column.equality?.canonical ?? 'text', printed) ??
          (await foldTenants(connection, [printed]))[0];
        expect(inLog, `${type}, seed ${seed}`).toBe(name);
      }
      // By the database's own equality, in a session of the application.
      const pairs = await db.query(
        `SELECT a.id AS a, b.id AS b, a.tenant_id = b.tenant_id AS same FROM t${number} a, t${number} b`,
      );
      for (const { a, b, same } of pairs as { a: number; b: number; same: boolean }[])
        expect(rows[a].name === rows[b].name, `${type}, seed ${seed}: ${rows[a].printed} and ${rows[b].printed}`).toBe(
          same,
        );
      for (const name of new Set<string>(rows.map(row => row.name))) {
        const selected = await connection.query(
          `SELECT id FROM ${schema.table} WHERE ${isTenant(column, 'tenant_id', quoteLiteral(name))} ORDER BY id`,
        );
        const named = rows.flatMap((row, id) => (row.name === name ? [id] : []));
        expect(
          selected.rows.map(row => row.id),
          `${type}, seed ${seed}: ${name}`,
        ).toEqual(named);
      }
    }
  });
  await db.drop();
});

it.each(PG_VERSIONS)(
  'types with several spellings are refused, and columns that compare differently, on %i',
  async version => {
    const db = await testDatabase(version);
    await db.query(PREPARE);
    for (const [number, type] of REFUSED.entries()) await db.query(`CREATE TABLE r${number} (tenant_id ${type})`);
    await db.query(`CREATE TABLE root (id text PRIMARY KEY); CREATE TABLE blanks (tenant_id char(8)); CREATE TABLE cased (tenant_id citext);
    CREATE TABLE plain (tenant_id varchar(9)); CREATE TABLE other (tenant_id uuid)`);
    await withConnection(db.source, 'test', async connection => {
      const { tables } = await readSchema(
        connection,
        REFUSED.map((_, number) => `public.r${number}`),
      );
      for (const [number, schema] of tables.entries())
        expect(unclearTenants(modelOf(schema.table), new Map([[schema.table, schema]])), REFUSED[number]).toMatchObject(
          [{ table: schema.table, message: expect.stringContaining('tenant_id') }],
        );
      const mixed = ['blanks', 'cased', 'plain', 'other'];
      const { tables: found } = await readSchema(connection, ['public.root', ...mixed.map(name => `public.${name}`)]);
      const model: TenantModel = {
        format: 'holdfast.tenant-model/1',
        tables: [
          { kind: 'root', table: 'public.root', component: 'data', column: 'id' },
          ...mixed.flatMap(name => modelOf(`public.${name}`).tables),
        ],
      };
      const unclear = unclearTenants(model, new Map(found.map(schema => [schema.table, schema])));
      expect(unclear.map(({ table }) => table)).toEqual(['public.blanks', 'public.cased', 'public.other']);
    });
    await db.drop();
  },
);

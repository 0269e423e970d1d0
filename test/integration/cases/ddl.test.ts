/**
 * DDL between two runs of the shipper. The oracle: every moment is either restored byte for byte or refused for the
 * tables affected by the DDL, previously announced moments stay valid, and on a quiet database nothing differs.
 */

import { describe, expect, it } from 'vitest';
import { previewTenant, runRestore } from '../../../lib/operations/restore/apply/run-restore.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { type Moment, protect, requestOf } from '../../support/protected-database.ts';

/** Three kinds of table; each scenario uses its own copy of them, named by its prefix. */
const schemaOf = (p: string) => `
  CREATE TYPE ${p}_type AS (a text, b int, z text);
  CREATE TABLE ${p}_v (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, a text, n int, g int GENERATED ALWAYS AS (n * 2) STORED, w varchar(5), pair ${p}_type, pairs ${p}_type[]);
  INSERT INTO ${p}_v (id, tenant_id, a, n, pair, pairs) SELECT i, CASE WHEN i % 3 = 0 THEN 'globex' ELSE 'acme' END, 'A' || i, i, ROW('a,' || i, i, NULL)::${p}_type, ARRAY[ROW('"', i, 'z')::${p}_type, NULL] FROM generate_series(1, 9) i;
  CREATE TABLE ${p}_ev (id int, tenant_id text NOT NULL REFERENCES tenants, n int, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
  CREATE TABLE ${p}_ev_1 PARTITION OF ${p}_ev FOR VALUES FROM (0) TO (100);
  CREATE TABLE ${p}_ev_2 PARTITION OF ${p}_ev FOR VALUES FROM (100) TO (200);
  INSERT INTO ${p}_ev SELECT i, CASE WHEN i % 3 = 0 THEN 'globex' ELSE 'acme' END, i FROM generate_series(91, 108) i;`;

interface Scenario {
  readonly name: string;
  /** One transaction each; \`:v\`, \`:ev\` are the scenario's tables, \`:pub\` the publication. */
  readonly sql: readonly string[];
  /** The tables with an incomplete log. */
  readonly suspect: readonly ('v' | 'ev')[];
}

const FILLED = [
  'CREATE TABLE :ev_3 (LIKE :ev INCLUDING ALL)',
  `INSERT INTO :ev_3 SELECT i, 'acme', i FROM generate_series(201, 205) i`,
  'ALTER TABLE :ev ATTACH PARTITION :ev_3 FOR VALUES FROM (200) TO (300)',
];
const HARMLESS = [
  'CREATE INDEX ON :v (n); COMMENT ON TABLE :v IS $$x$$; GRANT SELECT ON :v TO PUBLIC; ALTER TABLE :v ADD CHECK (n > -1000)',
  'ANALYZE :v',
];

const SCENARIOS: Scenario[] = [
  { name: 'attaches a filled partition', sql: FILLED, suspect: ['ev'] },
  { name: 'creates, fills and attaches a partition in one transaction', sql: [FILLED.join(';')], suspect: ['ev'] },
  { name: 'detaches a partition', sql: ['ALTER TABLE :ev DETACH PARTITION :ev_1'], suspect: ['ev'] },
  {
    name: 'drops a partition and creates it again',
    sql: ['DROP TABLE :ev_1', 'CREATE TABLE :ev_1 PARTITION OF :ev FOR VALUES FROM (0) TO (100)'],
    suspect: ['ev'],
  },
  {
    name: 'detaches a partition, changes it and attaches it again',
    sql: [
      'ALTER TABLE :ev DETACH PARTITION :ev_1',
      'UPDATE :ev_1 SET n = -n',
      'ALTER TABLE :ev ATTACH PARTITION :ev_1 FOR VALUES FROM (0) TO (100)',
    ],
    suspect: ['ev'],
  },
  { name: 'truncates one partition', sql: ['TRUNCATE :ev_1'], suspect: ['ev'] },
  {
    name: 'truncates all, inserts, then truncates one partition',
    sql: [
      'TRUNCATE :ev',
      `INSERT INTO :ev SELECT i, 'acme', i FROM generate_series(95, 104) i`,
      'TRUNCATE :ev_1',
      'VACUUM FULL :ev_1',
    ],
    suspect: ['ev'],
  },
  {
    name: 'converts a column to the same type with USING',
    sql: ['ALTER TABLE :v ALTER a TYPE text USING lower(a)'],
    suspect: ['v'],
  },
  {
    name: 'converts a column of a partitioned table',
    sql: ['ALTER TABLE :ev ALTER n TYPE bigint USING n * 100'],
    suspect: ['ev'],
  },
  {
    name: 'converts and then vacuums',
    sql: ['ALTER TABLE :v ALTER a TYPE varchar(9) USING upper(a)', 'VACUUM FULL :v', HARMLESS[0]!],
    suspect: ['v'],
  },
  {
    name: 'truncates and then converts new rows',
    sql: [
      'TRUNCATE :v',
      `INSERT INTO :v VALUES (1, 'acme', 'New', 1)`,
      'ALTER TABLE :v ALTER a TYPE text USING lower(a)',
    ],
    suspect: ['v'],
  },
  {
    name: 'drops an expression',
    sql: ['ALTER TABLE :v ALTER g DROP EXPRESSION', 'UPDATE :v SET n = 50 WHERE id = 1'],
    suspect: ['v'],
  },
  {
    name: 'adds a column with a volatile default',
    sql: ['ALTER TABLE :v ADD token uuid DEFAULT gen_random_uuid()', `UPDATE :v SET a = 'x' WHERE id = 1`],
    suspect: ['v'],
  },
  {
    name: 'adds a column with a default and rewrites the table',
    sql: ['ALTER TABLE :v ADD extra int DEFAULT 7', 'VACUUM FULL :v'],
    suspect: ['v'],
  },
  {
    name: 'drops and adds a column of the same name',
    sql: [
      'UPDATE :v SET a = $$before$$ WHERE id = 1',
      'ALTER TABLE :v DROP a',
      'ALTER TABLE :v ADD a text',
      'UPDATE :v SET a = $$after$$ WHERE id = 2',
    ],
    suspect: [],
  },
  {
    name: 'drops and adds the last column, so that the names stay as they are',
    sql: [
      'UPDATE :ev SET n = 1 WHERE id < 95',
      'ALTER TABLE :ev DROP n',
      'ALTER TABLE :ev ADD n int',
      'UPDATE :ev SET n = 2 WHERE id > 95',
    ],
    suspect: ['ev'],
  },
  {
    name: 'adds and drops a column with changes in between',
    sql: [
      'ALTER TABLE :v ADD z int',
      'UPDATE :v SET z = 1',
      'ALTER TABLE :v DROP z',
      'ALTER TABLE :v ADD y int',
      'UPDATE :v SET y = 2',
    ],
    suspect: ['v'],
  },
  {
    name: 'filters rows temporarily',
    sql: [
      'ALTER PUBLICATION :pub DROP TABLE ONLY :v; ALTER PUBLICATION :pub ADD TABLE ONLY :v WHERE (id > 5)',
      'INSERT INTO :v VALUES (3000, $$acme$$, $$hidden$$, 1) ON CONFLICT DO NOTHING; INSERT INTO :v VALUES (0, $$acme$$, $$hidden$$, 1)',
      'ALTER PUBLICATION :pub DROP TABLE ONLY :v; ALTER PUBLICATION :pub ADD TABLE ONLY :v',
    ],
    suspect: ['v'],
  },
  {
    name: 'is temporarily unlogged',
    sql: [
      'ALTER PUBLICATION :pub DROP TABLE :v',
      'ALTER TABLE :v SET UNLOGGED',
      'UPDATE :v SET n = n + 1',
      'ALTER TABLE :v SET LOGGED',
      'ALTER PUBLICATION :pub ADD TABLE ONLY :v',
    ],
    suspect: ['v'],
  },
  {
    name: 'drops an attribute of a composite type and adds another',
    sql: [
      'UPDATE :v SET pair = ROW((pair).a, 7, (pair).z):::type WHERE id < 5',
      'ALTER TYPE :type DROP ATTRIBUTE z; ALTER TYPE :type ADD ATTRIBUTE y text',
      `UPDATE :v SET pair = ROW('new', 1, 'y'):::type WHERE id = 1`,
    ],
    suspect: ['v'],
  },
  { name: 'adds an attribute to a composite type', sql: ['ALTER TYPE :type ADD ATTRIBUTE y text'], suspect: ['v'] },
  {
    name: 'swaps the names of attributes of a composite type',
    sql: ['ALTER TYPE :type RENAME ATTRIBUTE a TO x; ALTER TYPE :type RENAME ATTRIBUTE z TO a; UPDATE :v SET n = 5'],
    suspect: [],
  },
  { name: 'adds an index, a comment, a grant, a constraint', sql: HARMLESS, suspect: [] },
  {
    name: 'rewrites without a change',
    sql: ['VACUUM FULL :v', 'CLUSTER :v USING :v_pkey', 'REINDEX TABLE :v', 'VACUUM FULL :ev_1', 'VACUUM ANALYZE :ev'],
    suspect: [],
  },
  {
    name: 'creates an empty partition, indexes and fills it',
    sql: [
      'CREATE TABLE :ev_3 PARTITION OF :ev FOR VALUES FROM (200) TO (300)',
      'CREATE INDEX ON :ev_3 (n)',
      'GRANT SELECT ON :ev_3 TO PUBLIC',
      `INSERT INTO :ev SELECT i, 'acme', i FROM generate_series(201, 204) i`,
    ],
    suspect: [],
  },
  {
    name: 'creates and fills a partition in one transaction',
    sql: [
      `CREATE TABLE :ev_3 PARTITION OF :ev FOR VALUES FROM (200) TO (300); INSERT INTO :ev VALUES (201, 'acme', 1)`,
    ],
    suspect: [],
  },
  {
    name: 'truncates an entire partitioned table',
    sql: ['TRUNCATE :ev', `INSERT INTO :ev VALUES (7, 'acme', 1)`],
    suspect: [],
  },
  {
    name: 'truncates a table and fills it again',
    sql: [`TRUNCATE :v; INSERT INTO :v VALUES (1, 'acme', 'n', 1)`, 'VACUUM FULL :v'],
    suspect: [],
  },
  {
    name: 'renames a column',
    sql: [
      'UPDATE :v SET a = $$b$$ WHERE id = 1',
      'ALTER TABLE :v RENAME a TO b',
      'UPDATE :v SET b = $$c$$ WHERE id = 2',
    ],
    suspect: [],
  },
  {
    name: 'swaps the names of two columns',
    sql: [
      'ALTER TABLE :v ADD b text',
      'UPDATE :v SET b = $$b$$',
      'ALTER TABLE :v RENAME a TO t; ALTER TABLE :v RENAME b TO a; ALTER TABLE :v RENAME t TO b',
      'UPDATE :v SET b = $$x$$, a = $$y$$ WHERE id = 2',
    ],
    suspect: [],
  },
  {
    name: 'drops a column and adds others',
    sql: [
      'UPDATE :v SET a = $$b$$ WHERE id = 1',
      'ALTER TABLE :v DROP a',
      'UPDATE :v SET n = 7 WHERE id = 1',
      'ALTER TABLE :v ADD c int DEFAULT 5, ADD d text',
      'UPDATE :v SET d = $$d$$ WHERE id = 2',
    ],
    suspect: [],
  },
  {
    name: 'widens the type of an older column',
    sql: [
      'UPDATE :v SET w = $$short$$',
      'ALTER TABLE :v ALTER w TYPE text',
      'UPDATE :v SET w = $$longer than five$$ WHERE id = 1',
    ],
    suspect: [],
  },
  {
    name: 'widens a type without a rewrite',
    sql: [
      'ALTER TABLE :v ADD s varchar(5)',
      'UPDATE :v SET s = $$s$$',
      'ALTER TABLE :v ALTER s TYPE text',
      'UPDATE :v SET s = $$longer than five$$ WHERE id = 1',
    ],
    suspect: [],
  },
];

const WIDE: Scenario[] = [
  {
    name: 'temporarily publishes no updates',
    sql: [
      'ALTER PUBLICATION :pub SET (publish = $$insert, delete, truncate$$)',
      'UPDATE :v SET n = n + 1',
      'ALTER PUBLICATION :pub SET (publish = $$insert, update, delete, truncate$$)',
    ],
    suspect: ['v', 'ev'],
  },
];

describe.each(PG_VERSIONS)('migrations between two runs (PostgreSQL %s)', version => {
  it.each([
    ['of single tables', SCENARIOS],
    ['of the publication', WIDE],
  ])('are recorded, or make exactly the affected tables suspect: %s', { timeout: 300_000 }, async (_, scenarios) => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE tenants (id text PRIMARY KEY); INSERT INTO tenants VALUES ('acme'), ('globex')`);
    await db.query(scenarios.map((_, index) => schemaOf(`s${index}`)).join(''));
    const p = await protect(db);
    const announced = await p.moment();
    await p.ship();
    const last: Moment[] = [];
    for (const [index, { sql }] of scenarios.entries()) {
      for (const statement of sql) await db.query(withNames(statement, `s${index}`, p.ctx.publication));
      last.push(await p.moment());
    }
    const { gaps } = await p.ship();
    const found = new Map(gaps.flatMap(gap => (gap.tables ?? ['everything']).map(table => [table, gap.detail])));
    found.delete('public.tenants');
    const expected = scenarios.flatMap(({ suspect }, index) => suspect.map(kind => `public.s${index}_${kind}`));
    const named = (table: string) =>
      `${scenarios[Number(/\.s(\d+)/.exec(table)?.[1])]?.name} (${table}): ${found.get(table)}`;
    expect([...found.keys()].map(named).sort()).toEqual(expected.map(named).sort());
    await p.expectNothingDiffers();
    await db.query(scenarios.map((_, index) => `DELETE FROM s${index}_v WHERE id < 3`).join(';'));
    for (const [index, scenario] of scenarios.entries()) {
      const tables = ['v', 'ev'].map(kind => `public.s${index}_${kind}`);
      const suspect = scenario.suspect.map(kind => `public.s${index}_${kind}`);
      const told = tables.filter(table => !suspect.includes(table));
      if (suspect.length > 0) {
        const refused = previewTenant(p.ctx, requestOf('acme', last[index]!.time, { tables }));
        await expect(refused, scenario.name).rejects.toMatchObject({
          code: 'tables-in-gap',
          details: { tables: expect.arrayContaining(suspect) },
        });
      }
      if (told.length === 0) continue;
      await runRestore(p.ctx, requestOf('acme', last[index]!.time, { tables: told }));
      expect(ofTables(await p.moment(), told), scenario.name).toEqual(ofTables(last[index]!, told));
    }
    await previewTenant(p.ctx, requestOf('acme', announced.time));
    await p.dispose();
  });
});

describe.each(PG_VERSIONS)('event triggers that record DDL (PostgreSQL %s)', version => {
  it('make a gap begin at the statement itself, and never fail it', async () => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE tenants (id text PRIMARY KEY); INSERT INTO tenants VALUES ('acme'), ('globex')`);
    await db.query(schemaOf('t'));
    const p = await protect(db);
    const interval = async (column: string) => {
      await p.ship();
      await db.query(`UPDATE t_v SET n = n + 1 WHERE tenant_id = 'acme'`);
      const before = await p.moment();
      await db.query(`ALTER TABLE t_v ALTER ${column} TYPE text USING lower(${column})`);
      const after = await p.moment();
      const { gaps } = await p.ship();
      expect(gaps).toMatchObject([{ reason: 'suspect', tables: ['public.t_v'] }]);
      await expect(previewTenant(p.ctx, requestOf('acme', after.time))).rejects.toMatchObject({
        code: 'tables-in-gap',
      });
      await p.expectNothingDiffers();
      return before;
    };
    const told = await interval('a');
    const { tables } = await previewTenant(p.ctx, requestOf('acme', told.time));
    expect(tables.find(table => table.table === 'public.t_v')).toMatchObject({ inserts: 0, deletes: 0 });
    expect(tables.find(table => table.table === 'public.t_v')!.updates).toBeGreaterThan(0);

    const { name } = await db.role();
    await db.query(`CREATE SCHEMA s_${name} AUTHORIZATION ${name}`);
    await db.query(
      `SET ROLE ${name}; CREATE TABLE s_${name}.own (id int); ALTER TABLE s_${name}.own ADD n int DEFAULT random(); DROP TABLE s_${name}.own; RESET ROLE`,
    );
    await db.query(
      'CREATE TEMP TABLE temporary (id int); ALTER TABLE temporary ADD n int DEFAULT random(); DROP TABLE temporary',
    );
    await expect(
      db.query(
        `SET ROLE ${name}; CREATE OR REPLACE FUNCTION holdfast_ddl.tell() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`,
      ),
    ).rejects.toThrow();
    await db.query('RESET ROLE');

    for (const event of ['ddl_command_end', 'sql_drop', 'table_rewrite'])
      await db.query(`DROP EVENT TRIGGER holdfast_${event}`);
    await p.ship();
    const untold = await interval('a');
    await expect(previewTenant(p.ctx, requestOf('acme', untold.time))).rejects.toMatchObject({
      code: 'tables-in-gap',
    });
    await p.dispose();
  });
});

describe.each(PG_VERSIONS)('event triggers that may be unable to record DDL (PostgreSQL %s)', version => {
  it('are not trusted with the position while some roles cannot write messages, nor after a moment in which some could not', async () => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE tenants (id text PRIMARY KEY); INSERT INTO tenants VALUES ('acme'), ('globex')`);
    await db.query(schemaOf('t'));
    const { name } = await db.role();
    await db.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${name}; ALTER TABLE t_v OWNER TO ${name}`);
    const p = await protect(db);
    const [take, give] = ['REVOKE EXECUTE', 'GRANT EXECUTE'].map(
      what =>
        `${what} ON FUNCTION pg_catalog.pg_logical_emit_message(boolean, text, text${version >= 17 ? ', boolean' : ''}) ${what.startsWith('G') ? 'TO' : 'FROM'} PUBLIC`,
    ) as [string, string];
    for (const [before, untold] of [
      [take, ''],
      [give, take],
    ] as const) {
      await db.query(before);
      await p.ship();
      await db.query(`UPDATE t_v SET n = n + 1 WHERE tenant_id = 'acme'; ${untold}`);
      await db.query(`SET ROLE ${name}; ALTER TABLE t_v ALTER a TYPE text USING lower(a); RESET ROLE`);
      const between = await p.moment();
      await db.query(`${give}; ALTER TABLE t_v ALTER a TYPE text USING upper(a)`);
      expect((await p.ship()).gaps).toMatchObject([{ reason: 'suspect', tables: ['public.t_v'] }]);
      await expect(previewTenant(p.ctx, requestOf('acme', between.time))).rejects.toMatchObject({
        code: 'tables-in-gap',
      });
    }
    await p.dispose();
  });
});

/** The rows of the tenant, in those tables. */
function ofTables(moment: Moment, tables: string[]): Record<string, string[] | undefined> {
  return Object.fromEntries(tables.map(table => [table, moment.rows[table.replace(/^public\./, '')]?.acme]));
}

function withNames(sql: string, prefix: string, publication: string): string {
  return sql.replaceAll(':pub', `"${publication}"`).replaceAll(/:(?=v|ev|type)/g, `${prefix}_`);
}

/** Schemas with a transaction to take back among others, and the rows that a revert must leave. */

export interface RevertCase {
  readonly name: string;
  /** The table that is compared. */
  readonly table: string;
  readonly sql: string;
  /** The statements of one transaction each; those to take back begin with `!`. */
  readonly steps: readonly string[];
  /** Rows of tenant 1 afterwards; undefined: as before the steps. */
  readonly rows?: readonly string[];
  /** Rows left alone. */
  readonly left?: number;
  readonly request?: object;
  readonly refused?: string;
  /** SQL for the tenant of a row `t`. */
  readonly owner?: string;
}

/** A table whose key is the tenant's id and a code. */
export const keyedTable = (name: string, type: string, more = '') =>
  `CREATE TABLE ${name} (tenant_id int NOT NULL REFERENCES tenants, code ${type}, v int, w int, PRIMARY KEY (tenant_id, code)${more});`;

export const REVERT_CASES: readonly RevertCase[] = [
  {
    name: 'a composite key',
    table: 'pairs',
    sql: `${keyedTable('pairs', 'text')} INSERT INTO pairs SELECT t, c, 1, 1 FROM generate_series(1, 2) t, unnest('{a,b,c}'::text[]) c`,
    steps: [
      "!UPDATE pairs SET v = 2 WHERE tenant_id = 1 AND code = 'a'; DELETE FROM pairs WHERE tenant_id = 1 AND code = 'b'; INSERT INTO pairs VALUES (1, 'd', 4, 4)",
      "UPDATE pairs SET w = 9 WHERE code = 'a'",
    ],
    rows: ['(1,a,1,9)', '(1,b,1,1)', '(1,c,1,1)'],
  },
  ...['citext', 'text COLLATE loose'].map(
    (type, at): RevertCase => ({
      name: `a key of ${type} that another spells differently in between`,
      table: `spelled${at}`,
      sql: `${keyedTable(`spelled${at}`, type)} INSERT INTO spelled${at} SELECT t, c, 1, 1 FROM generate_series(1, 2) t, unnest('{Ab,Cd,Ef}'::text[]) c`,
      steps: [
        `!UPDATE spelled${at} SET v = 2 WHERE tenant_id = 1 AND code = 'AB'; DELETE FROM spelled${at} WHERE tenant_id = 1 AND code = 'Cd'`,
        `UPDATE spelled${at} SET code = 'aB', w = 5 WHERE tenant_id = 1 AND code = 'AB'; INSERT INTO spelled${at} VALUES (1, 'CD', 1, 1)`,
        `!UPDATE spelled${at} SET v = 3 WHERE tenant_id = 1 AND code = 'Ab'; UPDATE spelled${at} SET v = 3 WHERE tenant_id = 1 AND code = 'ef'`,
      ],
      rows: ['(1,CD,1,1)', '(1,Ef,1,1)', '(1,aB,1,5)'],
      left: 1,
    }),
  ),
  {
    name: 'a numeric key of another scale',
    table: 'scaled',
    sql: `${keyedTable('scaled', 'numeric')} INSERT INTO scaled SELECT t, c, 1, 1 FROM generate_series(1, 2) t, unnest('{1.0,2.0}'::numeric[]) c`,
    steps: [
      '!UPDATE scaled SET v = 2 WHERE tenant_id = 1',
      'UPDATE scaled SET code = 1, w = 5 WHERE tenant_id = 1 AND code = 1',
      '!UPDATE scaled SET v = 3 WHERE tenant_id = 1 AND code = 1.00',
    ],
    rows: ['(1,1,1,5)', '(1,2.0,1,1)'],
  },
  {
    name: 'a key whose equal values are staged as different texts, among others',
    table: 'composed',
    sql: `CREATE TYPE measure AS (n numeric); ${keyedTable('composed', 'measure')} INSERT INTO composed SELECT t, ROW(1.0)::measure, 1, 1 FROM generate_series(1, 2) t`,
    steps: [
      '!UPDATE composed SET v = 2 WHERE tenant_id = 1',
      'UPDATE composed SET code = ROW(1)::measure, w = 5 WHERE tenant_id = 1',
      '!UPDATE composed SET v = 3 WHERE tenant_id = 1',
    ],
    refused: 'cannot-revert',
  },
  {
    name: 'a key of an enum, and one of a composite that another printed differently since',
    table: 'measured',
    sql: `CREATE TYPE size AS ENUM ('s', 'm'); CREATE TYPE weight AS (n numeric);
      CREATE TABLE measured (tenant_id int NOT NULL REFERENCES tenants, size size, weight weight, v int, w int, PRIMARY KEY (tenant_id, size, weight));
      INSERT INTO measured SELECT t, s, ROW(1.0)::weight, 1, 1 FROM generate_series(1, 2) t, unnest('{s,m}'::size[]) s`,
    steps: [
      '!UPDATE measured SET v = 2 WHERE tenant_id = 1',
      "UPDATE measured SET weight = ROW(1)::weight, w = 5 WHERE tenant_id = 1 AND size = 's'",
    ],
    rows: ['(1,m,"(1.0)",1,1)', '(1,s,"(1)",1,5)'],
  },
  {
    name: 'a changed key',
    table: 'rekeyed',
    sql: `${keyedTable('rekeyed', 'int')} INSERT INTO rekeyed SELECT t, c, 1, 1 FROM generate_series(1, 2) t, generate_series(1, 3) c`,
    steps: ['!UPDATE rekeyed SET code = code + 10 WHERE tenant_id = 1', 'UPDATE rekeyed SET w = 7 WHERE tenant_id = 2'],
  },
  {
    name: 'a changed key of a row that was changed since: it is left alone under both',
    table: 'doubled',
    sql: `${keyedTable('doubled', 'int')} INSERT INTO doubled SELECT t, c, 1, 1 FROM generate_series(1, 2) t, generate_series(1, 2) c`,
    steps: [
      '!UPDATE doubled SET code = code + 10 WHERE tenant_id = 1',
      'UPDATE doubled SET w = 7 WHERE tenant_id = 1 AND code = 11',
    ],
    rows: ['(1,11,1,7)', '(1,2,1,1)'],
    left: 2,
  },
  {
    name: 'changed keys of rows that were deleted since, of which the old key was taken since, and that were exchanged',
    table: 'halves',
    sql: `${keyedTable('halves', 'int')} INSERT INTO halves SELECT t, c, c, 1 FROM generate_series(1, 2) t, generate_series(1, 6) c`,
    steps: [
      '!UPDATE halves SET code = code + 10 WHERE tenant_id = 1 AND code < 4',
      '!UPDATE halves SET code = 99 WHERE tenant_id = 1 AND code = 4; UPDATE halves SET code = 4 WHERE tenant_id = 1 AND code = 5; UPDATE halves SET code = 5 WHERE tenant_id = 1 AND code = 99',
      'DELETE FROM halves WHERE tenant_id = 1 AND code = 11',
      'INSERT INTO halves VALUES (1, 2, 7, 7)',
    ],
    // 1 stays gone, 2 stays as 12 beside the new 2, 3 is back, 4 and 5 are exchanged back.
    rows: ['(1,12,2,1)', '(1,2,7,7)', '(1,3,3,1)', '(1,4,4,1)', '(1,5,5,1)', '(1,6,6,1)'],
    left: 3,
  },
  {
    name: 'a row that moved to another partition',
    table: 'parted',
    sql: `CREATE TABLE parted (tenant_id int NOT NULL REFERENCES tenants, day date, id int, v int, PRIMARY KEY (tenant_id, day, id)) PARTITION BY RANGE (day);
      CREATE TABLE parted_25 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
      CREATE TABLE parted_26 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      INSERT INTO parted SELECT t, '2025-05-05', i, 1 FROM generate_series(1, 2) t, generate_series(1, 3) i`,
    steps: [
      "!UPDATE parted SET day = '2026-05-05' WHERE tenant_id = 1 AND id < 3",
      'UPDATE parted SET v = 2 WHERE tenant_id = 1 AND id = 3',
      "!UPDATE parted SET day = '2026-06-06' WHERE tenant_id = 1 AND id = 3",
    ],
    rows: ['(1,2025-05-05,1,1)', '(1,2025-05-05,2,1)', '(1,2025-05-05,3,2)'],
  },
  {
    name: 'generated and identity columns',
    table: 'made',
    sql: `CREATE TABLE made (tenant_id int NOT NULL REFERENCES tenants, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v int, w int, twice int GENERATED ALWAYS AS (v * 2) STORED);
      INSERT INTO made (tenant_id, v, w) SELECT t, i, i FROM generate_series(1, 2) t, generate_series(1, 3) i`,
    steps: [
      '!UPDATE made SET v = 10 WHERE id = 1; DELETE FROM made WHERE id = 2; INSERT INTO made (tenant_id, v) VALUES (1, 5)',
      'UPDATE made SET w = 7 WHERE id = 1',
      '!UPDATE made SET v = 11 WHERE id IN (1, 3)',
    ],
    rows: ['(1,1,1,7,2)', '(1,2,2,2,4)', '(1,3,3,3,6)'],
  },
  {
    name: 'large values that the updates did not change',
    table: 'large',
    sql: `CREATE TABLE large (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, v int, w int, big text);
      ALTER TABLE large ALTER big SET STORAGE EXTERNAL;
      INSERT INTO large SELECT t, t * 10 + i, 1, 1, repeat(i::text, 9000) FROM generate_series(1, 2) t, generate_series(1, 3) i`,
    steps: [
      '!UPDATE large SET v = 2 WHERE tenant_id = 1; DELETE FROM large WHERE id = 12',
      'UPDATE large SET w = 2 WHERE tenant_id = 1',
      '!UPDATE large SET v = 3, id = 19 WHERE id = 13',
    ],
    rows: ['(1,11,1,2,1)', '(1,12,1,1,2)', '(1,13,1,2,3)'],
  },
  {
    name: 'documents, arrays, enums, domains and composites',
    table: 'kinds',
    sql: `CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TYPE point3 AS (x int, y numeric, z text);
      CREATE TABLE kinds (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, doc jsonb, raw json, list int[], m mood, ms mood[], p positive, c point3, cs point3[], w int);
      INSERT INTO kinds SELECT t, t * 10 + i, '{"a": 1}', '{"b":  1}', '{1,2}', 'good', '{good}', 1, '(1,1.0,a)', '{"(1,1.0,b)"}', 1 FROM generate_series(1, 2) t, generate_series(1, 3) i`,
    steps: [
      `!UPDATE kinds SET doc = '{}', raw = '{"b": 1}', list = '{3}', m = 'bad', ms = '{bad,good}', p = 2, c.y = 1, cs[1] = '(1,1,b)' WHERE id < 13`,
      'UPDATE kinds SET w = 2 WHERE id = 11',
      `!UPDATE kinds SET c.y = 2, m = NULL WHERE id = 11; DELETE FROM kinds WHERE id = 13`,
    ],
    rows: [
      '(1,11,"{""a"": 1}","{""b"":  1}","{1,2}",good,{good},1,"(1,1.0,a)","{""(1,1.0,b)""}",2)',
      '(1,12,"{""a"": 1}","{""b"":  1}","{1,2}",good,{good},1,"(1,1.0,a)","{""(1,1.0,b)""}",1)',
      '(1,13,"{""a"": 1}","{""b"":  1}","{1,2}",good,{good},1,"(1,1.0,a)","{""(1,1.0,b)""}",1)',
    ],
  },
  {
    name: 'a self reference and a cycle of deferred keys',
    table: 'looped',
    sql: `CREATE TABLE looped (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, self int REFERENCES looped, mate int);
      CREATE TABLE mates (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, looped int NOT NULL REFERENCES looped);
      ALTER TABLE looped ADD FOREIGN KEY (mate) REFERENCES mates DEFERRABLE INITIALLY DEFERRED;
      BEGIN; INSERT INTO looped SELECT t, t * 10 + i, NULLIF(t * 10 + i - 1, t * 10), t * 10 + i FROM generate_series(1, 2) t, generate_series(1, 3) i;
      INSERT INTO mates SELECT tenant_id, id, id FROM looped; COMMIT`,
    steps: [
      '!ALTER TABLE looped DISABLE TRIGGER USER; DELETE FROM mates WHERE false; UPDATE looped SET mate = NULL, self = NULL WHERE tenant_id = 1; DELETE FROM mates WHERE tenant_id = 1; DELETE FROM looped WHERE tenant_id = 1',
      'UPDATE looped SET self = NULL WHERE tenant_id = 2',
    ],
  },
  {
    name: 'a cascade that the transaction fired',
    table: 'leaves',
    sql: `CREATE TABLE roots (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY);
      CREATE TABLE twigs (id int PRIMARY KEY, root int NOT NULL REFERENCES roots ON DELETE CASCADE);
      CREATE TABLE leaves (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, twig int NOT NULL REFERENCES twigs ON DELETE CASCADE, root int REFERENCES roots ON DELETE SET NULL);
      INSERT INTO roots VALUES (1, 1), (1, 2), (2, 3); INSERT INTO twigs VALUES (1, 1), (2, 2), (3, 3); INSERT INTO leaves VALUES (1, 1, 1, 1), (1, 2, 2, 1), (2, 3, 3, 3)`,
    steps: ['!DELETE FROM roots WHERE id = 1', 'INSERT INTO leaves VALUES (1, 5, 2, 2)'],
    rows: ['(1,1,1,1)', '(1,2,2,1)', '(1,5,2,2)'],
  },
  {
    name: 'a parent of a parent, whose changes have no tenant of their own',
    table: 'deep',
    sql: `CREATE TABLE tops (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY);
      CREATE TABLE mids (id int PRIMARY KEY, top int NOT NULL REFERENCES tops, v int);
      CREATE TABLE deep (id int PRIMARY KEY, mid int NOT NULL REFERENCES mids, v int, w int);
      INSERT INTO tops VALUES (1, 1), (2, 2); INSERT INTO mids VALUES (1, 1), (2, 2); INSERT INTO deep SELECT m * 10 + i, m, 1, 1 FROM generate_series(1, 2) m, generate_series(1, 3) i`,
    owner: '(SELECT tenant_id FROM mids m JOIN tops ON tops.id = top WHERE m.id = t.mid)',
    steps: [
      '!UPDATE deep SET v = 2; DELETE FROM deep WHERE id % 10 = 3',
      'UPDATE deep SET w = 2',
      '!UPDATE deep SET v = 3 WHERE id % 10 = 1; INSERT INTO deep VALUES (14, 1, 1, 1), (24, 2, 1, 1)',
    ],
    rows: ['(11,1,1,2)', '(12,1,1,2)', '(13,1,1,1)'],
  },
  {
    name: 'a unique value that another row has taken since',
    table: 'taken',
    sql: `CREATE TABLE taken (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, name text UNIQUE); INSERT INTO taken VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 3, 'c')`,
    steps: ["!UPDATE taken SET name = 'x' WHERE id = 1", "INSERT INTO taken VALUES (1, 9, 'a')"],
    refused: 'conflicts',
  },
  {
    name: 'an exclusion constraint',
    table: 'booked',
    sql: `CREATE TABLE booked (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, during int4range, EXCLUDE USING gist (during WITH &&)); INSERT INTO booked VALUES (1, 1, '[1,5)'), (1, 2, '[5,9)'), (2, 3, '[20,30)')`,
    steps: [
      '!UPDATE booked SET during = int4range(lower(during) + 100, upper(during) + 100) WHERE tenant_id = 1',
      "INSERT INTO booked VALUES (1, 9, '[40,50)')",
    ],
    rows: ['(1,1,"[1,5)")', '(1,2,"[5,9)")', '(1,9,"[40,50)")'],
  },
  {
    name: 'rows that were changed by chosen, other and chosen transactions',
    table: 'mixed',
    sql: `${keyedTable('mixed', 'int')} INSERT INTO mixed SELECT t, c, 1, 1 FROM generate_series(1, 2) t, generate_series(1, 6) c`,
    steps: [
      '!UPDATE mixed SET v = 2 WHERE tenant_id = 1 AND code < 5; INSERT INTO mixed VALUES (1, 7, 1, 1)',
      'UPDATE mixed SET w = 2 WHERE tenant_id = 1 AND code = 1; UPDATE mixed SET v = 5 WHERE tenant_id = 1 AND code = 2; UPDATE mixed SET w = 3 WHERE code = 7',
      '!UPDATE mixed SET v = 3 WHERE tenant_id = 1 AND code < 4; DELETE FROM mixed WHERE code IN (6, 7) AND tenant_id = 1',
      'UPDATE mixed SET w = 8 WHERE tenant_id = 1 AND code = 5; UPDATE mixed SET v = 8 WHERE tenant_id = 1 AND code = 4',
    ],
    rows: ['(1,1,1,2)', '(1,2,3,1)', '(1,3,1,1)', '(1,4,8,1)', '(1,5,1,8)', '(1,6,1,1)'],
    left: 2,
  },
  {
    name: '--overwrite, --keys and --rows',
    table: 'picked',
    sql: `${keyedTable('picked', 'int')} INSERT INTO picked SELECT t, c, 1, 1 FROM generate_series(1, 2) t, generate_series(1, 3) c`,
    steps: ['!UPDATE picked SET v = 2 WHERE tenant_id = 1', 'UPDATE picked SET v = 3, w = 3 WHERE tenant_id = 1'],
    request: { overwrite: true, tables: ['public.picked'], keys: { 'public.picked': [['1'], ['2']] } },
    rows: ['(1,1,1,3)', '(1,2,1,3)', '(1,3,3,3)'],
  },
  {
    name: 'rows by a condition',
    table: 'matching',
    sql: `${keyedTable('matching', 'int')} INSERT INTO matching SELECT t, c, 1, 1 FROM generate_series(1, 2) t, generate_series(1, 3) c`,
    steps: ['!UPDATE matching SET v = 2 WHERE tenant_id = 1', 'UPDATE matching SET w = 3 WHERE tenant_id = 1'],
    request: { tables: ['public.matching'], rows: { 'public.matching': 'code > 1' } },
    rows: ['(1,1,2,3)', '(1,2,1,3)', '(1,3,1,3)'],
  },
  {
    name: 'a transaction of two tenants: only this one’s part',
    table: 'shared_work',
    sql: `${keyedTable('shared_work', 'int')} INSERT INTO shared_work SELECT t, c, 1, 1 FROM generate_series(1, 2) t, generate_series(1, 3) c`,
    steps: ['!UPDATE shared_work SET v = 2; DELETE FROM shared_work WHERE code = 3', 'UPDATE shared_work SET w = 3'],
    rows: ['(1,1,1,3)', '(1,2,1,3)', '(1,3,1,1)'],
  },
  {
    name: 'a parent that later rows refer to',
    table: 'parents',
    sql: `CREATE TABLE parents (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY);
      CREATE TABLE later_children (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, parent int REFERENCES parents ON DELETE CASCADE);
      INSERT INTO parents VALUES (1, 1), (2, 2)`,
    steps: ['!INSERT INTO parents VALUES (1, 3), (1, 4)', 'INSERT INTO later_children VALUES (1, 1, 3)'],
    rows: ['(1,1)', '(1,3)'],
    left: 1,
  },
  {
    name: 'an audit table: what it says of the transaction stays',
    table: 'audit_log',
    sql: `CREATE TABLE audit_log (tenant_id int NOT NULL REFERENCES tenants, id int PRIMARY KEY, what text); ${keyedTable('audited', 'int')}
      INSERT INTO audited VALUES (1, 1, 1, 1)`,
    steps: [
      "!UPDATE audited SET v = 2; INSERT INTO audit_log VALUES (1, 1, 'v = 2')",
      "INSERT INTO audit_log VALUES (1, 2, 'w = 2')",
    ],
    rows: ['(1,1,"v = 2")', '(1,2,"w = 2")'],
  },
];

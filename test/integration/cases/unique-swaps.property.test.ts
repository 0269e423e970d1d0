/**
 * Unique values in any order: the rows at the target and the rows now are two random assignments of the same few
 * values, under every kind of uniqueness. A restore yields exactly the target, and children keep their parents.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { modelOf } from '../../support/hand-staging.ts';
import { PG_VERSIONS } from '../../support/postgres.ts';
import { fixture } from '../../support/restore-fixture.ts';

const SQL = `
  CREATE EXTENSION btree_gist;
  CREATE TABLE tenants (id int PRIMARY KEY);
  CREATE TABLE cards (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, pos int NOT NULL, rank int NOT NULL,
    email text NOT NULL, grp int NOT NULL, is_default bool NOT NULL, name text, room int, during int4range, note text,
    lname text GENERATED ALWAYS AS (lower(name)) STORED UNIQUE,
    UNIQUE (tenant_id, pos), UNIQUE (tenant_id, rank) DEFERRABLE INITIALLY IMMEDIATE, UNIQUE NULLS NOT DISTINCT (tenant_id, note),
    EXCLUDE USING gist (tenant_id WITH =, room WITH =, during WITH &&),
    EXCLUDE USING gist (tenant_id WITH =, rank WITH =) DEFERRABLE);
  CREATE UNIQUE INDEX ON cards (lower(email));
  CREATE UNIQUE INDEX ON cards (tenant_id, grp) WHERE is_default;
  CREATE UNIQUE INDEX ON cards ((pos % 100), (upper(name))) WHERE NOT is_default;
  CREATE TABLE marks (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, card_id int REFERENCES cards ON DELETE CASCADE);
  INSERT INTO tenants VALUES (1), (2);
  INSERT INTO cards (id, tenant_id, pos, rank, email, grp, is_default, name, room, during, note)
    SELECT 900 + i, 2, i, i, 'other' || i, i, true, 'other' || i, i, '[0,9)', i::text FROM generate_series(1, 3) i`;

const MODEL = modelOf([
  { kind: 'root', table: 'public.tenants', column: 'id' },
  ...['public.cards', 'public.marks'].map(table => ({ kind: 'direct', table, column: 'tenant_id' })),
]);

const SIZE = 6;
const permutation = fc.shuffledSubarray([...Array(SIZE).keys()], { minLength: SIZE });
const assignment = fc.record({
  present: fc.array(fc.boolean(), { minLength: SIZE, maxLength: SIZE }),
  pos: permutation,
  rank: permutation,
  email: permutation,
  name: permutation,
  slot: permutation,
  note: permutation,
  isDefault: fc.array(fc.boolean(), { minLength: SIZE, maxLength: SIZE }),
});
type Assignment = typeof assignment extends fc.Arbitrary<infer T> ? T : never;

/** Brings the tenant's rows into this state from any other. */
function stateSql(state: Assignment): string {
  const rows = state.present.flatMap((present, i) => {
    if (!present) return [];
    const slot = state.slot[i]!;
    const note = state.note[i] === 0 ? 'NULL' : `'n${state.note[i]}'`;
    const name = state.name[i] === 0 ? 'NULL' : `'N${state.name[i]}'`;
    const during = `int4range(${(slot % 3) * 10}, ${(slot % 3) * 10 + 10})`;
    return `(${i}, 1, ${state.pos[i]}, ${state.rank[i]}, '${i % 2 ? 'E' : 'e'}${state.email[i]}', ${slot % SIZE}, ${state.isDefault[i]}, ${name}, ${Math.floor(slot / 3)}, ${during}, ${note})`;
  });
  const cards = rows.length === 0 ? '' : `INSERT INTO cards VALUES ${rows.join(', ')};`;
  return `DELETE FROM cards WHERE tenant_id = 1; ${cards} INSERT INTO marks SELECT id, 1, id FROM cards WHERE tenant_id = 1`;
}

it.each(PG_VERSIONS)('any assignment of unique values is restored to any other on PostgreSQL %s', async version => {
  const f = await fixture(version, SQL, MODEL);
  await fc.assert(
    fc.asyncProperty(assignment, assignment, async (target, now) => {
      await f.db.query(stateSql(target));
      const before = await f.content();
      const staging = await f.stage();
      await f.db.query(stateSql(now));
      const preview = await f.preview(staging);
      expect(preview.conflicts).toEqual([]);
      await f.restore(staging);
      expect(await f.content()).toEqual(before);
      await staging.drop();
    }),
    { numRuns: Number(process.env.HOLDFAST_SWAP_RUNS ?? 20) },
  );
});

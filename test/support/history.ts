/**
 * Random histories for the property of R1: an application's tables in one of many shapes, transactions of two or three
 * sessions that run at the same time, and what Holdfast does in between. `runHistory` runs one against a real database
 * and records, after every commit, every tenant's rows: the model that staged states are compared with.
 */
import fc from 'fast-check';
import type pg from 'pg';
import type { CrashPoint } from '../../lib/domain/crash-point.ts';
import { HoldfastError } from '../../lib/domain/errors.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';

export const TENANTS = [1, 2, 3];

const identity = fc.constantFrom('default' as const, 'full' as const);
export const shapes = fc.record({
  /** Key of the direct parent: `id` alone, or with the tenant column. */
  parentKey: fc.constantFrom('id' as const, 'composite' as const),
  parentIdentity: fc.constantFrom('default' as const, 'full' as const, 'index' as const),
  childIdentity: identity,
  /** Key of the child table: `id` alone, or with its parent's. */
  childKey: fc.constantFrom('id' as const, 'composite' as const),
  grandchildIdentity: identity,
  otherIdentity: identity,
  /** The child's foreign key is checked at the end of a transaction: children may be inserted before their parents. */
  deferred: fc.constantFrom(false, false, true),
});
export type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

const id = fc.integer({ min: 1, max: 6 });
const value = fc.integer({ min: 0, max: 99 });
/** 0: small; otherwise this many times 32 bytes, beyond the size at which PostgreSQL TOASTs a value. */
const big = fc.constantFrom(0, 0, 90, 300);
const tenant = fc.constantFrom(...TENANTS);

const statements = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('insert-a' as const),
      id,
      tenant,
      value,
      big,
      self: fc.option(id, { nil: null }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('insert-b' as const), id, parent: id, value, big }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('insert-c' as const), id, parent: id, value }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('insert-d' as const), tenant, id, value, big }) },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constantFrom('update-a' as const, 'update-b' as const, 'update-c' as const, 'update-d' as const),
      id,
      value,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constantFrom('big-a' as const, 'big-b' as const, 'big-d' as const), id, value, big }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constantFrom('key-a' as const, 'key-b' as const, 'key-c' as const, 'key-d' as const),
      id,
      to: id,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constantFrom('delete-a' as const, 'delete-b' as const, 'delete-c' as const, 'delete-d' as const),
      id,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('move-b' as const, 'move-c' as const), id, parent: id }) },
  // Children move to another parent, and theirs is deleted.
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('merge-a' as const, 'merge-b' as const), id, to: id }) },
  // A key is reused, mostly by another tenant's row.
  { weight: 2, arbitrary: fc.record({ op: fc.constant('reuse-a' as const), id, tenant, value }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('reuse-b' as const), id, parent: id, value }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('move-d' as const), id, tenant }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('move-a' as const), id, tenant }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constantFrom('truncate-c' as const, 'truncate-d' as const, 'truncate-a' as const) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('same-a' as const, 'same-b' as const) }) },
  // What the application says about its transaction changes nothing.
  { weight: 2, arbitrary: fc.record({ op: fc.constant('context' as const), value }) },
);
type Statement = typeof statements extends fc.Arbitrary<infer T> ? T : never;

const CRASHES: CrashPoint[] = [
  ...([
    'ship.after-peek',
    'ship.after-pack',
    'ship.after-manifest',
    'ship.after-catalog',
    'ship.after-confirm',
    'index.after-shard',
    'index.after-shards',
    'index.after-catalog',
  ] as const),
  ...(['snapshot.before-manifest', 'snapshot.after-manifest', 'snapshot.after-catalog'] as const),
  ...(['fold.after-pack', 'fold.after-manifest', 'fold.after-catalog'] as const),
];

const session = fc.nat(2);
const events = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('statement' as const), session, statement: statements, undo: fc.boolean() }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rollback' as const), session }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('ship' as const),
      crash: fc.option(fc.constantFrom(...CRASHES.slice(0, 8)), { nil: null, freq: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('snapshot' as const),
      tenant,
      crash: fc.option(fc.constantFrom(...CRASHES.slice(8, 11)), { nil: null, freq: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fold' as const),
      crash: fc.option(fc.constantFrom(...CRASHES.slice(11)), { nil: null, freq: 3 }),
    }),
  },
);

export const histories = fc.record({
  shape: shapes,
  before: fc.array(statements, { minLength: 4, maxLength: 12 }),
  events: fc.array(events, { minLength: 10, maxLength: 40 }),
  /** Which moments are restored: chosen from the history. */
  targets: fc.array(
    fc.record({ moment: fc.nat(), tenant, as: fc.constantFrom('after' as const, 'before' as const, 'time' as const) }),
    {
      minLength: 3,
      maxLength: 3,
    },
  ),
});
export type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

export function ddl(shape: Shape): string {
  const parentKey = shape.parentKey === 'id' ? 'PRIMARY KEY (id)' : 'PRIMARY KEY (tenant_id, id), UNIQUE (id)';
  const childKey = shape.childKey === 'id' ? 'PRIMARY KEY (id)' : 'PRIMARY KEY (a_id, id), UNIQUE (id)';
  const deferred = shape.deferred ? ' DEFERRABLE INITIALLY DEFERRED' : '';
  const identities = [
    shape.parentIdentity === 'full' && 'ALTER TABLE a REPLICA IDENTITY FULL',
    shape.parentIdentity === 'index' &&
      'CREATE UNIQUE INDEX a_identity ON a (tenant_id, id); ALTER TABLE a REPLICA IDENTITY USING INDEX a_identity',
    shape.childIdentity === 'full' && 'ALTER TABLE b REPLICA IDENTITY FULL',
    shape.grandchildIdentity === 'full' && 'ALTER TABLE c REPLICA IDENTITY FULL',
    shape.otherIdentity === 'full' && 'ALTER TABLE "D d" REPLICA IDENTITY FULL',
  ].filter(Boolean);
  return `DROP TABLE IF EXISTS tenants, a, b, c, "D d" CASCADE;
    CREATE TABLE tenants (id int PRIMARY KEY, name text);
    CREATE TABLE a (id int NOT NULL, tenant_id int NOT NULL REFERENCES tenants, v int, big text, self int, ${parentKey});
    ALTER TABLE a ADD FOREIGN KEY (self) REFERENCES a (id) ON DELETE SET NULL ON UPDATE CASCADE;
    CREATE TABLE b (id int NOT NULL, a_id int NOT NULL REFERENCES a (id) ON DELETE CASCADE ON UPDATE CASCADE${deferred}, v int, big text, ${childKey});
    CREATE TABLE c (id int PRIMARY KEY, b_id int NOT NULL REFERENCES b (id) ON DELETE CASCADE ON UPDATE CASCADE, v int);
    CREATE TABLE "D d" (tenant_id int NOT NULL, code text NOT NULL, n int NOT NULL, "V v" int, big text, PRIMARY KEY (tenant_id, code, n));
    ALTER TABLE a ALTER big SET STORAGE EXTERNAL; ALTER TABLE b ALTER big SET STORAGE EXTERNAL; ALTER TABLE "D d" ALTER big SET STORAGE EXTERNAL;
    ${identities.join('; ')}; INSERT INTO tenants SELECT t, 'tenant ' || t FROM generate_series(1, 3) t`;
}

export const MODEL: TenantModel = TenantModel.parse({
  format: 'holdfast.tenant-model/1',
  tables: [
    { kind: 'root', table: 'public.tenants', column: 'id' },
    { kind: 'direct', table: 'public.a', column: 'tenant_id' },
    {
      kind: 'via',
      table: 'public.b',
      path: [{ columns: ['a_id'], references: 'public.a', referencedColumns: ['id'] }],
    },
    {
      ...{ kind: 'via', table: 'public.c' },
      path: [
        { columns: ['b_id'], references: 'public.b', referencedColumns: ['id'] },
        { columns: ['a_id'], references: 'public.a', referencedColumns: ['id'] },
      ],
    },
    { kind: 'direct', table: 'public."D d"', column: 'tenant_id' },
  ],
});

const text = (size: number, seed: number) =>
  size === 0
    ? `'small ${seed}'`
    : `(SELECT string_agg(md5((i * ${seed + 1})::text), '') FROM generate_series(1, ${size}) i)`;

/** The SQL of a statement. */
function sql(s: Statement): string {
  switch (s.op) {
    case 'insert-a':
      return `INSERT INTO a VALUES (${s.id}, ${s.tenant}, ${s.value}, ${text(s.big, s.value)}, ${s.self ?? 'NULL'})`;
    case 'insert-b':
      return `INSERT INTO b VALUES (${s.id}, ${s.parent}, ${s.value}, ${text(s.big, s.value)})`;
    case 'insert-c':
      return `INSERT INTO c VALUES (${s.id}, ${s.parent}, ${s.value})`;
    case 'insert-d':
      return `INSERT INTO "D d" VALUES (${s.tenant}, E'k\\t${s.id % 3}', ${s.id}, ${s.value}, ${text(s.big, s.value)})`;
    case 'update-a':
    case 'update-b':
    case 'update-c':
      return `UPDATE ${s.op.at(-1)} SET v = ${s.value} WHERE id = ${s.id}`;
    case 'update-d':
      return `UPDATE "D d" SET "V v" = ${s.value} WHERE n = ${s.id}`;
    case 'big-a':
    case 'big-b':
      return `UPDATE ${s.op.at(-1)} SET big = ${text(s.big, s.value)} WHERE id = ${s.id}`;
    case 'big-d':
      return `UPDATE "D d" SET big = ${text(s.big, s.value)} WHERE n = ${s.id}`;
    case 'key-a':
    case 'key-b':
    case 'key-c':
      return `UPDATE ${s.op.at(-1)} SET id = ${s.to} WHERE id = ${s.id}`;
    case 'key-d':
      return `UPDATE "D d" SET n = ${s.to} WHERE n = ${s.id}`;
    case 'delete-a':
    case 'delete-b':
    case 'delete-c':
      return `DELETE FROM ${s.op.at(-1)} WHERE id = ${s.id}`;
    case 'delete-d':
      return `DELETE FROM "D d" WHERE n = ${s.id}`;
    case 'merge-a':
      return `UPDATE b SET a_id = ${s.to} WHERE a_id = ${s.id}; DELETE FROM a WHERE id = ${s.id}`;
    case 'merge-b':
      return `UPDATE c SET b_id = ${s.to} WHERE b_id = ${s.id}; DELETE FROM b WHERE id = ${s.id}`;
    case 'reuse-a':
      return `DELETE FROM a WHERE id = ${s.id}; INSERT INTO a VALUES (${s.id}, ${s.tenant}, ${s.value}, 'again', NULL)`;
    case 'reuse-b':
      return `DELETE FROM b WHERE id = ${s.id}; INSERT INTO b VALUES (${s.id}, ${s.parent}, ${s.value}, 'again')`;
    case 'move-b':
      return `UPDATE b SET a_id = ${s.parent} WHERE id = ${s.id}`;
    case 'move-c':
      return `UPDATE c SET b_id = ${s.parent} WHERE id = ${s.id}`;
    case 'move-d':
      return `UPDATE "D d" SET tenant_id = ${s.tenant} WHERE n = ${s.id}`;
    case 'move-a':
      return `UPDATE a SET tenant_id = ${s.tenant} WHERE id = ${s.id}`;
    case 'truncate-a':
      return 'TRUNCATE a CASCADE';
    case 'truncate-c':
      return 'TRUNCATE c';
    case 'truncate-d':
      return 'TRUNCATE "D d"';
    case 'context':
      return `SELECT pg_logical_emit_message(true, 'holdfast.context', '{"request":${s.value}}')`;
    case 'same-a':
    case 'same-b':
      return `UPDATE ${s.op.at(-1)} SET v = v`;
  }
}

export type Rows = Record<string, string[]>;

/** After one commit: every tenant's rows, and positions and a time just before and just after it. */
export interface Remembered {
  readonly before: string;
  readonly after: string;
  readonly time: string;
  readonly states: ReadonlyMap<number, Rows>;
  /** The state after the commit before it. */
  readonly statesBefore: ReadonlyMap<number, Rows>;
}

export interface Played {
  readonly moments: readonly Remembered[];
  /** Statements that took effect and committed, by kind. */
  readonly kinds: ReadonlySet<string>;
}

const STATE = `
  SELECT 'public.tenants' AS t, id AS tenant, ROW(tenants.*)::text AS row FROM tenants
  UNION ALL SELECT 'public.a', tenant_id, ROW(a.*)::text FROM a
  UNION ALL SELECT 'public.b', a.tenant_id, ROW(b.*)::text FROM b JOIN a ON a.id = b.a_id
  UNION ALL SELECT 'public.c', a.tenant_id, ROW(c.*)::text FROM c JOIN b ON b.id = c.b_id JOIN a ON a.id = b.a_id
  UNION ALL SELECT 'public."D d"', tenant_id, ROW(d.*)::text FROM "D d" AS d`;

async function states(client: pg.Client): Promise<Map<number, Rows>> {
  const { rows } = await client.query(STATE);
  const found = new Map<number, Rows>(
    TENANTS.map(t => [t, Object.fromEntries(MODEL.tables.map(table => [table.table, []]))]),
  );
  for (const { t, tenant, row } of rows) found.get(tenant)![t]!.push(row);
  for (const state of found.values()) for (const list of Object.values(state)) list.sort();
  return found;
}

/**
 * A separate record between two commits, so that the position one before the log's end never belongs to another commit.
 */
const APART = "SELECT pg_logical_emit_message(false, 'test', 'apart'); ";

class Killed extends Error {}

/** Receives a tenant's rows while the log has everything committed: a restore to now must yield the same. */
export type Oracle = (tenant: number, rows: Rows) => Promise<void>;

/** Runs a history. The log is shipped to its end, and every tenant has at least one snapshot. */
export async function runHistory(
  ctx: Context,
  sessions: readonly pg.Client[],
  watcher: pg.Client,
  history: History,
  oracle: Oracle,
): Promise<Played> {
  const attempt = async (client: pg.Client, statement: Statement, undo: boolean) => {
    await client.query('SAVEPOINT s');
    try {
      await client.query(sql(statement));
      if (undo) await client.query('ROLLBACK TO s');
      return !undo;
    } catch {
      await client.query('ROLLBACK TO s');
      return false;
    }
  };
  await watcher.query('BEGIN; SET CONSTRAINTS ALL IMMEDIATE');
  for (const statement of history.before) await attempt(watcher, statement, false);
  await watcher.query('COMMIT');
  await shipLog(ctx);
  for (const t of TENANTS) await takeSnapshot(ctx, tenantId(String(t)));

  const moments: Remembered[] = [];
  const kinds = new Set<string>();
  const open = sessions.map(() => false);
  const inTransaction = sessions.map(() => new Set<string>());
  let statesBefore = await states(watcher);
  const end = async (index: number) => {
    if (!open[index]) return;
    const before = (
      (await watcher.query(`${APART}SELECT pg_current_wal_insert_lsn()::text AS lsn`)) as unknown as pg.QueryResult[]
    )[1]!.rows[0].lsn;
    const committed = await sessions[index]!.query('COMMIT').catch(() => undefined);
    open[index] = false;
    // A deferred foreign key failed: the transaction had no effect.
    if (committed === undefined) return inTransaction[index]!.clear();
    const [, { rows }] = (await watcher.query(
      `${APART}SELECT pg_current_wal_insert_lsn()::text AS lsn, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time`,
    )) as unknown as [pg.QueryResult, pg.QueryResult];
    const now = await states(watcher);
    moments.push({ before, after: rows[0].lsn, time: rows[0].time, states: now, statesBefore });
    statesBefore = now;
    for (const kind of inTransaction[index]!) kinds.add(kind);
    inTransaction[index]!.clear();
  };
  const killable = async (point: CrashPoint | null, work: (ctx: Context) => Promise<unknown>) => {
    const crash = (at: CrashPoint) => {
      if (at === point) throw new Killed(at);
    };
    try {
      await work(point ? { ...ctx, crash } : ctx);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  };
  let ships = 0;
  const ship = async (target: Context, judged?: readonly number[]) => {
    const { needSnapshot, caughtUp } = await shipLog(target);
    // One tenant after each run, since each costs a staging; all of them at the end.
    for (const t of caughtUp ? (judged ?? [TENANTS[ships++ % TENANTS.length]!]) : []) {
      const awaited = needSnapshot === 'all' || needSnapshot.includes(refOf(ctx, tenantId(String(t))));
      if (!awaited) await oracle(t, (await states(watcher)).get(t)!);
    }
    const tenants = needSnapshot === 'all' ? TENANTS : TENANTS.filter(() => needSnapshot.length > 0);
    for (const t of tenants) await takeSnapshot(ctx, tenantId(String(t)));
  };
  for (const event of history.events) {
    if (event.do === 'statement') {
      const index = event.session % sessions.length;
      if (!open[index]) await sessions[index]!.query('BEGIN');
      open[index] = true;
      if (await attempt(sessions[index]!, event.statement, event.undo && event.statement.op.startsWith('delete'))) {
        inTransaction[index]!.add(event.statement.op);
        // An open TRUNCATE blocks every reader, including Holdfast and the watcher.
        if (event.statement.op.startsWith('truncate')) await end(index);
      }
    } else if (event.do === 'commit') await end(event.session % sessions.length);
    else if (event.do === 'rollback') {
      const index = event.session % sessions.length;
      if (open[index]) await sessions[index]!.query('ROLLBACK');
      open[index] = false;
      inTransaction[index]!.clear();
    } else if (event.do === 'ship') await killable(event.crash, target => ship(target));
    else if (event.do === 'fold') await killable(event.crash, target => foldIncrementals(target));
    else await killable(event.crash, target => takeSnapshot(target, tenantId(String(event.tenant))));
  }
  for (const index of sessions.keys()) await end(index);
  await ship(ctx, []);
  await ship(ctx, TENANTS);
  return { moments, kinds };
}

/** Documented refusals: outside the window or in a gap; and rows incomplete in every log. */
export function isDocumentedRefusal(error: unknown): error is HoldfastError {
  return (
    error instanceof HoldfastError &&
    ['target-in-gap', 'before-window', 'after-window', 'incomplete-row'].includes(error.code)
  );
}

/** A small application with most of what makes a restore difficult, for the tests of difference and apply. */
import { afterEach } from 'vitest';
import { formatLsn } from '../../lib/domain/lsn.ts';
import type { Preview } from '../../lib/domain/preview.ts';
import { parseRestoreRequest, type RestoreRequest } from '../../lib/domain/restore-request.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import type { TableName } from '../../lib/domain/table-schema.ts';
import type { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { Context } from '../../lib/operations/context.ts';
import { applyStaged } from '../../lib/operations/restore/apply/apply-staged.ts';
import type { Applied } from '../../lib/operations/restore/apply/apply-transaction.ts';
import { diffStaged } from '../../lib/operations/restore/compare/diff-staged.ts';
import { type RestoreScope, resolveScope } from '../../lib/operations/restore/plan/restore-scope.ts';
import type { Source } from '../../lib/postgres/connection.ts';
import type { Staging } from '../../lib/postgres/staging/staging.ts';
import { modelOf, stageByHand } from './hand-staging.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import { type PgVersion, type TestDatabase, testDatabase } from './postgres.ts';
import type { RestoreRequestInput } from './restore-request.ts';

export const APP_SQL = `
  CREATE TYPE status AS ENUM ('open', 'done');
  CREATE TABLE currencies (code text PRIMARY KEY, label text NOT NULL);
  CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants,
    email text NOT NULL UNIQUE, manager_id bigint REFERENCES users);
  CREATE TABLE projects (tenant_id int NOT NULL REFERENCES tenants, id serial, title text NOT NULL, owner_id bigint REFERENCES users,
    state status NOT NULL DEFAULT 'open', meta jsonb, raw json, spot point, tags text[], amount numeric, currency text REFERENCES currencies,
    slug text GENERATED ALWAYS AS (lower(title)) STORED, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, title));
  CREATE TABLE "Odd Tasks" (id int PRIMARY KEY, tenant_id int NOT NULL, project_id int NOT NULL, "Due ""Day" date, note text,
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id) ON DELETE CASCADE);
  CREATE TABLE comments (id int PRIMARY KEY, task_id int NOT NULL REFERENCES "Odd Tasks", body text);
  CREATE TABLE events (tenant_id int NOT NULL, at date NOT NULL, id int NOT NULL, what text, PRIMARY KEY (tenant_id, at, id)) PARTITION BY RANGE (at);
  CREATE TABLE events_25 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE events_26 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE TABLE left_side (id int PRIMARY KEY, tenant_id int NOT NULL, right_id int NOT NULL);
  CREATE TABLE right_side (id int PRIMARY KEY, tenant_id int NOT NULL, left_id int NOT NULL REFERENCES left_side);
  ALTER TABLE left_side ADD FOREIGN KEY (right_id) REFERENCES right_side DEFERRABLE INITIALLY DEFERRED;
  CREATE INDEX ON "Odd Tasks" (tenant_id, project_id); CREATE INDEX ON comments (task_id);
  INSERT INTO currencies VALUES ('EUR', 'Euro'), ('USD', 'Dollar');
  INSERT INTO tenants SELECT t, 'tenant ' || t FROM generate_series(1, 3) t;
  INSERT INTO users (tenant_id, email) SELECT t, 'u' || u || '@' || t FROM generate_series(1, 3) t, generate_series(1, 4) u;
  UPDATE users SET manager_id = (SELECT min(id) FROM users m WHERE m.tenant_id = users.tenant_id) WHERE email NOT LIKE 'u1@%';
  INSERT INTO projects (tenant_id, title, owner_id, meta, raw, spot, tags, amount, currency)
    SELECT t, 'P' || p, (SELECT min(id) FROM users WHERE tenant_id = t), '{"a": 1}', '{"b":  2}', '(1,2)', '{x,y}', 1.50, 'EUR' FROM generate_series(1, 3) t, generate_series(1, 5) p;
  INSERT INTO "Odd Tasks" SELECT row_number() OVER (ORDER BY tenant_id, id), tenant_id, id, '2026-01-02', 'note' FROM projects;
  INSERT INTO comments SELECT id, id, 'body ' || id FROM "Odd Tasks";
  INSERT INTO events SELECT t, d, 1, 'e' FROM generate_series(1, 3) t, generate_series(date '2025-12-30', '2026-01-03', '1 day') d;
  BEGIN; INSERT INTO left_side SELECT t, t, t FROM generate_series(1, 3) t; INSERT INTO right_side SELECT t, t, t FROM generate_series(1, 3) t; COMMIT;`;

const direct = (table: string, more: object = {}) => ({ kind: 'direct', table, column: 'tenant_id', ...more });
const toTask = { columns: ['task_id'], references: 'public."Odd Tasks"', referencedColumns: ['id'] };

export const APP_MODEL = modelOf([
  { kind: 'shared', table: 'public.currencies' },
  { kind: 'root', table: 'public.tenants', column: 'id', component: 'configuration' },
  direct('public.users', { component: 'users' }),
  direct('public.projects'),
  direct('public."Odd Tasks"'),
  { kind: 'via', table: 'public.comments', path: [toTask] },
  direct('public.events'),
  direct('public.left_side'),
  direct('public.right_side'),
]);

export interface Fixture {
  readonly db: TestDatabase;
  readonly deps: LocalDeps;
  readonly ctx: Context;
  /** The tenant's rows now, as the target of later restores. */
  stage(tenant?: string, options?: Parameters<typeof stageByHand>[3]): Promise<Staging>;
  /** A request for that state, resolved in the database. */
  scope(staging: Staging, request?: Partial<RestoreRequestInput>): Promise<RestoreScope>;
  preview(staging: Staging, request?: Partial<RestoreRequestInput>): Promise<Preview>;
  /** Preview and apply, without retries. */
  restore(staging: Staging, request?: Partial<RestoreRequestInput>, approved?: boolean): Promise<Applied>;
  /** All rows of all given tables as text, ordered: to compare before and after. */
  content(where?: string): Promise<Record<TableName, string[]>>;
}

const open: Fixture[] = [];
afterEach(async () => {
  for (const fixture of open.splice(0)) {
    await fixture.db.drop();
    await fixture.deps.dispose();
  }
});

export async function fixture(
  version: PgVersion,
  sql = APP_SQL,
  model: TenantModel = APP_MODEL,
  as?: (db: TestDatabase) => Promise<Source>,
): Promise<Fixture> {
  const db = await testDatabase(version);
  await db.query(sql);
  const deps = await localDeps();
  const source = as ? await as(db) : db.source;
  const ctx: Context = {
    ...deps,
    source,
    model,
    settings: defaultSettings(),
    slot: 'holdfast',
    publication: 'holdfast',
  };
  const made: Fixture = {
    ...{ db, deps, ctx },
    stage: (tenant = '1', options = {}) =>
      stageByHand(db.source, ctx.model, tenant, options).then(staging => ({ ...staging, source })),
    scope: (staging, request) => resolveScope(ctx, ask(staging, request)),
    preview: (staging, request) =>
      made
        .scope(staging, request)
        .then(scope => diffStaged(ctx, staging, scope, { planMs: 0, stageMs: 0, targetTime: null })),
    restore: async (staging, request, approved = false) => {
      const preview = await made.preview(staging, request);
      const applied = await applyStaged(ctx, staging, await made.scope(staging, request), preview, {
        restoreId: 'test',
        approved,
        beforeCommit: async () => {},
      });
      return applied!;
    },
    content: async (where = 'true') => {
      const result: Record<TableName, string[]> = {};
      for (const { table } of ctx.model.tables) {
        const rows = await db.query(`SELECT r::text AS line FROM ${table} r WHERE ${where} ORDER BY 1`);
        result[table] = rows.map(row => row.line);
      }
      return result;
    },
  };
  open.push(made);
  return made;
}

function ask(staging: Staging, request: Partial<RestoreRequestInput> = {}): RestoreRequest {
  return parseRestoreRequest({
    tenant: staging.tenant,
    target: formatLsn(staging.target),
    requestedBy: 'test',
    ...request,
  });
}

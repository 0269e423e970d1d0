/**
 * Tiers and retention from the tenant table: what the query says clearly applies without a deployment; what it does not
 * say clearly weakens nothing; and it runs no code of the application's.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { decidePolicy } from '../../lib/domain/tenant-policy.ts';
import { policyOf } from '../../lib/operations/catalog/tenant-policies.ts';
import { FleetRequest, planFleet } from '../../lib/operations/fleet/plan-fleet.ts';
import { askedRetention, readPolicies } from '../../lib/operations/fleet/read-policies.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { doctor } from '../../lib/operations/model/doctor.ts';
import { expireBackups, planExpiry } from '../../lib/operations/retention/expire-backups.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { runPolicyQuery } from '../../lib/postgres/catalogs/policy-query.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const PLANS = 'SELECT id AS tenant, plan AS tier, keep AS annual_days FROM public.tenants';
const KEEP = { dailyDays: 1, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays: 1 };

describe.each(PG_VERSIONS)('tiers and retention from a query on PostgreSQL %i', version => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(version);
    await log.sql(
      `ALTER TABLE tenants ADD plan text, ADD keep int; UPDATE tenants SET plan = 'critical' WHERE id = 'a'`,
    );
    await shipLog(log.ctx);
    await planFleet(log.ctx, FleetRequest.parse({}));
  });
  afterEach(() => log?.dispose());

  const withQuery = (policyQuery: string) => ({ ...log.ctx, policyQuery });
  const read = (query = PLANS) => readPolicies(withQuery(query));
  const known = (id: string) => policyOf(log.ctx.catalog, log.ref(id));

  it('apply to a new customer with the next fleet run', async () => {
    await log.sql(`INSERT INTO tenants (id, plan, keep) VALUES ('new', 'archive', 3653)`);
    const { policies, plan } = await planFleet(withQuery(PLANS), FleetRequest.parse({}));
    expect(plan.tenants).toBe(3);
    expect(policies).toMatchObject({ problems: 0, counts: { rows: 3, changed: 3, missing: 0, unknown: 0 } });
    expect(await known('new')).toEqual({ tier: 'archive', retention: { annualDays: 3653 } });
    expect(await known('a')).toEqual({ tier: 'critical' });
    expect(await known('b')).toEqual({});
    expect((await read())!.counts!.changed).toBe(0);
  });

  it('stay as they were where a row is unclear, a tenant is missing or the query fails', async () => {
    await log.sql(`UPDATE tenants SET plan = 'critical', keep = 3653`);
    await read();
    const before = await known('a');
    const unclear = [
      ["UPDATE tenants SET plan = 'gold' WHERE id = 'a'", { unknownTier: 1 }],
      ["UPDATE tenants SET plan = 'archive', keep = 0 WHERE id = 'a'", { wrongDays: 1 }],
      ["UPDATE tenants SET keep = -5 WHERE id = 'a'", { wrongDays: 1 }],
    ] as const;
    for (const [change, refused] of unclear) {
      await log.sql(change);
      expect(await read()).toMatchObject({ problems: 1, counts: { refused } });
      expect(await known('a')).toEqual(before);
    }
    const same = `${PLANS} WHERE id = 'b'`;
    expect(await read(`${same} UNION ALL ${same}`)).toMatchObject({ problems: 0 });
    const twice = `SELECT 'a' AS tenant, 'critical' AS tier UNION ALL SELECT 'a', 'standard'`;
    expect(await read(twice)).toMatchObject({ problems: 1, counts: { refused: { contradicting: 1 } } });
    expect(await read(`${PLANS} WHERE id = 'b'`)).toMatchObject({ problems: 0, counts: { missing: 1 } });
    expect(await read(`SELECT NULL AS tenant, 'archive' AS tier`)).toMatchObject({ problems: 1 });
    for (const failing of [
      'SELECT id AS tenant FROM tenants',
      'SELECT id AS tenant, 1/0 AS log_days FROM public.tenants',
    ]) {
      expect(await read(failing)).toEqual({
        problems: 1,
        failed: 'policy-query-failed',
      });
    }
    expect(await known('a')).toEqual(before);
  });

  it('never weaken protection because the query never answered: nothing is removed, log included, and people are told', async () => {
    const ctx = withQuery('SELECT id AS tenant FROM public.no_such_table');
    for (const id of ['a', 'b']) await takeSnapshot(ctx, tenantId(id), { reason: 'manual' });
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x')`);
    await shipLog(ctx);
    await foldIncrementals(ctx);
    const later = { ...ctx, clock: { now: () => new Date(Date.now() + 400 * 24 * 3600 * 1000) } };
    for (const id of ['a', 'b']) await takeSnapshot(ctx, tenantId(id), { reason: 'manual' });
    const undecided = await planExpiry(later, await askedRetention(ctx, KEEP));
    expect(
      [...undecided.owners.flatMap(owner => owner.decisions), ...undecided.log].filter(({ keep }) => !keep),
    ).toEqual([]);
    expect(log.deps.notices.at(-1)).toMatchObject({ severity: 'alarm', code: 'tenant-policies' });
    await expireBackups(later, undecided);
    const decided = await planExpiry(later, await askedRetention(withQuery(PLANS), KEEP));
    expect(decided.owners.flatMap(owner => owner.decisions).some(({ keep }) => !keep)).toBe(true);
  });

  it('run no code of the application, no view, and nothing that has effects', async () => {
    await log.sql(`
      CREATE SCHEMA app; CREATE SEQUENCE app.calls;
      CREATE FUNCTION app.tier(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM nextval(''app.calls''); RETURN ''critical''; END';
      CREATE FUNCTION app.same(a text, b text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE OPERATOR app.= (LEFTARG = text, RIGHTARG = text, FUNCTION = app.same);
      CREATE TYPE app.plan AS ENUM ('critical');
      CREATE FUNCTION app.plan_text(p app.plan) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'archive' $$;
      CREATE CAST (app.plan AS text) WITH FUNCTION app.plan_text(app.plan) AS IMPLICIT;
      CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
      CREATE AGGREGATE app.any_of(text) (SFUNC = textcat, STYPE = text);
      CREATE VIEW app.list AS SELECT id, app.tier(id) AS plan FROM public.tenants;
      ALTER TABLE tenants ADD kind app.plan DEFAULT 'critical'`);
    const foreign = [
      'SELECT id AS tenant, app.tier(id) AS tier FROM public.tenants',
      "SELECT id AS tenant, app.tier('constant') AS tier FROM public.tenants",
      "SELECT id AS tenant FROM public.tenants WHERE id OPERATOR(app.=) 'a'",
      'SELECT id AS tenant, kind::text AS tier FROM public.tenants',
      "SELECT id AS tenant, pg_catalog.concat(kind) AS tier FROM public.tenants WHERE pg_catalog.lower(kind) = 'x'",
      'SELECT id AS tenant, keep::app.positive AS log_days FROM public.tenants',
      'SELECT app.any_of(id) AS tenant FROM public.tenants',
      "SELECT id AS tenant, pg_catalog.set_config('search_path', 'app', false) AS tier FROM public.tenants",
      "SELECT id AS tenant, pg_catalog.query_to_xml('SELECT 1', true, true, '')::text AS tier FROM public.tenants",
      'SELECT id AS tenant, id AS password FROM public.tenants',
      'SELECT plan AS tier FROM public.tenants',
      'SELECT id AS tenant FROM public.tenants FOR UPDATE',
    ];
    for (const query of foreign) {
      await expect(runPolicyQuery(log.ctx.source, query), query).rejects.toMatchObject({
        code: 'policy-query-refused',
      });
    }
    // Recent servers refuse views themselves.
    await expect(
      runPolicyQuery(log.ctx.source, 'SELECT id AS tenant, plan AS tier FROM app.list'),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^policy-query-(refused|failed)$/) });
    expect(await log.sql('SELECT is_called FROM app.calls')).toEqual([{ is_called: false }]);
    for (const query of [
      'WITH gone AS (DELETE FROM public.tenants RETURNING id) SELECT id AS tenant FROM gone',
      'SELECT id AS tenant FROM public.tenants; DROP TABLE public.tenants',
      'SELECT 1) AS a; DROP TABLE public.tenants; SELECT * FROM (SELECT 1',
    ]) {
      await expect(runPolicyQuery(log.ctx.source, query), query).rejects.toMatchObject({ code: 'policy-query-failed' });
    }
    const plain = `SELECT t.id AS tenant, CASE WHEN pg_catalog.lower(t.plan) = 'critical' THEN 'critical' END AS tier,
      COALESCE(t.keep, 30) AS log_days FROM public.tenants t WHERE t.id IS NOT NULL ORDER BY t.id -- all;`;
    expect(await runPolicyQuery(log.ctx.source, plain)).toEqual([
      { tenant: 'a', tier: 'critical', log_days: '30' },
      { tenant: 'b', tier: null, log_days: '30' },
    ]);
  });

  it('are shown by the doctor in counts', async () => {
    await log.sql(`UPDATE tenants SET plan = 'gold' WHERE id = 'b'`);
    const { findings } = await doctor(withQuery(PLANS));
    const of = (code: string) => findings.find(found => found.code === code);
    expect(of('tenant-policies')?.message).toContain('2 rows: critical 1; 0 tenants with a retention of their own');
    expect(of('tenant-policies-refused')).toMatchObject({ severity: 'warning' });
    const broken = await doctor(withQuery('SELECT id AS tenant, tenant_secret FROM public.tenants'));
    expect(broken.findings.map(({ code }) => code)).toContain('policy-query-failed');
  });
});

it('a person’s entry wins over the query, and the query over the default', () => {
  const stated = {
    tier: 'standard',
    retention: KEEP,
    tenants: { tiers: { a: 'archive' }, retention: { a: { logDays: 9 } } },
    queried: true,
  } as const;
  const answered = { tier: 'critical', retention: { logDays: 5, dailyDays: 5 } } as const;
  expect(decidePolicy(stated, 'a', answered)).toEqual({
    tier: 'archive',
    retention: { ...KEEP, logDays: 9, dailyDays: 5 },
  });
  expect(decidePolicy(stated, 'b', answered)).toMatchObject({ tier: 'critical', retention: { logDays: 5 } });
  expect(decidePolicy(stated, 'b', undefined)).toEqual({ tier: 'standard', retention: { ...KEEP, undecided: true } });
});

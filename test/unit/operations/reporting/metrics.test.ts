/**
 * The metrics: every value is what another look into the same catalog says, what is not known has no sample, nothing names
 * a tenant, and the dashboard asks only for what is there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveMetrics } from '../../../../bin/terminal/metrics-server.ts';
import { OBJECTIVES } from '../../../../lib/domain/objectives.ts';
import {
  METRIC_FAMILIES,
  type MetricFamily,
  openMetricsText,
  type Sample,
} from '../../../../lib/domain/open-metrics.ts';
import { defaultSettings } from '../../../../lib/domain/settings.ts';
import { SYSTEM, tenantId, tenantRef } from '../../../../lib/domain/tenant.ts';
import { accidents } from '../../../../lib/operations/catalog/accident-items.ts';
import { backups, runs } from '../../../../lib/operations/catalog/catalog-index.ts';
import { openFailure } from '../../../../lib/operations/fleet/open-failures.ts';
import { measureNow } from '../../../../lib/operations/reporting/measure-now.ts';
import { type LocalDeps, localDeps } from '../../../support/local-deps.ts';
import { DAY, makeDay } from '../../../support/made-years.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const NAMES = ['Acme & Sons', 'Bär GmbH'].map(tenantId);
const [acme, bear] = NAMES.map(name => tenantRef('test-installation', name));
const tierOf = (ref: string) => (ref === acme ? 'critical' : 'standard');

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps({ now: new Date(BEGIN) });
  for (const owner of [acme!, bear!, SYSTEM]) await deps.keyring.ensureKey(owner);
});
afterEach(() => deps.dispose());

async function live(days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    deps.clock.set(new Date(BEGIN + (day + 2) * DAY));
    await makeDay(deps, NAMES, { begin: BEGIN, day, wrongBy: 0, settings: defaultSettings() });
  }
}

function sampleOf(samples: readonly Sample[], family: MetricFamily, labels: Record<string, string> = {}) {
  const found = samples.filter(
    each => each.family === family && Object.entries(labels).every(([name, value]) => each.labels?.[name] === value),
  );
  expect(found.length, family).toBeLessThanOrEqual(1);
  return found[0]?.value;
}

it('say what the catalog says, looked at in another way', async () => {
  await live(3);
  deps.clock.advance(90_000);
  const now = deps.clock.now().getTime();
  const samples = await measureNow(deps, tierOf, null);
  const newest = Date.parse((await runs.list(deps.catalog)).at(-1)!.toTime);
  expect(sampleOf(samples, 'holdfast_newest_recoverable_moment_age_seconds')).toBe((now - newest) / 1000);
  expect(sampleOf(samples, 'holdfast_recovery_point_age_seconds', { tier: 'critical' })).toBe((now - newest) / 1000);
  for (const [tier, ref] of [
    ['critical', acme!],
    ['standard', bear!],
  ] as const) {
    const own = (await backups.list(deps.catalog, ref)).filter(item => item.kind === 'snapshot');
    const age = (now - Date.parse(own.at(-1)!.createdAt)) / 1000;
    expect(sampleOf(samples, 'holdfast_last_snapshot_age_seconds', { tier })).toBe(age);
    expect(sampleOf(samples, 'holdfast_verification_age_seconds', { tier })).toBe(
      (now - Date.parse(own[0]!.createdAt)) / 1000,
    );
    const objective = OBJECTIVES[tier].recoveryPointSeconds;
    expect(sampleOf(samples, 'holdfast_recovery_point_objective_seconds', { tier })).toBe(objective);
  }
  expect(sampleOf(samples, 'holdfast_tenants', { state: 'safe' })).toBe(2);
  expect(sampleOf(samples, 'holdfast_tenants', { state: 'broken' })).toBe(0);
  let stored = 0;
  for (const ref of [acme!, bear!])
    for (const item of await backups.list(deps.catalog, ref)) stored += item.storedBytes;
  expect(sampleOf(samples, 'holdfast_stored_bytes', { kind: 'backups' })).toBe(stored);
});

it('have no sample for what is not known, and a zero only for a counted zero', async () => {
  const empty = await measureNow(deps, tierOf, null);
  expect(sampleOf(empty, 'holdfast_newest_recoverable_moment_age_seconds')).toBeUndefined();
  expect(empty.filter(({ labels }) => labels?.tier)).toEqual([]);
  expect(sampleOf(empty, 'holdfast_requests_waiting')).toBe(0);
  // A database that does not answer is reported, and hides nothing else.
  const unreachable = { source: { url: 'postgres://nobody@127.0.0.1:1/none' }, slot: 'holdfast' };
  const samples = await measureNow(deps, tierOf, unreachable);
  expect(sampleOf(samples, 'holdfast_source_up')).toBe(0);
  expect(sampleOf(samples, 'holdfast_slot_retained_bytes')).toBeUndefined();
  // On one machine nobody records failed executions: a zero would say that there were none.
  expect(sampleOf(samples, 'holdfast_open_failures', { kind: 'backup-failed' })).toBeUndefined();
  expect(sampleOf(samples, 'holdfast_stored_bytes', { kind: 'log' })).toBe(0);
});

it('count open failures and the accidents of a day, and name no tenant', async () => {
  await live(1);
  const region = 'local';
  await openFailure(deps, {
    ...{ kind: 'backup-failed', workflow: 'back-up-fleet' },
    tenant: acme!,
    code: 'x',
    region,
  });
  const at = (hours: number) => new Date(deps.clock.now().getTime() - hours * 3600_000).toISOString();
  for (const hours of [1, 23, 25]) {
    const item = { at: at(hours), tenant: acme!, table: 'public.invoices', kind: 'delete' as const, count: 900 };
    await deps.catalog.write([accidents.put({ ...item, transaction: null })]);
  }
  const samples = await measureNow(deps, tierOf, null);
  expect(sampleOf(samples, 'holdfast_open_failures', { kind: 'backup-failed' })).toBe(1);
  const [item] = await backups.list(deps.catalog, bear!);
  await deps.catalog.write([backups.put(bear!, { ...item!, verified: { at: at(2), ok: false } })]);
  expect(sampleOf(await measureNow(deps, tierOf, null), 'holdfast_failed_verifications')).toBe(1);
  expect(sampleOf(samples, 'holdfast_possible_accidents')).toBe(2);
  const text = openMetricsText(samples);
  for (const name of [...NAMES, acme!, bear!]) expect(text).not.toContain(name);
});

it('end with a unit where they have one, and have help', () => {
  for (const [name, family] of Object.entries(METRIC_FAMILIES)) {
    expect(name).toMatch(/^holdfast_[a-z_]+$/);
    expect(name).not.toMatch(/_total$/);
    if ('unit' in family) expect(name.endsWith(`_${family.unit}`), name).toBe(true);
    else expect(name).not.toMatch(/_(seconds|bytes|ratio)$/);
    expect(family.help).toMatch(/\S/);
  }
});

it('are all in docs/metrics.md, and the dashboard asks for no other', () => {
  const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
  const sampleNames = Object.entries(METRIC_FAMILIES).map(
    ([name, { type }]) => `${name}${type === 'counter' ? '_total' : ''}`,
  );
  for (const name of sampleNames) expect(page).toContain(`\`${name}\``);
  const dashboard = JSON.parse(readFileSync(join(ROOT, 'examples/grafana/holdfast.json'), 'utf8'));
  const asked = new Set<string>();
  for (const { targets } of dashboard.panels)
    for (const { expr } of targets) for (const [name] of expr.matchAll(/holdfast_[a-z_]+/g)) asked.add(name);
  expect([...asked].filter(name => !sampleNames.includes(name))).toEqual([]);
  // Everything but the version and the counters of bytes is on it.
  expect(sampleNames.filter(name => !asked.has(name))).toEqual([
    ...['holdfast_build_info', 'holdfast_newest_recoverable_moment_timestamp_seconds', 'holdfast_shipped_bytes_total'],
  ]);
});

it('are served at one path, once for all who ask together, and an error says nothing', async () => {
  let reads = 0;
  let fail = false;
  const served = await serveMetrics(
    async () => {
      reads += 1;
      await new Promise(setImmediate);
      if (fail) throw new Error('secret');
      return openMetricsText([{ family: 'holdfast_source_up', value: 1 }]);
    },
    { host: '127.0.0.1', port: 0 },
  );
  const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${served.port}${path}`, { method });
  const first = await get('/metrics');
  expect(first.headers.get('content-type')).toContain('application/openmetrics-text');
  expect(await first.text()).toMatch(/^# TYPE holdfast_source_up gauge[\s\S]*\nholdfast_source_up 1\n# EOF\n$/);
  expect((await get('/')).status).toBe(404);
  expect((await get('/metrics', 'POST')).status).toBe(405);
  expect(reads).toBe(1);
  fail = true;
  const failed = await get('/metrics');
  expect([failed.status, await failed.text()]).toEqual([500, 'unexpected\n']);
  await expect(serveMetrics(async () => '', { host: '127.0.0.1', port: served.port })).rejects.toMatchObject({
    code: 'port-in-use',
  });
  await served.close();
});

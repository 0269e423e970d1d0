/**
 * A moment of the year at which everything is compared with the model: the audit trail, evidence bundles, simulated retention, and a
 * catalog that is rebuilt from the vault.
 */
import { expect } from 'vitest';
import type { EvidenceFact, Framework } from '../../lib/domain/evidence/bundle.ts';
import type { RetentionPolicy } from '../../lib/domain/retention.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { backups, restores, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { holdItems } from '../../lib/operations/catalog/hold-items.ts';
import { gatherEvidence } from '../../lib/operations/governance/evidence/gather-evidence.ts';
import { listRequests } from '../../lib/operations/governance/list-requests.ts';
import { verifyAudit } from '../../lib/operations/governance/verify-audit.ts';
import { rebuildCatalog } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { simulatePolicy } from '../../lib/operations/retention/simulate-policy.ts';
import type { Catalog } from '../../lib/ports.ts';
import { APPROVALS, type GovernedYear, USUAL } from './governed-year.ts';
import { memoryCatalog } from './memory-catalog.ts';
import { modelFacts } from './year-evidence.ts';
import type { ModelRequest, ModelTenant } from './year-model.ts';

const FRAMEWORKS: readonly Framework[] = ['gdpr', 'soc2', 'dora'];
const configuration = {
  ...{ place: 'aws' as const, regions: ['here', 'there'], keys: 'dedicated' as const, retention: USUAL },
  ...{ approvals: APPROVALS, roles: { approver: 2 } },
};

/** `from`: milliseconds since 1970, where the range of the evidence begins. */
export async function compareMoment(year: GovernedYear, from: number): Promise<void> {
  await compareTrail(year);
  await compareEvidence(year, from);
  await compareSimulation(year);
  await compareRequests(year);
  await compareRebuilt(year);
  compareAlarms(year);
}

async function compareTrail({ deps, model, day }: GovernedYear): Promise<void> {
  const chains = new Map<string, string[]>();
  const { problems, anchors } = await verifyAudit(deps, {
    onEvent: ({ tenant, who, action, outcome, code }) => {
      const what = `${who.name}: ${action} ${outcome}${code === undefined ? '' : ` ${code}`}`;
      chains.set(tenant, [...(chains.get(tenant) ?? []), what]);
    },
  });
  expect(problems).toEqual([]);
  expect(anchors.count).toBe(day);
  expect([...chains.keys()].sort()).toEqual([...model.chains.keys()].sort());
  for (const [tenant, events] of model.chains) expect(chains.get(tenant), `day ${day}: ${tenant}`).toEqual(events);
}

async function compareEvidence(year: GovernedYear, from: number): Promise<void> {
  const now = year.now();
  const to = now + 1;
  const expected = modelFacts(year.model, { from, to, now });
  for (const framework of FRAMEWORKS) {
    const asked = { framework, from: new Date(from), to: new Date(to), configuration };
    const { facts, controls } = await gatherEvidence(year.deps, asked);
    for (const fact of facts) compareFact(year, fact, expected.get(fact.name)!);
    const shown = new Set(facts.filter(fact => fact.shown).map(({ name }) => name));
    for (const control of controls) {
      const missing = control.facts.flatMap(name => expected.get(name)!.missing);
      expect([...control.missing].sort(), control.id).toEqual([...new Set(missing)].sort());
      const met = control.facts.filter(name => shown.has(name)).length;
      const state = met === control.facts.length ? 'met' : met > 0 ? 'partly-met' : 'not-met';
      expect(control.state, control.id).toBe(state);
    }
  }
}

function compareFact(
  { day }: GovernedYear,
  { name, found, missing, shown }: EvidenceFact,
  expected: { readonly found: readonly string[]; readonly missing: readonly string[] },
): void {
  const context = `day ${day}: ${name}`;
  expect(missing, context).toEqual(expected.missing);
  for (const sentence of expected.found) expect(found, context).toContain(sentence);
  expect(shown, context).toBe(expected.missing.length === 0);
}

/** The policy in force takes nothing more than an expiry did; a shorter one takes what the model says. */
async function compareSimulation(year: GovernedYear): Promise<void> {
  const { deps, model } = year;
  const all = model.tenants.map(tenant => ({ tenant, policy: tenant.promises.inForce as RetentionPolicy }));
  const same = all.map(({ tenant, policy }) => ({ tenant: tenant.ref as TenantRef, before: policy, after: policy }));
  const unchanged = await simulatePolicy(deps, same);
  expect(unchanged.log.goes.backups).toBe(0);
  for (const { goes, staysLonger } of unchanged.tenants) expect([goes.backups, staysLonger]).toEqual([0, 0]);
  const shorter = all.map(({ tenant, policy }) => {
    const after = { ...policy, dailyDays: 1, weeklyDays: 7, monthlyDays: 31 };
    return { tenant: tenant.ref as TenantRef, before: policy, after };
  });
  const { tenants: simulated } = await simulatePolicy(deps, shorter);
  for (const [index, { tenant }] of all.entries()) {
    const { goes, onRelease } = simulated[index]!;
    const without = goesUnder(year, tenant, shorter[index]!.after);
    // While a hold stands nothing goes; what would go after its release is said.
    const expected = model.isHeld(tenant) ? [0, without] : [without, 0];
    expect([goes.backups, onRelease], `day ${year.day}: ${tenant.name}`).toEqual(expected);
  }
}

/** Snapshots with a reason under the policy in force and none under the other one, whatever is held. */
function goesUnder({ model, now }: GovernedYear, tenant: ModelTenant, after: RetentionPolicy): number {
  if (tenant.countdown || tenant.destroyed) return 0;
  const { promises } = tenant;
  const before = promises.inForce!;
  const kept = (policy: RetentionPolicy) => {
    promises.inForce = policy;
    return promises.taken.filter(({ id }) => model.hasReason(tenant, id, now()));
  };
  const still = new Set(kept(after).map(({ id }) => id));
  return kept(before).filter(({ id }) => !still.has(id)).length;
}

async function compareRequests({ deps, model, now }: GovernedYear): Promise<void> {
  const views = await listRequests(deps, { ended: Number.MAX_SAFE_INTEGER });
  const told = views.map(({ request, state }) => `${request.tenant} ${request.id} ${request.action} ${state}`);
  const state = (request: ModelRequest) => {
    if (request.state !== 'waiting') return request.state;
    if (request.expires <= now()) return 'expired';
    return request.approvals >= APPROVALS[request.action as keyof typeof APPROVALS] ? 'approved' : 'waiting';
  };
  const expected = model.requests.map(each => `${each.tenant} ${each.id} ${each.action} ${state(each)}`);
  expect(told.sort()).toEqual(expected.sort());
}

/** From the vault alone. */
async function compareRebuilt(year: GovernedYear): Promise<void> {
  const { deps, model } = year;
  const catalog = memoryCatalog();
  const { leftOut } = await rebuildCatalog({ ...deps, catalog });
  const [before, after] = [await listed(deps.catalog, model.tenants), await listed(catalog, model.tenants)];
  expect(leftOut).toEqual([]);
  expect(after).toEqual(before);
  const standing = model.tenants.map(tenant => [tenant.ref, tenant.holds.filter(hold => hold.standing)] as const);
  const held = standing.filter(([, holds]) => holds.length > 0);
  const items = (await holdItems.list(catalog)).map(({ tenant, holds }) => [tenant, [...holds].sort()]);
  expect(items.sort()).toEqual(held.map(([ref, holds]) => [ref, holds.map(({ id }) => id).sort()]).sort());
  const { problems } = await verifyAudit({ ...deps, catalog });
  expect(problems).toEqual([]);
}

async function listed(catalog: Catalog, all: readonly ModelTenant[]) {
  const found: Record<string, unknown> = { runs: (await runs.list(catalog)).map(({ id }) => id) };
  const items = new Map((await tenants.list(catalog)).map(item => [item.ref as string, item]));
  expect([...items.keys()].sort()).toEqual(all.map(({ ref }) => ref).sort());
  for (const { ref, destroyed, countdown } of all) {
    const item = items.get(ref)!;
    const owner = ref as TenantRef;
    const destruction = destroyed ? 'done' : countdown ? 'pending' : undefined;
    expect(item.destruction, ref).toBe(destruction);
    found[ref] = {
      backups: (await backups.list(catalog, owner)).map(({ id, kind, sha256 }) => `${kind} ${id} ${sha256}`),
      restores: (await restores.list(catalog, owner)).map(each => (each as { id: string }).id).sort(),
    };
  }
  return found;
}

function compareAlarms({ deps, model }: GovernedYear): void {
  const counts = new Map<string, number>();
  for (const { code } of deps.notices) counts.set(code, (counts.get(code) ?? 0) + 1);
  expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(model.alarms));
}

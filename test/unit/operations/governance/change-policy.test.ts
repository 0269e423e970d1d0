/**
 * A configured retention that is shorter than the one in force: expiry keeps by the longer one until a request for exactly
 * this change was approved and executed. No forged, copied, altered or used approval changes that.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policyApprovalPrefix, retentionPolicyKey, retentionPolicyPrefix } from '../../../../lib/domain/object-key.ts';
import type { RetentionPolicy } from '../../../../lib/domain/retention.ts';
import { Settings } from '../../../../lib/domain/settings.ts';
import { SYSTEM, tenantId } from '../../../../lib/domain/tenant.ts';
import { backups } from '../../../../lib/operations/catalog/catalog-index.ts';
import type { ActionKind } from '../../../../lib/operations/governance/action-kind.ts';
import { changePolicy } from '../../../../lib/operations/governance/change-policy.ts';
import { decideRequest } from '../../../../lib/operations/governance/decide-request.ts';
import { executeAction } from '../../../../lib/operations/governance/execute-action.ts';
import { HoldInput, placeHold, planHold } from '../../../../lib/operations/governance/holds/place-hold.ts';
import { readRequest } from '../../../../lib/operations/governance/read-request.ts';
import { requestAction } from '../../../../lib/operations/governance/request-action.ts';
import { expireBackups, planExpiry } from '../../../../lib/operations/retention/expire-backups.ts';
import { policyHistory } from '../../../../lib/operations/retention/policy-in-force.ts';
import { showRetention } from '../../../../lib/operations/retention/show-retention.ts';
import { simulatePolicy } from '../../../../lib/operations/retention/simulate-policy.ts';
import { putSigned } from '../../../../lib/operations/storage/signed-document.ts';
import { acme, anna, governedWorld, other, root, storedKeys, type World } from '../../../support/governed.ts';
import { hold, responsible } from '../../../support/held-tenant.ts';
import { DAY, makeDay } from '../../../support/made-years.ts';

const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const settings = Settings.parse({ retentionDays: { snapshot: 1, log: 1, incremental: 1 } });
const LONG: RetentionPolicy = { dailyDays: 20, weeklyDays: 20, monthlyDays: 20, annualDays: 20, logDays: 5 };
const SHORT: RetentionPolicy = { ...LONG, dailyDays: 3, weeklyDays: 1, monthlyDays: 1, annualDays: 1 };
const kinds = [changePolicy as ActionKind];
const names = [tenantId('acme'), tenantId('other')];

let world: World;
let configured: RetentionPolicy;
beforeEach(async () => {
  world = await governedWorld();
  configured = LONG;
  for (const tenant of [acme, other]) await world.deps.keyring.ensureKey(tenant);
  await world.deps.keyring.ensureKey(SYSTEM);
  for (let day = 0; day < 12; day++) await live(day);
  await expire();
});
afterEach(() => world.deps.dispose());

async function live(day: number) {
  world.deps.clock.set(new Date(BEGIN + (day + 2) * DAY));
  await makeDay(world.deps, names, { begin: BEGIN, day, wrongBy: 0, settings });
}

async function expire() {
  const plan = await planExpiry(world.deps, () => configured);
  await expireBackups(world.deps, plan);
  return plan;
}

async function snapshots(tenant = acme): Promise<number> {
  return (await backups.list(world.deps.catalog, tenant)).filter(item => item.kind === 'snapshot').length;
}

const input = (tenant = acme, policy = SHORT) => ({ changes: [{ tenant, policy }] });

async function request(tenant = acme, asked: unknown = input(tenant)) {
  return requestAction(world.deps, kinds, {
    ...{ principal: root, action: 'change-policy', tenant, input: asked, reason: 'a shorter contract' },
  });
}

async function approved(tenant = acme, asked: unknown = input(tenant)) {
  world.rule = { approvals: 1, from: ['approver'] };
  const { id, planHash } = await request(tenant, asked);
  await decideRequest(world.deps, { principal: anna, tenant, id, agrees: true, planHash });
  return { id, result: await executeAction(world.deps, kinds, { principal: root, tenant, id }) };
}

describe('a shorter retention', () => {
  it('keeps by the longer one until the change is approved, then removes exactly what the request said', async () => {
    const before = await snapshots();
    configured = SHORT;
    const waiting = await expire();
    expect(await snapshots()).toBe(before);
    expect(waiting.owners[0]!.inForce).toMatchObject({ policy: LONG, configured: SHORT });
    const { result } = await approved();
    expect(Object.keys(result.records)).toEqual([expect.stringContaining(policyApprovalPrefix(acme, 1))]);
    const [asked] = await world.trail(acme);
    expect(asked).toMatchObject({ action: 'changePolicy', outcome: 'requested' });
    const plan = changePolicy.plan.parse((await requestedPlan(result.request)).body);
    const [simulated] = plan.simulation.tenants;
    expect(simulated!.goes.backups).toBeGreaterThan(2);
    const all = (await backups.list(world.deps.catalog, acme)).length;
    await expire();
    expect(all - (await backups.list(world.deps.catalog, acme)).length).toBe(simulated!.goes.free);
    expect(simulated!.goes.free + simulated!.goes.locked.length).toBeGreaterThan(0);
    expect((await policyHistory(world.deps, acme)).at(-1)!.document).toMatchObject({
      because: 'approved',
      sequence: 2,
    });
    // The other tenant was not asked about.
    expect(await snapshots(other)).toBe(before);
  });

  it('is recorded on the request path where no approval is configured', async () => {
    configured = SHORT;
    world.rule = { approvals: 0 };
    const { id } = await request();
    await executeAction(world.deps, kinds, { principal: root, tenant: acme, id });
    await expire();
    expect((await policyHistory(world.deps, acme)).at(-1)!.document.policy).toEqual(SHORT);
    expect((await world.trail(acme)).map(event => event.outcome)).toEqual(['requested', 'started', 'done']);
  });

  it('of a held tenant says that nothing goes, and what goes on release', async () => {
    configured = SHORT;
    const free = changePolicy.plan.parse((await requestedPlan((await request()).id)).body).simulation.tenants[0]!;
    await hold(world.deps, acme);
    const { id } = await request();
    const { simulation } = changePolicy.plan.parse((await requestedPlan(id)).body);
    expect(simulation.tenants[0]).toMatchObject({
      goes: { backups: 0, bytes: 0, held: 0 },
      onRelease: free.goes.backups,
    });
    expect((await requestedPlan(id)).sentences.join()).toContain(`A legal hold keeps ${free.goes.backups} more`);
  });

  it('of a tenant with a hidden hold is planned and shown as without it', async () => {
    configured = SHORT;
    const shown = () => showRetention(world.deps, acme, LONG, false);
    const simulated = () => simulatePolicy(world.deps, [{ tenant: acme, before: LONG, after: SHORT }], false);
    const [planned, seen, simulation] = [await requestedPlan((await request()).id), await shown(), await simulated()];
    const by = responsible();
    await placeHold(world.deps, acme, planHold(world.deps, HoldInput.parse({ matter: 'm', hidden: true })), by);
    expect(await shown()).toEqual(seen);
    expect(await simulated()).toEqual(simulation);
    expect((await requestedPlan((await request()).id)).sentences).toEqual(planned.sentences);
    expect((await showRetention(world.deps, acme, LONG)).backups[0]).toMatchObject({
      held: true,
      reasons: expect.arrayContaining(['legal hold']),
    });
  });

  it('is approved for all tenants together', async () => {
    configured = SHORT;
    const changes = [acme, other].map(tenant => ({ tenant, policy: SHORT }));
    const { result } = await approved(SYSTEM, { changes });
    expect(Object.keys(result.records)).toHaveLength(2);
    await expire();
    for (const tenant of [acme, other])
      expect((await policyHistory(world.deps, tenant)).at(-1)!.document.because).toBe('approved');
  });

  it('needs no approval where every period becomes longer', async () => {
    configured = { ...LONG, annualDays: 400 };
    await expire();
    expect((await policyHistory(world.deps, acme)).at(-1)!.document).toMatchObject({ because: 'lengthened' });
    await expect(request(acme, input(acme, { ...configured, annualDays: 500 }))).rejects.toMatchObject({
      code: 'nothing-to-approve',
    });
  });

  it('is not approved by an approval that was used before', async () => {
    configured = SHORT;
    await approved();
    await expire();
    configured = LONG;
    await expire();
    configured = SHORT;
    const { owners } = await expire();
    expect(owners.find(({ owner }) => owner === acme)!.inForce).toMatchObject({ policy: LONG });
  });

  it('is not approved for a policy that came into force after the request', async () => {
    world.rule = { approvals: 1, from: ['approver'] };
    const { id, planHash } = await request();
    configured = { ...LONG, dailyDays: 25 };
    await expire();
    await decideRequest(world.deps, { principal: anna, tenant: acme, id, agrees: true, planHash });
    await expect(executeAction(world.deps, kinds, { principal: root, tenant: acme, id })).rejects.toMatchObject({
      code: 'policy-changed',
    });
  });

  it('names no other tenant than the request is for', async () => {
    await expect(request(acme, input(other))).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('is not approved by a document that was copied from another tenant, altered, or signed elsewhere', async () => {
    configured = SHORT;
    const { result } = await approved(other, input(other));
    const [key] = Object.keys(result.records);
    const bytes = await world.deps.vault.get(key!);
    const stolen = `${policyApprovalPrefix(acme, 1)}stolen`;
    await world.deps.vault.put(stolen, bytes, { retainUntil: new Date(BEGIN) });
    await expect(expire()).rejects.toMatchObject({ code: 'object-altered' });
    await world.deps.vault.delete(stolen);
    const text = Buffer.from(bytes).toString('utf8').replaceAll(other, acme);
    await world.deps.vault.put(stolen, Buffer.from(text), { retainUntil: new Date(BEGIN) });
    await expect(expire()).rejects.toMatchObject({ code: 'object-altered' });
    expect(await snapshots()).toBe(12);
  });

  it('is refused while the history of the retention is not complete, and nothing expires', async () => {
    configured = { ...LONG, annualDays: 400 };
    await expire();
    await world.deps.tamper(retentionPolicyKey(acme, 1), () => undefined);
    await expect(expire()).rejects.toMatchObject({ code: 'policy-history-broken' });
  });

  it('keeps the history locked for as long as it can keep a backup', async () => {
    const [key] = await storedKeys(world.deps, retentionPolicyPrefix(acme));
    const until = async () => (await world.deps.vault.head(key!))!.retainUntil.getTime() - BEGIN;
    const first = await until();
    for (let day = 12; day < 24; day++) {
      await live(day);
      await expire();
      expect(await until()).toBeGreaterThan((day + 2) * DAY);
    }
    expect(await until()).toBeGreaterThan(first);
    await expect(putSigned(world.deps, key!, {}, { retainUntil: new Date(BEGIN) })).rejects.toMatchObject({
      code: 'object-exists',
    });
  });
});

async function requestedPlan(id: string): Promise<{ body: unknown; sentences: readonly string[] }> {
  return JSON.parse((await readRequest(world.deps, acme, id)).request.plan);
}

/** A hold from its request to its release: who may do what, who sees it, and what an erasure during it does. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HoldCertificate, ReleaseCertificate } from '../../../../lib/domain/hold.ts';
import type { Principal } from '../../../../lib/domain/principal.ts';
import type { ActionKind } from '../../../../lib/operations/governance/action-kind.ts';
import { attestRequest } from '../../../../lib/operations/governance/attest-request.ts';
import { executeAction } from '../../../../lib/operations/governance/execute-action.ts';
import { verifyTenantHolds } from '../../../../lib/operations/governance/holds/keep-holds.ts';
import { holdKind } from '../../../../lib/operations/governance/holds/place-hold-kind.ts';
import { releaseKind } from '../../../../lib/operations/governance/holds/release-hold-kind.ts';
import { listHeld, showHold } from '../../../../lib/operations/governance/holds/show-holds.ts';
import { listRequests } from '../../../../lib/operations/governance/list-requests.ts';
import { requestAction } from '../../../../lib/operations/governance/request-action.ts';
import { seeRequest } from '../../../../lib/operations/governance/see-request.ts';
import { standingHolds } from '../../../../lib/operations/storage/standing-holds.ts';
import { acme, anna, bert, governedWorld, olga, owner, person, root, type World } from '../../../support/governed.ts';

const KINDS = [holdKind, releaseKind] as readonly ActionKind[];
const lena = person('lena', ['legal-officer']);

let world: World;
beforeEach(async () => {
  world = await governedWorld();
  world.rule = {};
});
afterEach(() => world.deps.dispose());

const ask = async (principal: Principal, action: 'hold' | 'release', input: object) =>
  (await requestAction(world.deps, KINDS, { principal, action, tenant: acme, input, reason: 'case 17' })).id;
const execute = (principal: Principal, id: string) => executeAction(world.deps, KINDS, { principal, tenant: acme, id });

async function hold(input: object = {}): Promise<string> {
  const id = await ask(lena, 'hold', { matter: 'case 17', ...input });
  await execute(lena, id);
  return id;
}

it('is placed by a legal officer under the id of the request, with a certificate as its proof', async () => {
  const id = await ask(lena, 'hold', { matter: 'case 17' });
  const { proof, records } = await execute(lena, id);
  expect(HoldCertificate.parse(proof)).toMatchObject({ tenant: acme, hold: id });
  expect(Object.keys(records)).toHaveLength(2);
  expect(await standingHolds(world.deps, acme)).toMatchObject([{ hold: id }]);
  expect(await showHold(world.deps, lena, acme, 'case 17')).toMatchObject({ requestedBy: 'lena', reason: 'case 17' });
  expect((await world.trail()).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    ...['hold requested', 'hold started', 'hold done'],
  ]);
});

it.each([olga, anna, owner])('is not placed by $name', async principal => {
  await expect(ask(principal, 'hold', { matter: 'case 17' })).rejects.toMatchObject({ code: 'not-permitted' });
  expect(await standingHolds(world.deps, acme)).toEqual([]);
});

it('is released by two others, and executed by neither the requester nor a legal officer', async () => {
  await hold();
  const id = await ask(lena, 'release', { matter: 'case 17' });
  await expect(world.decide(lena, id)).rejects.toMatchObject({ code: 'own-request' });
  await expect(world.decide(root, id)).rejects.toMatchObject({ code: 'not-permitted' });
  await world.decide(anna, id);
  await expect(execute(root, id)).rejects.toMatchObject({ code: 'not-approved' });
  await world.decide(bert, id);
  await expect(execute(lena, id)).rejects.toMatchObject({ code: 'not-permitted' });
  const { proof } = await execute(root, id);
  expect(ReleaseCertificate.parse(proof)).toMatchObject({ others: [] });
  expect(await standingHolds(world.deps, acme)).toEqual([]);
});

it('is not released where the rule of the installation asks for one approval only', async () => {
  await hold();
  world.rule = { approvals: 1 };
  const id = await ask(lena, 'release', { matter: 'case 17' });
  await world.decide(anna, id);
  await expect(execute(root, id)).rejects.toMatchObject({ code: 'two-approvers-needed' });
  expect(await standingHolds(world.deps, acme)).toHaveLength(1);
});

it('of another matter that is placed meanwhile voids the approvals of a release', async () => {
  await hold();
  const id = await ask(lena, 'release', { matter: 'case 17' });
  for (const approver of [anna, bert]) await world.decide(approver, id);
  await hold({ matter: 'case 18' });
  await expect(execute(root, id)).rejects.toMatchObject({ code: 'plan-changed' });
  expect(await standingHolds(world.deps, acme)).toHaveLength(2);
});

it('leaves the tenant’s administrator its restores, and denies what destroys in words that do not name a hold', async () => {
  const held = { ...world.deps, isHeld: async () => true };
  const asked = { principal: owner, action: 'restore', tenant: acme, input: { what: 'all' }, reason: 'x' } as const;
  await requestAction(held, world.kinds, asked);
  const denials = (['destroy', 'change-policy'] as const).map(async action => {
    const refused = await requestAction(held, world.kinds, { ...asked, action }).catch(error => error);
    expect(refused).toMatchObject({ code: 'not-permitted' });
    return JSON.stringify([refused.message, refused.hint, refused.details]);
  });
  for (const text of await Promise.all(denials)) expect(text).not.toMatch(/\bholds?\b|\bheld\b|restricted/i);
});

it('that is hidden does not exist for the tenant’s administrator, and neither do the requests about it', async () => {
  const id = await hold({ hidden: true });
  const released = await ask(lena, 'release', { matter: 'case 17' });
  for (const blind of [owner, olga]) {
    expect(await listHeld(world.deps, blind, acme)).toEqual([]);
    await expect(showHold(world.deps, blind, acme, id)).rejects.toMatchObject({ code: 'unknown-matter' });
    expect(await listRequests(world.deps, { tenant: acme, ended: 10, seenBy: blind })).toEqual([]);
    for (const request of [id, released])
      await expect(seeRequest(world.deps, { principal: blind, tenant: acme, id: request })).rejects.toMatchObject({
        code: 'unknown-request',
      });
  }
  expect(await listHeld(world.deps, lena)).toMatchObject([{ hold: id, hidden: true }]);
  expect(await listRequests(world.deps, { tenant: acme, ended: 10, seenBy: anna })).toHaveLength(2);
});

it('that is hidden takes no place in a list of a few requests, which would tell that something is there', async () => {
  world.rule = { approvals: 0 };
  const shown = await world.ask(olga);
  await world.execute(olga, shown);
  for (const matter of ['one', 'two', 'three']) {
    world.deps.clock.advance(1000);
    await hold({ hidden: true, matter });
  }
  const listed = await listRequests(world.deps, { tenant: acme, ended: 1, seenBy: owner });
  expect(listed.map(({ request }) => request.id)).toEqual([shown]);
});

it('that is not hidden is seen by whoever may read holds', async () => {
  const id = await hold();
  expect(await listHeld(world.deps, olga, acme)).toMatchObject([{ hold: id, matter: 'case 17', signed: true }]);
});

it('is attested with its release for others: certificate, people and digests, without the tenant’s id', async () => {
  const id = await hold({ hidden: true });
  const attested = async (who: Principal, request: string) => {
    const envelope = await attestRequest(world.deps, who, request);
    return envelope && JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
  };
  const waiting = await ask(lena, 'release', { matter: 'case 17' });
  await expect(attested(lena, waiting)).rejects.toMatchObject({ code: 'not-attestable' });
  world.deps.clock.advance(3600 * 1000);
  const { certificates } = await verifyTenantHolds(world.deps, acme);
  const statement = await attested(lena, id);
  expect(statement).toMatchObject({
    predicateType: 'urn:holdfast:hold:v1',
    predicate: { request: id, action: 'hold', matter: 'case 17', requestedBy: 'lena', certificate: { hold: id } },
  });
  // The last proof, with the record of the hold.
  expect(statement.subject.map(({ name }: { name: string }) => name)).toContain(certificates[0]);
  expect(statement.subject).toHaveLength(3);
  expect(JSON.stringify(statement)).not.toContain('"acme"');
  expect(await attested(olga, id)).toBeUndefined();
  expect(await attested(lena, '0mb2c4f1a-3f8a2c1d')).toBeUndefined();
  await world.decide(anna, waiting);
  await world.decide(bert, waiting);
  await execute(bert, waiting);
  expect((await attested(lena, waiting)).predicate).toMatchObject({
    ...{ action: 'release', approvedBy: ['anna', 'bert'], certificate: { hold: id, others: [] } },
  });
  // Still that of the hold, not of its release.
  expect((await attested(lena, id)).predicateType).toBe('urn:holdfast:hold:v1');
});

/** Attacks on the request path. Each is refused, changes nothing, and is in the audit trail. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compress, decompress } from '../../../../lib/codec/compression.ts';
import { decisionKey, GovernedRequest, requestPartKey } from '../../../../lib/domain/governed-request.ts';
import { AUDITORS } from '../../../../lib/domain/tenant.ts';
import { cancelRequest } from '../../../../lib/operations/governance/cancel-request.ts';
import { executeAction } from '../../../../lib/operations/governance/execute-action.ts';
import { putGovernance, readGovernance } from '../../../../lib/operations/governance/governance-document.ts';
import { listRequests } from '../../../../lib/operations/governance/list-requests.ts';
import { requestAction } from '../../../../lib/operations/governance/request-action.ts';
import { seeRequest } from '../../../../lib/operations/governance/see-request.ts';
import {
  acme,
  anna,
  bert,
  governedWorld,
  olga,
  other,
  owner,
  person,
  root,
  storedKeys,
  stranger,
  type World,
} from '../../../support/governed.ts';
import { localDeps } from '../../../support/local-deps.ts';

let world: World;
beforeEach(async () => {
  world = await governedWorld();
});
afterEach(async () => {
  expect(world.executed).toEqual([]);
  await world.deps.dispose();
});

/** Refused with the code, and the last event of the tenant's trail says so. */
async function refused(work: Promise<unknown>, code: string, who: string, tenant = acme): Promise<void> {
  await expect(work).rejects.toMatchObject({ code });
  expect(await world.last(tenant)).toMatchObject({ who, code, outcome: 'denied' });
}

describe('whoever asked', () => {
  it.each([
    'olga',
    'OLGA',
    ' Olga ',
    'o.lga',
    'olga@example.com',
    'OLGA\u200b',
    'ólga',
    'arn:aws:iam::111122223333:user/olga',
  ])('does not approve it as %j', async name => {
    const id = await world.ask();
    await refused(world.decide(person(name, ['approver']), id), 'own-request', name);
    await expect(world.execute(olga, id)).rejects.toMatchObject({ code: 'not-approved' });
  });

  it('does not approve it as a look-alike, a program or a schedule', async () => {
    const id = await world.ask();
    await refused(world.decide(person('οlga', ['approver']), id), 'identity-unclear', 'οlga');
    await refused(world.decide(person('session', ['approver']), id), 'identity-unclear', 'session');
    const schedule = { ...anna, proof: 'schedule' as const };
    await refused(world.decide(schedule, id), 'no-person', 'anna');
  });
});

describe('an approval', () => {
  it('of one request does not count for another: not by its hash, and not as a copy of its document', async () => {
    const one = await world.ask();
    world.state = 'two';
    const two = await world.ask();
    await world.decide(anna, one);
    const hash = (await world.trail()).find(event => event.request === one)!.planHash!;
    await refused(world.decide(bert, two, { planHash: hash }), 'other-preview', 'bert');
    const [key] = await storedKeys(world.deps, decisionKey(acme, one, ''));
    const copy = decisionKey(acme, two, key!.split('/').at(-1)!);
    const retainUntil = new Date('2030-01-01');
    await world.deps.vault.put(copy, await world.deps.vault.get(key!), { retainUntil });
    await refused(world.execute(olga, two), 'object-altered', 'olga');
  });

  it('of the same plan does not count for another request either', async () => {
    const [one, two] = [await world.ask(), await world.ask()];
    await world.decide(anna, one);
    await refused(world.execute(olga, two), 'not-approved', 'olga');
  });

  it('that nobody signed, or another installation signed, is found', async () => {
    const id = await world.ask();
    const [request] = await listRequests(world.deps, { tenant: acme, ended: 0 });
    const { planHash } = request!.request;
    const decision = {
      ...{ format: 'holdfast.request-decision/1', request: id, tenant: acme, action: 'restore', planHash, by: anna },
      ...{ agrees: true, policies: [], at: world.deps.clock.now().toISOString() },
    };
    const foreign = await localDeps();
    const key = decisionKey(acme, id, 'forged');
    const { settings } = world.deps;
    // The attacker can seal under the auditors' key and write to the vault, and has a signer of their own.
    await putGovernance({ ...world.deps, signer: foreign.signer, settings }, key, decision);
    await foreign.dispose();
    await refused(world.execute(olga, id), 'object-altered', 'olga');
  });

  it('is worth nothing once somebody refused, also between the reading of the request and its execution', async () => {
    world.rule = { approvals: 1, from: ['approver'] };
    const id = await world.ask();
    await world.decide(anna, id);
    const { catalog } = world.deps;
    let isRefused = false;
    const write: typeof catalog.write = async writes => {
      if (!isRefused) {
        isRefused = true;
        await putGovernance(world.deps, decisionKey(acme, id, 'refusal'), await refusalOf(id));
      }
      return catalog.write(writes);
    };
    const racing = { ...world.deps, catalog: { ...catalog, write } };
    const execution = executeAction(racing, world.kinds, { principal: olga, tenant: acme, id });
    await refused(execution, 'request-refused', 'olga');
  });

  async function refusalOf(id: string) {
    const [view] = await listRequests(world.deps, { tenant: acme, ended: 0 });
    const { planHash } = view!.request;
    return {
      ...{ format: 'holdfast.request-decision/1', request: id, tenant: acme, action: 'restore', planHash, by: bert },
      ...{ agrees: false, policies: [], at: world.deps.clock.now().toISOString() },
    };
  }

  it('comes from no edited catalog', async () => {
    const id = await world.ask();
    const approved = {
      ...{ format: 'holdfast.approval/1', id, tenant: acme, plan: requestPartKey(acme, id, 'request'), hash: 'h' },
      ...{ requestedBy: 'olga', needed: 1, token: 'none', askedAt: '', until: '2099-01-01', state: 'approved' },
      decisions: [{ by: 'anna', agrees: true, at: '' }],
    };
    for (const partition of [`tenant#${acme}#approvals`, `tenant#${acme}#requests`, `tenant#${acme}#request-leases`])
      await world.deps.catalog.write([{ put: { partition, sort: id, value: { ...approved, lease: null } } }]);
    await refused(world.execute(olga, id), 'not-approved', 'olga');
  });

  it('is void once the plan was altered', async () => {
    const id = await world.ask();
    await world.decide(anna, id);
    const key = requestPartKey(acme, id, 'request');
    await world.deps.tamper(key, () => Buffer.from('something else'));
    await refused(world.execute(olga, id), 'object-altered', 'olga');
  });

  it('is void once the plan was exchanged inside the signed text', async () => {
    const id = await world.ask();
    await world.decide(anna, id);
    const key = requestPartKey(acme, id, 'request');
    const sealed = await world.deps.vault.get(key);
    const text = Buffer.from(await decompress(await world.deps.keyring.open(AUDITORS, sealed))).toString();
    const changed = await world.deps.keyring.seal(AUDITORS, await compress(Buffer.from(text.replace('one', 'two'))));
    await world.deps.tamper(key, () => changed);
    await refused(world.execute(olga, id), 'object-altered', 'olga');
  });

  it('is void for a plan whose text and hash differ, even if the installation signed it', async () => {
    const id = await world.ask();
    const key = requestPartKey(acme, id, 'request');
    const request = await readGovernance(world.deps, key, GovernedRequest);
    const forged = {
      ...request,
      id: id.replace(/.$/, last => (last === 'x' ? 'y' : 'x')),
      plan: request.plan.replace('one', 'two'),
    };
    await putGovernance(world.deps, requestPartKey(acme, forged.id, 'request'), forged);
    await refused(world.execute(olga, forged.id), 'object-altered', 'olga');
  });
});

describe('a principal', () => {
  it('without a role, or with roles that do not decide, is refused', async () => {
    const id = await world.ask();
    await refused(world.decide(person('nora', []), id), 'not-permitted', 'nora');
    await refused(world.decide(person('otto', ['operator']), id), 'not-permitted', 'otto');
    await refused(world.ask(person('nora', [])), 'not-permitted', 'nora');
    await refused(world.ask(anna), 'not-permitted', 'anna');
  });

  it('who was allowed to approve does not execute what they may not', async () => {
    const id = await world.ask();
    await world.decide(anna, id);
    await refused(world.execute(anna, id), 'not-permitted', 'anna');
  });
});

describe('a tenant administrator', () => {
  it('reaches nothing of another tenant: not by its reference, and not by the id of a request', async () => {
    const id = await world.ask(owner);
    const { deps } = world;
    const named = { principal: stranger, tenant: acme, id };
    await refused(seeRequest(deps, named), 'not-permitted', 'theo');
    await refused(world.decide(stranger, id), 'not-permitted', 'theo');
    await refused(world.execute(stranger, id), 'not-permitted', 'theo');
    await refused(cancelRequest(deps, named), 'not-permitted', 'theo');
    await refused(world.ask(stranger, acme), 'not-permitted', 'theo');
    // Under the own tenant there is no such request.
    await refused(world.execute(stranger, id, other), 'unknown-request', 'theo', other);
  });

  it.each(['../acme/ID', 'ID/request', `../${acme}/ID`, '', '%2e%2e', 'ID\0'])(
    'reaches nothing by a request id like %j',
    async pattern => {
      const id = pattern.replace('ID', await world.ask(owner));
      await refused(world.execute(stranger, id, other), 'unknown-request', 'theo', other);
    },
  );

  it('does not decide where the rule does not say so', async () => {
    const id = await world.ask();
    await refused(world.decide(owner, id), 'not-permitted', 'tina');
    world.rule = { approvals: 1, tenantAdministrator: 'may' };
    const asked = await world.ask();
    await refused(world.decide(stranger, asked), 'not-permitted', 'theo');
  });

  it('of a held tenant restores as before, and nobody destroys it', async () => {
    Object.assign(world.deps, { isHeld: async () => true });
    await world.ask(owner);
    await world.ask(olga);
    const asked = { action: 'destroy', tenant: acme, input: {}, reason: 'left' } as const;
    await refused(requestAction(world.deps, world.kinds, { ...asked, principal: root }), 'not-permitted', 'rosa');
  });
});

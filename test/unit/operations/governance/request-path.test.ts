/** Asking for an action: authorized, approved, executed exactly once and exactly as planned, and every step on record. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestPartKey } from '../../../../lib/domain/governed-request.ts';
import { breakGlass, reviewGlass, unreviewedGlass } from '../../../../lib/operations/governance/break-glass.ts';
import { cancelRequest } from '../../../../lib/operations/governance/cancel-request.ts';
import { listRequests } from '../../../../lib/operations/governance/list-requests.ts';
import { readRequest } from '../../../../lib/operations/governance/read-request.ts';
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
  type World,
} from '../../../support/governed.ts';

let world: World;
beforeEach(async () => {
  world = await governedWorld();
});
afterEach(() => world.deps.dispose());

const HOUR_MS = 3600 * 1000;
const outcomes = async () => (await world.trail()).map(({ action, outcome }) => `${action} ${outcome}`);
const stateOf = async (id: string) => (await readRequest(world.deps, acme, id)).state;

describe('a request', () => {
  it('is executed once enough others have approved, and every step is in the audit trail', async () => {
    world.rule = { approvals: 2 };
    const id = await world.ask();
    await world.decide(anna, id);
    await expect(world.execute(olga, id)).rejects.toMatchObject({ code: 'not-approved' });
    await world.decide(bert, id);
    expect(await stateOf(id)).toBe('approved');
    const result = await world.execute(olga, id);
    expect(result).toMatchObject({ by: 'olga', approvedBy: ['anna', 'bert'], proof: { done: true } });
    expect(world.executed).toEqual([{ plan: { state: 'one' }, request: id, approvedBy: ['anna', 'bert'] }]);
    expect(await outcomes()).toEqual([
      ...['restore requested', 'approveRestore approved', 'restore denied', 'approveRestore approved'],
      ...['restore started', 'restore done'],
    ]);
    expect(new Set((await world.trail()).map(event => event.request))).toEqual(new Set([id]));
  });

  it('without required approvals is executed at once', async () => {
    world.rule = { approvals: 0 };
    const id = await world.ask();
    expect(await world.execute(olga, id)).toMatchObject({ approvedBy: [] });
  });

  it('that was executed is not executed again: the same result is returned', async () => {
    world.rule = { approvals: 0 };
    const id = await world.ask();
    const first = await world.execute(olga, id);
    expect(await world.execute(root, id)).toEqual(first);
    expect(world.executed).toHaveLength(1);
  });

  it('needs the tenant’s own administrator where the rule says so', async () => {
    world.rule = { approvals: 2, tenantAdministrator: 'must' };
    const id = await world.ask();
    for (const approver of [anna, bert]) await world.decide(approver, id);
    await expect(world.execute(olga, id)).rejects.toMatchObject({ code: 'not-approved' });
    await world.decide(owner, id);
    expect(await world.execute(olga, id)).toMatchObject({ approvedBy: ['anna', 'bert', 'tina'] });
  });

  it('is decided only by the roles that the rule names', async () => {
    world.rule = { approvals: 1, from: ['legal-officer'] };
    const id = await world.ask();
    await expect(world.decide(anna, id)).rejects.toMatchObject({ code: 'not-an-approver' });
    await expect(world.decide(person('leo', ['legal-officer']), id)).rejects.toMatchObject({ code: 'not-permitted' });
    await world.decide(person('lea', ['legal-officer', 'approver']), id);
    expect(await stateOf(id)).toBe('approved');
  });

  it('ends with the first refusal', async () => {
    world.rule = { approvals: 1 };
    const id = await world.ask();
    await world.decide(anna, id, { agrees: false });
    await expect(world.decide(bert, id)).rejects.toMatchObject({ code: 'already-decided' });
    await expect(world.execute(olga, id)).rejects.toMatchObject({ code: 'request-refused' });
    expect(world.executed).toEqual([]);
  });

  it('is refused if an approval and a refusal race', async () => {
    const id = await world.ask();
    await Promise.allSettled([world.decide(anna, id), world.decide(bert, id, { agrees: false })]);
    expect(await stateOf(id)).toBe('refused');
  });

  it('counts two approvers who decide at the same moment, and no person twice', async () => {
    world.rule = { approvals: 2 };
    const id = await world.ask();
    await Promise.all([world.decide(anna, id), world.decide(anna, id), world.decide(person('Anna', ['approver']), id)]);
    expect(await stateOf(id)).toBe('waiting');
    await world.decide(bert, id);
    expect(await stateOf(id)).toBe('approved');
  });

  it('expires: neither decided nor executed afterwards', async () => {
    world.rule = { approvals: 1, expiresHours: 2 };
    const [undecided, approved] = [await world.ask(), await world.ask()];
    await world.decide(anna, approved);
    world.deps.clock.advance(2 * HOUR_MS);
    await expect(world.decide(anna, undecided)).rejects.toMatchObject({ code: 'approval-late' });
    await expect(world.execute(olga, approved)).rejects.toMatchObject({ code: 'request-expired' });
    expect(await world.last()).toMatchObject({ outcome: 'expired', code: 'request-expired' });
  });

  it('is cancelled by its requester, and then neither decided nor executed', async () => {
    const id = await world.ask();
    await expect(cancelRequest(world.deps, { principal: anna, tenant: acme, id })).rejects.toMatchObject({
      code: 'not-permitted',
    });
    await cancelRequest(world.deps, { principal: olga, tenant: acme, id });
    await expect(world.decide(anna, id)).rejects.toMatchObject({ code: 'request-cancelled' });
    await expect(world.execute(olga, id)).rejects.toMatchObject({ code: 'request-cancelled' });
  });

  it('is listed while it is open; the others on demand', async () => {
    const [waiting, done] = [await world.ask(), await world.ask()];
    await world.decide(anna, done);
    await world.execute(olga, done);
    const ids = async (ended: number) =>
      (await listRequests(world.deps, { tenant: acme, ended })).map(({ request, state }) => [request.id, state]);
    expect(await ids(0)).toEqual([[waiting, 'waiting']]);
    expect(await ids(5)).toEqual([
      [waiting, 'waiting'],
      [done, 'done'],
    ]);
    expect(await listRequests(world.deps, { tenant: other, ended: 5 })).toEqual([]);
  });

  it('needs a reason and a person, where others have to approve', async () => {
    await expect(world.ask({ ...olga, proof: 'schedule' })).rejects.toMatchObject({ code: 'no-person' });
    await expect(world.ask(person('role', ['operator']))).rejects.toMatchObject({ code: 'identity-unclear' });
  });
});

describe('an execution', () => {
  it('does what was approved: a plan that would differ now is refused', async () => {
    const id = await world.ask();
    await world.decide(anna, id);
    world.state = 'two';
    await expect(world.execute(olga, id)).rejects.toMatchObject({ code: 'plan-changed' });
    expect(world.executed).toEqual([]);
    world.state = 'one';
    await world.execute(olga, id);
  });

  it('happens once if two people start it at the same moment', async () => {
    const id = await world.ask();
    await world.decide(anna, id);
    const ended = await Promise.allSettled([world.execute(olga, id), world.execute(root, id)]);
    const failed = ended.filter(each => each.status === 'rejected');
    for (const each of failed) expect(each.reason).toMatchObject({ code: 'request-running' });
    expect(world.executed).toHaveLength(1);
  });

  it('is either started or cancelled, if both happen at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      world.executed.length = 0;
      const id = await world.ask();
      await world.decide(anna, id);
      const cancel = () => cancelRequest(world.deps, { principal: olga, tenant: acme, id });
      const [execution, cancellation] = await Promise.allSettled([world.execute(root, id), cancel()]);
      expect([execution.status, cancellation.status].sort()).toEqual(['fulfilled', 'rejected']);
      expect(world.executed).toHaveLength(execution.status === 'fulfilled' ? 1 : 0);
    }
  });

  it('that failed can be repeated, and says why in the audit trail', async () => {
    const id = await world.ask();
    await world.decide(anna, id);
    world.during = () => Promise.reject(new Error('the network'));
    await expect(world.execute(olga, id)).rejects.toThrow('the network');
    expect(await world.last()).toMatchObject({ action: 'restore', outcome: 'failed', code: 'internal' });
    world.during = async () => {};
    // What was started may have changed what the plan is made from.
    world.state = 'half done';
    expect(await world.execute(olga, id)).toMatchObject({ proof: { done: true } });
    expect(world.executed).toMatchObject([{ plan: { state: 'one' } }]);
  });

  it.each(['request.started', 'request.executed', 'audit.after-event'] as const)(
    'killed at %s is continued, and its result recorded',
    async point => {
      const id = await world.ask();
      await world.decide(anna, id);
      const killed = { ...world.deps, catalog: { ...world.deps.catalog, write: world.deps.catalog.write } };
      let crashes = 1;
      const crash = (at: string) => {
        if (at === point && crashes-- > 0) throw new Error('killed');
      };
      const { executeAction } = await import('../../../../lib/operations/governance/execute-action.ts');
      await executeAction({ ...killed, crash }, world.kinds, { principal: olga, tenant: acme, id }).catch(() => {});
      expect(await world.execute(olga, id)).toMatchObject({ proof: { done: true } });
      expect(new Set(world.executed.map(each => JSON.stringify(each.plan))).size).toBe(1);
      expect(world.executed).toHaveLength(1);
      expect(await world.last()).toMatchObject({ outcome: 'done' });
      expect(await stateOf(id)).toBe('done');
    },
  );

  it('waits for the lease of an executor that was killed', async () => {
    const id = await world.ask();
    await world.decide(anna, id);
    const lease = { by: 'killed', until: new Date(world.deps.clock.now().getTime() + 60_000).toISOString() };
    const put = {
      partition: `tenant#${acme}#request-leases`,
      sort: id,
      value: { format: 'holdfast.request-lease/1', lease },
    };
    await world.deps.catalog.write([{ put }]);
    await expect(world.execute(olga, id)).rejects.toMatchObject({ code: 'request-running' });
    world.deps.clock.advance(60_000);
    await world.execute(olga, id);
  });
});

describe('an event that cannot be written', () => {
  it.each(['requested', 'approved', 'started'])('stops what it belongs to: %s', async outcome => {
    const { record } = world.deps;
    const id = await world.ask();
    if (outcome === 'started') await world.decide(anna, id);
    const before = await storedKeys(world.deps, 'governance/');
    const failing: World['deps']['record'] = (tenant, draft) =>
      draft.outcome === outcome ? Promise.reject(new Error('audit-unwritable')) : record(tenant, draft);
    Object.assign(world.deps, { record: failing });
    const work = {
      requested: () => world.ask(),
      approved: () => world.decide(anna, id),
      started: () => world.execute(olga, id),
    };
    await expect(work[outcome as keyof typeof work]()).rejects.toThrow('audit-unwritable');
    expect(await storedKeys(world.deps, 'governance/')).toEqual(before);
    expect(world.executed).toEqual([]);
  });
});

describe('broken glass', () => {
  const asked = { action: 'restore', tenant: acme, input: { what: 'all' }, reason: 'the site is down' } as const;
  const breakIt = (principal = root, reason: string = asked.reason) =>
    breakGlass(world.deps, world.kinds, { ...asked, principal, reason });

  it('alarms, executes at once, and stays visible until another person has reviewed it', async () => {
    world.during = async () => expect(world.deps.notices.map(({ code }) => code)).toContain('glass-broken');
    const { request } = await breakIt();
    expect(world.executed).toHaveLength(1);
    expect(world.deps.notices).toContainEqual(expect.objectContaining({ severity: 'alarm', code: 'glass-broken' }));
    expect((await unreviewedGlass(world.deps)).map(view => view.request.id)).toEqual([request.id]);
    const review = (principal = anna, comment = 'was right') =>
      reviewGlass(world.deps, { principal, tenant: acme, id: request.id, comment });
    await expect(review(root)).rejects.toMatchObject({ code: 'own-request' });
    await expect(review(person('ROSA', ['auditor']))).rejects.toMatchObject({ code: 'own-request' });
    await expect(review(olga)).rejects.toMatchObject({ code: 'not-permitted' });
    await expect(review(anna, ' ')).rejects.toMatchObject({ code: 'reason-missing' });
    expect(await review()).toMatchObject({ review: { by: { name: 'anna' } } });
    expect(await unreviewedGlass(world.deps)).toEqual([]);
    await expect(review(bert)).rejects.toMatchObject({ code: 'not-broken' });
    const events = await world.trail();
    expect(events.filter(event => event.brokeGlass).map(event => event.outcome)).toEqual([
      ...['requested', 'started', 'done', 'reviewed'],
    ]);
  });

  it('is for system administrators with a reason', async () => {
    for (const principal of [olga, anna, owner, person('x', [])])
      await expect(breakIt(principal)).rejects.toMatchObject({ code: 'not-permitted' });
    await expect(breakIt(root, '')).rejects.toMatchObject({ code: 'reason-missing' });
    expect(world.executed).toEqual([]);
    expect(world.deps.notices).toEqual([]);
  });

  it('goes on when the audit trail cannot be written, and alarms', async () => {
    Object.assign(world.deps, { record: () => Promise.reject(new Error('full')) });
    await breakIt();
    expect(world.executed).toHaveLength(1);
    expect(world.deps.notices).toContainEqual(expect.objectContaining({ severity: 'alarm', code: 'audit-unwritable' }));
  });

  it('is not hidden by removing it from the catalog', async () => {
    const { request } = await breakIt();
    expect(await world.deps.vault.head(requestPartKey(acme, request.id, 'review'))).toBeUndefined();
    expect(await unreviewedGlass({ ...world.deps })).toHaveLength(1);
  });
});

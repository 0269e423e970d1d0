/**
 * Requests that are kept in one place and executed in another, as on AWS: the entry has the rights to keep and to start, and
 * what carries out knows only the request.
 */
import { describe, expect, it } from 'vitest';
import {
  askWithoutApprovals,
  reviewGlass,
  unreviewedGlass,
} from '../../../../lib/operations/governance/break-glass.ts';
import { carryOutRequest } from '../../../../lib/operations/governance/carry-out-request.ts';
import { requireExecutable } from '../../../../lib/operations/governance/execute-action.ts';
import { acme, anna, governedWorld, olga, owner, root, stranger } from '../../../support/governed.ts';

describe('a request that is executed elsewhere', () => {
  it('is let start only when it is approved, by somebody who may execute it, and nothing is done by asking', async () => {
    const world = await governedWorld();
    const id = await world.ask();
    const start = (principal = olga) => requireExecutable(world.deps, { principal, tenant: acme, id });
    await expect(start()).rejects.toMatchObject({ code: 'not-approved' });
    await world.decide(anna, id);
    await expect(start(anna)).rejects.toMatchObject({ code: 'not-permitted' });
    await expect(start(stranger)).rejects.toMatchObject({ code: 'not-permitted' });
    expect(await start()).toMatchObject({ state: 'approved', request: { id } });
    expect((await start(owner)).state).toBe('approved');
    expect(world.executed).toEqual([]);
    expect(
      (await world.trail()).map(({ who, outcome, code }) => `${who.name} ${outcome} ${code ?? ''}`.trim()),
    ).toEqual([
      ...['olga requested', 'olga denied not-approved', 'anna approved'],
      ...['anna denied not-permitted', 'theo denied not-permitted'],
    ]);
    await carryOutRequest(world.deps, world.kinds, { tenant: acme, id });
    expect(world.executed).toHaveLength(1);
  });

  it('without approvals alarms before it is kept, is carried out once, and waits for the review of another person', async () => {
    const world = await governedWorld();
    const asked = { action: 'restore', tenant: acme, input: { what: 'all' }, reason: 'site is down' } as const;
    await expect(askWithoutApprovals(world.deps, world.kinds, { ...asked, principal: olga })).rejects.toMatchObject({
      code: 'not-permitted',
    });
    expect(world.deps.notices).toEqual([]);
    const { id } = await askWithoutApprovals(world.deps, world.kinds, { ...asked, principal: root });
    expect(world.deps.notices.map(({ code }) => code)).toEqual(['glass-broken']);
    expect(world.executed).toEqual([]);
    const named = { tenant: acme, id };
    await carryOutRequest(world.deps, world.kinds, named);
    await carryOutRequest(world.deps, world.kinds, named);
    expect(world.executed.map(({ request }) => request)).toEqual([id]);
    expect(await unreviewedGlass(world.deps)).toHaveLength(1);
    await expect(reviewGlass(world.deps, { ...named, principal: root, comment: 'mine' })).rejects.toMatchObject({
      code: 'own-request',
    });
    await reviewGlass(world.deps, { ...named, principal: anna, comment: 'right' });
    expect(await unreviewedGlass(world.deps)).toEqual([]);
  });
});

/** Who may let a restore write live rows: the rules, on a real catalog. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalsNeeded, samePerson } from '../../../lib/domain/approval.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import {
  type ApprovalRequest,
  approversOf,
  askApproval,
  decideApproval,
} from '../../../lib/operations/restore/restore-approval.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const tenant = tenantRef('test', tenantId('acme'));
const plan = { tenant, id: 'r1', planKey: 'tenants/x/restore-plans/r1' };
const alice = 'arn:aws:sts::111122223333:assumed-role/Operator/alice';
const bob = 'arn:aws:sts::111122223333:assumed-role/Approver/bob';
const carol = 'arn:aws:iam::111122223333:user/carol';

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
});
afterEach(() => deps.dispose());

function ask(change: Partial<ApprovalRequest> = {}) {
  const request = {
    tenant,
    id: 'r1',
    plan: plan.planKey,
    hash: 'h1',
    requestedBy: alice,
    needed: 2,
    token: 't1',
    hours: 24,
  };
  return askApproval(deps, { ...request, ...change });
}
const agree = (by: string, hash = 'h1') => decideApproval(deps, tenant, 'r1', { by, agrees: true, hash });
const refuse = (by: string) => decideApproval(deps, tenant, 'r1', { by, agrees: false, hash: 'h1' });

describe('the approval of a restore', () => {
  it('is given when as many others as needed have agreed, and names them', async () => {
    await ask();
    expect((await agree(bob)).state).toBe('waiting');
    await expect(approversOf(deps, plan, 2)).rejects.toMatchObject({ code: 'not-approved' });
    expect((await agree(carol)).state).toBe('approved');
    expect(await approversOf(deps, plan, 2)).toEqual([bob, carol]);
  });

  it('is never given by the requester, under whatever role', async () => {
    await ask();
    await expect(agree(alice)).rejects.toMatchObject({ code: 'own-request' });
    await expect(agree('arn:aws:sts::111122223333:assumed-role/Administrator/Alice')).rejects.toMatchObject({
      code: 'own-request',
    });
  });

  it('counts nobody twice, not under another role either', async () => {
    await ask();
    await agree(bob);
    expect((await agree(bob)).state).toBe('waiting');
    expect((await agree('arn:aws:sts::111122223333:assumed-role/Administrator/bob')).decisions).toHaveLength(1);
  });

  it('counts two who decide at the same moment', async () => {
    await ask();
    await Promise.all([agree(bob), agree(carol)]);
    expect(await approversOf(deps, plan, 2)).toHaveLength(2);
  });

  it('ends with the first refusal, for good', async () => {
    await ask();
    await agree(bob);
    expect((await refuse(carol)).state).toBe('refused');
    await expect(agree('dave')).rejects.toMatchObject({ code: 'already-decided' });
    await expect(approversOf(deps, plan, 1)).rejects.toMatchObject({ code: 'not-approved' });
  });

  it('can be taken back while it waits, not after it was given', async () => {
    await ask();
    await agree(bob);
    expect((await refuse(bob)).state).toBe('refused');
    await ask({ id: 'r2', needed: 1 });
    await decideApproval(deps, tenant, 'r2', { by: bob, agrees: true, hash: 'h1' });
    await expect(decideApproval(deps, tenant, 'r2', { by: bob, agrees: false, hash: 'h1' })).rejects.toMatchObject({
      code: 'already-decided',
    });
  });

  it('is of one preview: another hash, another plan or another id is refused', async () => {
    await ask({ needed: 1 });
    await expect(agree(bob, 'h2')).rejects.toMatchObject({ code: 'other-preview' });
    await agree(bob);
    await expect(approversOf(deps, { ...plan, planKey: 'tenants/x/restore-plans/other' }, 1)).rejects.toMatchObject({
      code: 'not-approved',
    });
    await expect(approversOf(deps, { ...plan, id: 'r9' }, 1)).rejects.toMatchObject({ code: 'not-approved' });
    await expect(decideApproval(deps, tenant, 'r9', { by: bob, agrees: true, hash: 'h1' })).rejects.toMatchObject({
      code: 'unknown-approval',
    });
  });

  it('is not given by who took the plan up either', async () => {
    await ask({ takenUpBy: bob });
    for (const by of [alice, bob]) await expect(agree(by)).rejects.toMatchObject({ code: 'own-request' });
    expect((await agree(carol)).decisions).toHaveLength(1);
  });

  it('has its time anew when the same plan is asked for again', async () => {
    const first = await ask();
    deps.clock.advance(20 * 3600 * 1000);
    expect(Date.parse((await ask()).until) - Date.parse(first.until)).toBe(20 * 3600 * 1000);
  });

  it('is refused when its time is over', async () => {
    await ask();
    deps.clock.advance(24 * 3600 * 1000);
    await expect(agree(bob)).rejects.toMatchObject({ code: 'approval-late' });
  });

  it('wants to know who asks', async () => {
    await expect(ask({ requestedBy: 'unknown' })).rejects.toMatchObject({ code: 'requester-unnamed' });
    await expect(ask({ requestedBy: ' ' })).rejects.toMatchObject({ code: 'requester-unnamed' });
  });

  it('keeps what was decided when the task is tried again with another token', async () => {
    await ask();
    await agree(bob);
    const again = await ask({ token: 't2' });
    expect(again).toMatchObject({ token: 't2', state: 'waiting', decisions: [{ by: bob }] });
  });

  it('needs nobody where the deployment asks for nobody', async () => {
    expect(await approversOf(deps, plan, 0)).toEqual([]);
  });
});

describe('one person', () => {
  it('is recognised by the last part of a name, in any case', () => {
    expect(samePerson('alice@example.com', 'arn:aws:sts::1:assumed-role/A/Alice@Example.com')).toBe(true);
    expect(samePerson(alice, bob)).toBe(false);
  });
});

describe('how many must agree', () => {
  const policy = { inPlace: 2, missingOnly: 1 };
  it('goes by what is written: what overwrites needs more than what adds, and what writes nothing live needs nobody', () => {
    expect(approvalsNeeded(policy, { mode: 'exact', sideBySide: false })).toBe(2);
    expect(approvalsNeeded(policy, { mode: 'columns', sideBySide: false })).toBe(2);
    expect(approvalsNeeded(policy, { mode: 'missing-only', sideBySide: false })).toBe(1);
    expect(approvalsNeeded(policy, { mode: 'exact', sideBySide: true })).toBe(0);
  });
});

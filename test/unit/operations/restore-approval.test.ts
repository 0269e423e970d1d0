/** Who can approve a restore that writes live rows: the rules, on a real catalog. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalsNeeded } from '../../../lib/domain/approval.ts';
import { requirePerson, samePerson } from '../../../lib/domain/person.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { decideApproval } from '../../../lib/operations/restore/apply/approve.ts';
import { approversOf } from '../../../lib/operations/restore/apply/kept-approvals.ts';
import { type ApprovalRequest, askApproval } from '../../../lib/operations/restore/apply/request-approval.ts';
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
    approvalHours: 24,
  };
  return askApproval(deps, { ...request, ...change });
}
const agree = (by: string, hash = 'h1') => decideApproval(deps, tenant, 'r1', { by, agrees: true, hash });
const refuse = (by: string) => decideApproval(deps, tenant, 'r1', { by, agrees: false, hash: 'h1' });

describe('the approval of a restore', () => {
  it('is granted once enough others have approved, and names them', async () => {
    await ask();
    expect((await agree(bob)).state).toBe('waiting');
    await expect(approversOf(deps, plan, 2)).rejects.toMatchObject({ code: 'not-approved' });
    expect((await agree(carol)).state).toBe('approved');
    expect(await approversOf(deps, plan, 2)).toEqual([bob, carol]);
  });

  it('is never granted by the requester, under any role', async () => {
    await ask();
    await expect(agree(alice)).rejects.toMatchObject({ code: 'own-request' });
    await expect(agree('arn:aws:sts::111122223333:assumed-role/Administrator/Alice')).rejects.toMatchObject({
      code: 'own-request',
    });
  });

  it('counts no person twice, not under another role either', async () => {
    await ask();
    await agree(bob);
    expect((await agree(bob)).state).toBe('waiting');
    expect((await agree('arn:aws:sts::111122223333:assumed-role/Administrator/bob')).decisions).toHaveLength(1);
  });

  it('counts two people who decide at the same moment', async () => {
    await ask();
    await Promise.all([agree(bob), agree(carol)]);
    expect(await approversOf(deps, plan, 2)).toHaveLength(2);
  });

  it('ends with the first refusal, permanently', async () => {
    await ask();
    await agree(bob);
    expect((await refuse(carol)).state).toBe('refused');
    await expect(agree('dave')).rejects.toMatchObject({ code: 'already-decided' });
    await expect(approversOf(deps, plan, 1)).rejects.toMatchObject({ code: 'not-approved' });
  });

  it('can be withdrawn while it is pending, not once it was granted', async () => {
    await ask();
    await agree(bob);
    expect((await refuse(bob)).state).toBe('refused');
    await ask({ id: 'r2', needed: 1 });
    await decideApproval(deps, tenant, 'r2', { by: bob, agrees: true, hash: 'h1' });
    await expect(decideApproval(deps, tenant, 'r2', { by: bob, agrees: false, hash: 'h1' })).rejects.toMatchObject({
      code: 'already-decided',
    });
  });

  it('applies to one preview: another hash, another plan or another id is refused', async () => {
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

  it('is not granted by the person who applies the plan either', async () => {
    await ask({ takenUpBy: bob });
    for (const by of [alice, bob]) await expect(agree(by)).rejects.toMatchObject({ code: 'own-request' });
    expect((await agree(carol)).decisions).toHaveLength(1);
  });

  it('gets a new timeout when the same plan is requested again', async () => {
    const first = await ask();
    deps.clock.advance(20 * 3600 * 1000);
    expect(Date.parse((await ask()).until) - Date.parse(first.until)).toBe(20 * 3600 * 1000);
  });

  it('is refused after its timeout', async () => {
    await ask();
    deps.clock.advance(24 * 3600 * 1000);
    await expect(agree(bob)).rejects.toMatchObject({ code: 'approval-late' });
  });

  it('requires a requester', async () => {
    await expect(ask({ requestedBy: 'unknown' })).rejects.toMatchObject({ code: 'requester-unnamed' });
    await expect(ask({ requestedBy: ' ' })).rejects.toMatchObject({ code: 'requester-unnamed' });
  });

  it('keeps the decision when the task is retried with another token', async () => {
    await ask();
    await agree(bob);
    const again = await ask({ token: 't2' });
    expect(again).toMatchObject({ token: 't2', state: 'waiting', decisions: [{ by: bob }] });
  });

  it('is decided again when another person or execution applies the plan, and never by the person who applies it', async () => {
    await ask({ takenUpBy: 'dan', asking: 'one' });
    await agree(bob);
    await expect(ask({ takenUpBy: bob, asking: 'two', token: 't2' })).rejects.toMatchObject({ code: 'own-approval' });
    expect((await ask({ takenUpBy: 'erin', asking: 'one', token: 't2' })).decisions).toEqual([]);
    await agree(carol);
    expect((await ask({ takenUpBy: 'erin', asking: 'two', token: 't3' })).decisions).toEqual([]);
    expect((await agree('dan')).state).toBe('waiting');
    await expect(agree('Erin')).rejects.toMatchObject({ code: 'own-request' });
    await expect(approversOf(deps, plan, 2)).rejects.toMatchObject({ code: 'not-approved' });
  });

  it('is decided again after its timeout, and under other conditions', async () => {
    await ask();
    await agree(bob);
    deps.clock.advance(25 * 3600 * 1000);
    expect((await ask({ token: 't2' })).decisions).toEqual([]);
    await agree(bob);
    expect((await ask({ token: 't3', needed: 1 })).decisions).toEqual([]);
    expect((await agree(bob)).state).toBe('approved');
    expect((await ask({ token: 't4', needed: 2 })).state).toBe('waiting');
  });

  it('stays refused, whoever applies the plan', async () => {
    await ask();
    await refuse(bob);
    expect((await ask({ takenUpBy: 'dan', token: 't2' })).state).toBe('refused');
  });

  it('is neither requested nor decided under a name that identifies no person', async () => {
    const sdk = 'arn:aws:sts::111122223333:assumed-role/Engineer/aws-sdk-js-1764320000000';
    await expect(ask({ requestedBy: sdk })).rejects.toMatchObject({ code: 'identity-unclear' });
    await ask();
    await expect(agree(sdk.replace('0000000', '1000000'))).rejects.toMatchObject({ code: 'identity-unclear' });
  });

  it('needs no approval where the deployment requires none', async () => {
    expect(await approversOf(deps, plan, 0)).toEqual([]);
  });
});

describe('one person', () => {
  const ann = 'arn:aws:sts::111122223333:assumed-role/Approver/ann';
  it.each([
    'arn:aws:sts::111122223333:assumed-role/Operator/ann/',
    'arn:aws:iam::444455556666:user/ann',
    ' ANN ',
    'a\u0301nn',
    '\uff21\uff4e\uff4e',
    'a\u200bnn',
    'Ann (ops)',
    'ann@example.com',
    'ann+restore@example.org',
    'Ann Smith',
    'Ann <ann@example.com>',
    'A. Smith <ann@example.com>',
    'CORP\\ann',
    'ann-1764320000000',
    'arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/Ann@Example.com',
  ])('is recognised as %j', name => {
    expect(samePerson(name, ann)).toBe(true);
    expect(samePerson(ann, name)).toBe(true);
    expect(() => requirePerson(name)).not.toThrow();
  });

  it('is recognised through two spellings of the same words', () => {
    expect(samePerson('Ann Smith', 'ann.smith@example.com')).toBe(true);
    expect(samePerson('annsmith', 'Smith, Ann')).toBe(false);
    expect(samePerson('AnnSmith', 'ann smith')).toBe(true);
    expect(samePerson('A. Smith', 'ann.smith@example.com')).toBe(true);
  });

  it('is not another', () => {
    expect(samePerson(alice, bob)).toBe(false);
    expect(samePerson('ann smith', 'ann jones')).toBe(false);
    expect(samePerson('ann1', 'ann2')).toBe(false);
    expect(samePerson('anna', 'ann')).toBe(false);
    expect(samePerson('arn:aws:iam::111122223333:root', ann)).toBe(false);
    expect(samePerson('arn:aws:iam::111122223333:root', 'arn:aws:iam::444455556666:root')).toBe(true);
  });

  it.each([
    '',
    '  ',
    '\u200b',
    '---',
    'unknown',
    '12345678',
    'aws-sdk-js-1764320000000',
    'botocore-session-1764320000',
    'aws-go-sdk-1764320000000000000',
    'AWSCLI-Session',
    'i-0123456789abcdef0',
    '0b5a4a0e-2f0c-4c49-9d8e-0d2f7a3b1c5d',
    'arn:aws:iam::111122223333:role/Operator',
    'arn:aws:sts::111122223333:assumed-role/Operator',
    'arn:aws:sts::111122223333:assumed-role/Operator/aws-sdk-js-1764320000000',
    '\u0430nn',
  ])('is not identified by %j', name => {
    expect(() => requirePerson(name)).toThrowError(expect.objectContaining({ code: 'identity-unclear' }));
  });
});

describe('the number of approvals', () => {
  const policy = { inPlace: 2, missingOnly: 1 };
  it('depends on what is written: overwriting needs more than adding, and writing nothing live needs none', () => {
    expect(approvalsNeeded(policy, { mode: 'exact', sideBySide: false })).toBe(2);
    expect(approvalsNeeded(policy, { mode: 'columns', sideBySide: false })).toBe(2);
    expect(approvalsNeeded(policy, { mode: 'missing-only', sideBySide: false })).toBe(1);
    expect(approvalsNeeded(policy, { mode: 'exact', sideBySide: true })).toBe(0);
  });
});

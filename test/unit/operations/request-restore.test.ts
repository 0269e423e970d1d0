/** Who requested a restore: the person whom IAM authenticated at the entry, and nobody whom a document merely names. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isUnverified } from '../../../lib/domain/caller.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { decideApproval } from '../../../lib/operations/restore/apply/approve.ts';
import { askApproval } from '../../../lib/operations/restore/apply/request-approval.ts';
import { stampedRequester, stampRequest } from '../../../lib/operations/restore/apply/request-restore.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const tenant = tenantRef('test', tenantId('acme'));
const user = (name: string) => `arn:aws:iam::111122223333:user/${name}`;
const INPUT = { tenant: 'acme', target: '2026-01-31T10:04:59Z', keys: { 'public.t': [['1']] } };

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
});
afterEach(() => deps.dispose());

const request = (id: string, by: string, input: Record<string, unknown> = INPUT) =>
  stampRequest(deps, { tenant, id, input, requestedBy: by });
const requester = (name: string, input: Record<string, unknown>, startedAt = deps.clock.now()) =>
  stampedRequester(deps, tenant, { name, startedAt }, input);

describe('the requester of a restore', () => {
  it('is the caller of the entry, whoever the request names', async () => {
    const input = await request('request-1', user('alice'), { ...INPUT, requestedBy: user('bob') });
    expect(input).toEqual({ ...INPUT, requestedBy: user('alice') });
    expect(await requester('request-1', input)).toBe(user('alice'));
  });

  it('is recorded as unverified if the execution was started directly', async () => {
    expect(await requester('by-hand', { ...INPUT, requestedBy: user('bob') })).toBe(`${user('bob')} (unverified)`);
    expect(await requester('by-hand', INPUT)).toBe('unknown (unverified)');
    expect(await requester('by-hand', { ...INPUT, requestedBy: { name: 'bob' } })).toBe('unknown (unverified)');
  });

  it('is not taken from the stamp of another execution, document, tenant or time', async () => {
    const input = await request('request-1', user('alice'));
    const other = { catalog: deps.catalog };
    const started = { name: 'request-1', startedAt: deps.clock.now() };
    expect(isUnverified(await requester('request-2', input))).toBe(true);
    expect(isUnverified(await requester('request-1', { ...input, target: 'latest' }))).toBe(true);
    expect(isUnverified(await requester('request-1', { ...input, requestedBy: user('bob') }))).toBe(true);
    const globex = tenantRef('test', tenantId('globex'));
    expect(isUnverified(await stampedRequester(other, globex, started, input))).toBe(true);
    // Step Functions admits the name again after 90 days.
    const later = new Date(deps.clock.now().getTime() + 91 * 24 * 3600 * 1000);
    expect(isUnverified(await requester('request-1', input, later))).toBe(true);
  });

  it('survives the transport of the document: order of members and repeated serialization do not matter', async () => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 }), async more => {
        const id = `request-${n++}`;
        const input = await request(id, user('alice'), more);
        const moved = Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(input))).reverse());
        expect(await requester(id, moved)).toBe(user('alice'));
      }),
      { numRuns: 50 },
    );
  });

  it('requests once under one id: the same again changes nothing, another request is refused', async () => {
    const input = await request('request-1', user('alice'));
    deps.clock.advance(60_000);
    expect(await request('request-1', user('alice'))).toEqual(input);
    await expect(request('request-1', user('bob'))).rejects.toMatchObject({ code: 'request-used' });
    await expect(request('request-1', user('alice'), { ...INPUT, target: 'latest' })).rejects.toMatchObject({
      code: 'request-used',
    });
    expect(await requester('request-1', input)).toBe(user('alice'));
  });
});

describe('an approval', () => {
  const ask = (who: { requestedBy: string; takenUpBy?: string }) =>
    askApproval(deps, { tenant, id: 'r1', plan: 'p', hash: 'h', needed: 1, token: 't', approvalHours: 1, ...who });
  const approve = (by: string) => decideApproval(deps, tenant, 'r1', { by, hash: 'h', agrees: true });

  it('is not requested for someone whom a document names: that person could be the approver', async () => {
    const requestedBy = await requester('by-hand', { ...INPUT, requestedBy: user('bob') });
    await expect(ask({ requestedBy })).rejects.toMatchObject({ code: 'requester-unverified' });
    await expect(ask({ requestedBy: user('alice'), takenUpBy: requestedBy })).rejects.toMatchObject({
      code: 'requester-unverified',
    });
  });

  it('of a preview with an unverified requester is requested by the person who applies it, who cannot approve it', async () => {
    const requestedBy = await requester('by-hand', { ...INPUT, requestedBy: user('bob') });
    await ask({ requestedBy, takenUpBy: user('dave') });
    await expect(approve(user('dave'))).rejects.toMatchObject({ code: 'own-request' });
    await expect(approve(user('bob'))).rejects.toMatchObject({ code: 'own-request' });
    expect((await approve(user('carol'))).state).toBe('approved');
  });

  it.each([
    ['the spelling', 'Alice'],
    ['a path', 'ops/team/alice'],
    ['a tag', 'alice+admin'],
    ['a mail domain', 'alice@example.com'],
    ['punctuation', '-alice-'],
    ['a time', 'alice-1764320000000'],
  ])('is not given by the requester under another name that differs in %s', async (_, name) => {
    await ask({ requestedBy: user('alice') });
    await expect(approve(user(name))).rejects.toMatchObject({ code: 'own-request' });
  });

  it('is not given by one person in two sessions, nor by who takes the plan up after approving it', async () => {
    const sso = 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Approvers_0123456789abcdef/bob@example.com';
    const base = { tenant, id: 'r1', plan: 'p', hash: 'h', needed: 2, token: 't', approvalHours: 1 };
    await askApproval(deps, { ...base, requestedBy: user('alice'), asking: 'one' });
    await approve(user('bob'));
    expect((await approve(sso)).decisions).toHaveLength(1);
    await expect(
      askApproval(deps, { ...base, requestedBy: user('alice'), takenUpBy: sso, asking: 'two' }),
    ).rejects.toMatchObject({ code: 'own-approval' });
  });
});

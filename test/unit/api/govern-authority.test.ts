/**
 * Who reaches which route about holds, destruction, the audit trail, evidence and retention, by the policies themselves: a
 * tenant administrator of another tenant reaches none, and whoever is refused learns nothing, not even that a tenant exists.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../../lib/api/routes.ts';
import { type Principal, ROLES, type Role } from '../../../lib/domain/principal.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { type ApiWorld, apiWorld, governingParts } from '../../support/api-world.ts';
import { acme, owner, person, stranger } from '../../support/governed.ts';

const HOLDERS: readonly Role[] = ['legal-officer', 'auditor', 'system-administrator'];
const AUDIT: readonly Role[] = ['auditor', 'system-administrator'];
const ALL = ['operator', 'auditor', 'system-administrator', 'tenant-administrator'] as const;
const FLEET = ['operator', 'auditor', 'system-administrator'] as const;
const ROOT: readonly Role[] = ['system-administrator'];
const T = `/tenants/${acme}`;
const why = { reason: 'case 17' };
const since = { framework: 'soc2', from: '2026-01-01T00:00:00Z' };

/** Path, who may, and what is sent. */
const TABLE: readonly (readonly [id: string, path: string, roles: readonly Role[], body?: object])[] = [
  ['listHolds', '/holds', HOLDERS],
  ['listTenantHolds', `${T}/holds`, HOLDERS],
  ['readMatter', '/matters/0mfs8t2xk-00000000', HOLDERS],
  ['readHold', `${T}/holds/0mfs8t2xk-00000000`, HOLDERS],
  ['verifyHolds', `${T}/holds/verify`, HOLDERS, {}],
  ['requestHold', `${T}/holds`, ['legal-officer', 'system-administrator'], { ...why, matter: 'case 17' }],
  ['requestRelease', `${T}/holds/0mfs8t2xk-00000000/release`, ['legal-officer', 'system-administrator'], why],
  ['listDestructions', '/destructions', FLEET],
  ['readDestruction', `${T}/destruction`, ALL],
  ['readDestructionCertificate', `${T}/destruction/certificate`, ALL],
  ['planDestruction', `${T}/destruction/plan`, ROOT],
  ['requestDestruction', `${T}/destruction`, ROOT, { ...why, confirm: 'nobody' }],
  ['cancelDestruction', `${T}/destruction/cancel`, ROOT, why],
  ['finishDestruction', `${T}/destruction/finish`, ROOT, {}],
  ['readRetention', `${T}/retention`, ALL],
  ['simulateRetention', `${T}/retention/simulation?dailyDays=3`, ALL],
  ['requestRetentionChange', `${T}/retention/changes`, ROOT, why],
  ['listAuditEvents', '/audit', AUDIT],
  ['listTenantAuditEvents', `${T}/audit`, AUDIT],
  ['exportAuditEvents', `${T}/audit/export`, AUDIT],
  ['verifyAudit', '/audit/verifications', AUDIT, {}],
  ['readAuditChain', `${T}/audit/chain`, AUDIT],
  ['readAuditAnchors', `${T}/audit/anchors`, AUDIT],
  ['listEvidence', '/evidence', AUDIT],
  ['readEvidence', `/evidence/${'0'.repeat(32)}`, AUDIT],
  ['downloadEvidence', `/evidence/${'0'.repeat(32)}/files`, AUDIT],
  ['makeEvidence', '/evidence', AUDIT, since],
];
const GROUPS = ['holds', 'destructions', 'retention', 'audit', 'evidence'];

let api: ApiWorld;
beforeAll(async () => {
  api = await apiWorld({ known: ['acme', 'other'], parts: governingParts });
  api.rule = {};
});
afterAll(async () => {
  await api.apiDeps.executions.settled();
  await api.deps.dispose();
});

it('names every route of these groups, but for the public keys', () => {
  const ids = ROUTES.filter(({ group }) => GROUPS.includes(group)).map(({ id }) => id);
  expect(ids.sort()).toEqual([...TABLE.map(([id]) => id), 'readPublicKey'].sort());
});

describe.each(TABLE.map(([id, path, roles, body]) => ({ id, path, roles, body })))('$id', ({ path, roles, body }) => {
  it.each(ROLES)('admits exactly who may: %s', async role => {
    const who: Principal = role === 'tenant-administrator' ? owner : person(role, [role]);
    const { status, body: answered } = await api.call<{ code?: string }>(who, path, body);
    const isRefused = status === 403 && answered?.code === 'not-permitted';
    expect({ role, isRefused }).toEqual({ role, isRefused: !roles.includes(role) });
  });

  it('refuses the administrator of another tenant, and who has no role', async () => {
    for (const who of [stranger, person('nobody', [])])
      expect(await api.call(who, path, body)).toMatchObject({ status: 403, body: { code: 'not-permitted' } });
  });

  it('says the same of a tenant that does not exist to who is refused', async () => {
    const unknown = tenantRef('test-installation', tenantId('unknown'));
    const asked = await api.call(stranger, path.replace(acme, unknown), body);
    expect(asked).toMatchObject({ status: 403, body: { code: 'not-permitted' } });
  });
});

it('records each refusal in the audit trail', async () => {
  await api.call(stranger, `${T}/holds`);
  expect(await api.last()).toEqual({
    action: 'readHolds',
    outcome: 'denied',
    code: 'not-permitted',
    who: 'theo',
  });
});

it('shows the chain of the installation only to who may read all of it', async () => {
  const path = '/tenants/system/audit/chain';
  expect(await api.call(person('ada', ['auditor']), path)).toMatchObject({ status: 200 });
  for (const who of [owner, stranger]) expect(await api.call(who, path)).toMatchObject({ status: 403 });
  expect(await api.call(person('ada', ['auditor']), '/tenants/system/holds')).toMatchObject({ status: 404 });
});

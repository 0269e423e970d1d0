/** Who may do what, by playing every principal, action and tenant through the policies. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { policyModule } from '../../../../bin/write-policies.ts';
import { GOVERNED_ACTIONS } from '../../../../lib/domain/governed-action.ts';
import { PERMISSIONS, type Permission, permissionsOf } from '../../../../lib/domain/permission.ts';
import { type Principal, ROLES, type Role } from '../../../../lib/domain/principal.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../../lib/domain/tenant.ts';
import { requirePermitted } from '../../../../lib/operations/governance/audit.ts';
import { authorizer, type Circumstances } from '../../../../lib/operations/governance/authorize.ts';
import { validatePolicies } from '../../../../lib/policy/policy-set.ts';
import { BASE_POLICIES, POLICY_SCHEMA } from '../../../../lib/policy/policy-text.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const [acme, other] = ['acme', 'other'].map(id => tenantRef('test', tenantId(id))) as [TenantRef, TenantRef];
const authorize = authorizer();

const FLAGS = ['ownRequest', 'tenantAdministratorDecides', 'held'] as const;
const CIRCUMSTANCES: Partial<Circumstances>[] = Array.from({ length: 8 }, (_, bits) =>
  Object.fromEntries(FLAGS.map((flag, bit) => [flag, (bits & (1 << bit)) !== 0])),
);
const DECISIONS = GOVERNED_ACTIONS.map(action => permissionsOf(action).decide);

const principal = (roles: readonly Role[], tenants: readonly TenantRef[] = []): Principal => ({
  ...{ name: 'ann', proof: 'operating-system', roles: [...roles], tenants: [...tenants] },
});
const allowed = async (who: Principal, permission: (typeof PERMISSIONS)[number], tenant = acme, when = {}) =>
  (await authorize(who, permission, tenant, when)).allowed;

/** Every set of up to two roles. */
const ROLE_SETS = ROLES.flatMap((one, at) => [[one], ...ROLES.slice(at + 1).map(two => [one, two])]);

describe('the policies', () => {
  it('are the files of policies/, and fit the schema', () => {
    const module = readFileSync(join(ROOT, 'lib/policy/policy-text.ts'), 'utf8');
    expect(module).toBe(policyModule());
    const files = readdirSync(join(ROOT, 'policies')).filter(name => name.endsWith('.cedar'));
    const text = files.map(name => readFileSync(join(ROOT, 'policies', name), 'utf8')).join('\n');
    const parts = cedar.policySetTextToParts(text);
    expect(parts.type === 'success' && parts.policies.length).toBe(Object.keys(BASE_POLICIES).length);
    const staticPolicies = BASE_POLICIES;
    expect(cedar.validate({ schema: POLICY_SCHEMA, policies: { staticPolicies } })).toMatchObject({
      ...{ type: 'success', validationErrors: [], validationWarnings: [] },
    });
  });

  it('know exactly the permissions of the code', () => {
    const schema = cedar.schemaToJson(POLICY_SCHEMA);
    const actions = schema.type === 'success' ? Object.keys(schema.json['']!.actions) : [];
    expect(actions.sort()).toEqual([...PERMISSIONS].sort());
  });
});

describe('nobody', () => {
  it('without a role is allowed anything, on any tenant, under any circumstances', async () => {
    for (const permission of PERMISSIONS)
      for (const when of CIRCUMSTANCES)
        for (const tenant of [acme, SYSTEM, undefined])
          expect(await authorize(principal([], [acme]), permission, tenant, when)).toMatchObject({ allowed: false });
  });

  it('decides on or reviews an own request, whatever the roles', async () => {
    for (const roles of ROLE_SETS)
      for (const permission of [...DECISIONS, 'reviewBrokenGlass' as const])
        expect(
          await allowed(principal(roles, [acme]), permission, acme, {
            ...{ ownRequest: true, tenantAdministratorDecides: true },
          }),
        ).toBe(false);
  });

  it('both destroys and approves a destruction, whatever the roles', async () => {
    for (const roles of ROLE_SETS) {
      const who = principal(roles, [acme]);
      expect((await allowed(who, 'destroy')) && (await allowed(who, 'approveDestroy'))).toBe(false);
    }
  });

  it('both places holds and approves a release, and a legal officer does not execute one', async () => {
    for (const roles of ROLE_SETS) {
      const who = principal(roles, [acme]);
      expect((await allowed(who, 'hold')) && (await allowed(who, 'approveRelease'))).toBe(false);
      if (roles.includes('legal-officer')) expect(await allowed(who, 'release')).toBe(false);
    }
  });

  it('destroys what is held', async () => {
    for (const roles of ROLE_SETS)
      expect(await allowed(principal(roles, [acme]), 'destroy', acme, { held: true })).toBe(false);
  });
});

describe('a tenant administrator', () => {
  it('is allowed nothing on another tenant or on the installation', async () => {
    const who = principal(['tenant-administrator'], [acme]);
    for (const permission of PERMISSIONS)
      for (const when of CIRCUMSTANCES)
        for (const tenant of [other, SYSTEM, undefined])
          expect(await authorize(who, permission, tenant, when)).toMatchObject({ allowed: false });
  });

  it('is allowed what its role says on its own tenant, and decides only where the approval policy says so', async () => {
    const who = principal(['tenant-administrator'], [acme]);
    expect(await allowed(who, 'restore')).toBe(true);
    expect(await allowed(who, 'readRows')).toBe(false);
    for (const decision of DECISIONS) {
      expect(await allowed(who, decision)).toBe(false);
      expect(await allowed(who, decision, acme, { tenantAdministratorDecides: true })).toBe(true);
    }
  });
});

describe('during a hold', () => {
  it('a tenant administrator restores as before, and destroys, erases and shortens nothing, whatever its other roles', async () => {
    const own = principal(['tenant-administrator'], [acme]);
    for (const permission of PERMISSIONS)
      expect(await allowed(own, permission, acme, { held: true })).toBe(await allowed(own, permission));
    for (const permission of ['previewRestore', 'restore', 'export', 'snapshot'] as const)
      expect(await allowed(own, permission, acme, { held: true })).toBe(true);
    for (const roles of ROLE_SETS.filter(set => set.includes('tenant-administrator')))
      for (const permission of ['destroy', 'erase', 'changePolicy'] as const)
        expect(await allowed(principal(roles, [acme]), permission, acme, { held: true })).toBe(false);
  });

  it('a denial tells whoever must not know of a hidden hold nothing of it', async () => {
    const denial = async (who: Principal, permission: Permission, held: boolean) =>
      requirePermitted(
        { authorize, record: async () => {}, isHeld: async () => held },
        { principal: who, permission, tenant: acme },
      )
        .then(() => 'allowed')
        .catch(error => ({ message: error.message, ...error.details }));
    for (const role of ['tenant-administrator', 'operator'] as const)
      for (const permission of PERMISSIONS) {
        const who = principal([role], [acme]);
        expect(await denial(who, permission, true)).toEqual(await denial(who, permission, false));
      }
    expect(await denial(principal(['system-administrator']), 'destroy', true)).toMatchObject({
      policies: ['held-is-not-destroyed'],
    });
  });
});

describe('roles', () => {
  it('other than system administrator read no rows, and auditors change nothing', async () => {
    for (const role of ROLES.filter(each => each !== 'system-administrator'))
      expect(await allowed(principal([role], [acme]), 'readRows')).toBe(false);
    const reads = [];
    for (const permission of PERMISSIONS) if (await allowed(principal(['auditor']), permission)) reads.push(permission);
    expect(reads).toEqual([
      ...['seeStatus', 'seeTimeline', 'seeRequests', 'readRecords', 'readHolds', 'readAudit', 'exportEvidence'],
      'reviewBrokenGlass',
    ]);
  });

  it('break glass only as system administrator', async () => {
    for (const role of ROLES)
      expect(await allowed(principal([role], [acme]), 'breakGlass')).toBe(role === 'system-administrator');
  });
});

describe('policies of an installation', () => {
  const noRestores = {
    name: 'own.cedar',
    text: '@id("no-restores") forbid (principal, action == Action::"restore", resource);',
  };

  it('forbid what Holdfast permits, in whatever order the files come', async () => {
    const more = { name: 'more.cedar', text: '@id("more") permit (principal, action == Action::"restore", resource);' };
    for (const own of [
      [noRestores, more],
      [more, noRestores],
    ])
      expect(await authorizer(own)(principal(['operator']), 'restore', acme)).toEqual({
        ...{ allowed: false, policies: ['no-restores'] },
      });
  });

  it('give the same answers in any order', async () => {
    const own = ['seeStatus', 'snapshot', 'readRows'].map((action, at) => ({
      name: `${at}.cedar`,
      text: `@id("p${at}") permit (principal in Role::"auditor", action == Action::"${action}", resource);`,
    }));
    const [one, reversed] = [authorizer(own), authorizer([...own].reverse())];
    for (const role of ROLES)
      for (const permission of PERMISSIONS)
        expect(await one(principal([role], [acme]), permission, acme)).toEqual(
          await reversed(principal([role], [acme]), permission, acme),
        );
  });

  it('deny when one of them cannot be evaluated', async () => {
    const broken = {
      name: 'broken.cedar',
      text: '@id("overflow") forbid (principal, action == Action::"restore", resource) when { 9223372036854775807 + 1 > 0 };',
    };
    expect(await authorizer([broken])(principal(['operator']), 'restore', acme)).toMatchObject({ allowed: false });
  });

  it.each([
    ['do not parse', 'permit (principal'],
    ['name an action that does not exist', '@id("x") permit (principal, action == Action::"fly", resource);'],
    ['read a field that does not exist', '@id("x") permit (principal, action, resource) when { principal.boss };'],
    ['have no id', 'permit (principal, action, resource);'],
    ['replace a policy of Holdfast', '@id("own-request") permit (principal, action, resource);'],
  ])('are refused if they %s', async (_, text) => {
    await expect(validatePolicies([{ name: 'own.cedar', text }])).rejects.toMatchObject({ code: 'bad-policy' });
    await expect(
      authorizer([{ name: 'own.cedar', text }])(principal(['operator']), 'restore', acme),
    ).rejects.toMatchObject({
      code: 'bad-policy',
    });
  });
});

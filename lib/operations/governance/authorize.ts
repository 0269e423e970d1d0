/**
 * The one place that decides whether a principal may do something: Cedar policies, those of Holdfast (policies/) and the
 * installation's own. Invariants: what no policy permits is denied; a forbid wins over every permit; an error in the
 * evaluation of any policy denies.
 */
import type { Permission } from '../../domain/permission.ts';
import type { Principal } from '../../domain/principal.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import { type Cedar, loadCedar, type PolicyFile, policySet } from '../../policy/policy-set.ts';
import { POLICY_SCHEMA } from '../../policy/policy-text.ts';

export interface Authorization {
  readonly allowed: boolean;
  /** Ids of the policies that decided. Empty: no policy permits it. */
  readonly policies: string[];
}

export interface Circumstances {
  /** The principal asked for what is being decided or reviewed. */
  readonly ownRequest: boolean;
  /** The approval policy lets the tenant's own administrator decide. */
  readonly tenantAdministratorDecides: boolean;
  /** A legal hold stands on the tenant. */
  readonly held: boolean;
}

/** `tenant` undefined or `system`: what concerns the installation. Absent circumstances are false. */
export type Authorize = (
  principal: Principal,
  permission: Permission,
  tenant: TenantRef | undefined,
  circumstances?: Partial<Circumstances>,
) => Promise<Authorization>;

const INSTALLATION = { type: 'Installation', id: 'installation' } as const;
const NO_CIRCUMSTANCES: Circumstances = { ownRequest: false, tenantAdministratorDecides: false, held: false };

/** Decides with the policies of Holdfast and the installation's own, which are checked with the first decision. */
export function authorizer(own: readonly PolicyFile[] = []): Authorize {
  let ready: Promise<Prepared> | undefined;
  return async (principal, permission, tenant, circumstances) => {
    ready ??= loadCedar().then(cedar => prepare(cedar, own));
    return decide(await ready, { principal, permission, tenant, circumstances });
  };
}

interface Prepared {
  readonly cedar: Cedar;
  /** Of the parsed policies inside the engine. */
  readonly name: string;
}

let prepared = 0;

function prepare(cedar: Cedar, own: readonly PolicyFile[]): Prepared {
  const name = `holdfast-${++prepared}`;
  const staticPolicies = policySet(cedar, own);
  const schema = cedar.preparseSchema('holdfast', POLICY_SCHEMA);
  const parsed = cedar.preparsePolicySet(name, { staticPolicies });
  // Each part was checked: that they do not go together is a fault of ours.
  if (schema.type === 'failure' || parsed.type === 'failure') throw new Error('The policies cannot be prepared.');
  return { cedar, name };
}

interface Question {
  readonly principal: Principal;
  readonly permission: Permission;
  readonly tenant: TenantRef | undefined;
  readonly circumstances: Partial<Circumstances> | undefined;
}

function decide({ cedar, name }: Prepared, asked: Question): Authorization {
  const { principal, permission, tenant, circumstances } = asked;
  const person = { type: 'Principal', id: principal.name };
  const roles = principal.roles.map(id => ({ type: 'Role', id }));
  const own = principal.tenants.map(id => ({ type: 'Tenant', id }));
  const resource = tenant === undefined || tenant === SYSTEM ? INSTALLATION : { type: 'Tenant', id: tenant };
  const tenants = new Set([...principal.tenants, ...(tenant === undefined || tenant === SYSTEM ? [] : [tenant])]);
  const answer = cedar.statefulIsAuthorized({
    ...{ principal: person, action: { type: 'Action', id: permission }, resource },
    context: { ...NO_CIRCUMSTANCES, ...circumstances },
    ...{ preparsedSchemaName: 'holdfast', preparsedPolicySetId: name, validateRequest: true },
    entities: [
      { uid: person, attrs: { tenants: own.map(__entity => ({ __entity })) }, parents: roles },
      ...[...tenants].map(id => ({ uid: { type: 'Tenant', id }, attrs: {}, parents: [INSTALLATION] })),
    ],
  });
  if (answer.type === 'failure') return { allowed: false, policies: [] };
  const { decision, diagnostics } = answer.response;
  const allowed = decision === 'allow' && diagnostics.errors.length === 0;
  return { allowed, policies: [...diagnostics.reason].sort() };
}

/**
 * The one place that decides whether a principal may do something: Cedar policies, those of Holdfast (policies/) and the
 * installation's own. Invariants: what no policy permits is denied; a forbid wins over every permit; an error in the
 * evaluation of any policy denies.
 */
import { InputError } from '../../domain/errors.ts';
import type { Permission } from '../../domain/permission.ts';
import type { Principal } from '../../domain/principal.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import { BASE_POLICIES, POLICY_SCHEMA } from './policy-text.ts';

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

/** A policy file: its name for messages, and its text. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string;
}

type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs');

/** Loaded on demand: four megabytes that most runs of a function never need. */
async function loadCedar(): Promise<Cedar> {
  const loaded: Cedar & { readonly default?: Cedar } = await import('@cedar-policy/cedar-wasm/nodejs');
  // A bundle has a CommonJS module as its default export alone.
  return loaded.default ?? loaded;
}

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

/** InputError `bad-policy`: it does not parse, does not fit the schema, or has an id twice or none. */
export async function validatePolicies(own: readonly PolicyFile[]): Promise<void> {
  policySet(await loadCedar(), own);
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
  const failed = schema.type === 'failure' ? schema : parsed.type === 'failure' ? parsed : undefined;
  if (failed) throw badPolicy('policies/', failed.errors[0]?.message);
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

/** By id, in no order that matters. */
function policySet(cedar: Cedar, own: readonly PolicyFile[]): Record<string, string> {
  const found: Record<string, string> = { ...BASE_POLICIES };
  for (const { name, text } of own) {
    const parts = cedar.policySetTextToParts(text);
    if (parts.type === 'failure') throw badPolicy(name, parts.errors[0]?.message);
    if (parts.policy_templates.length > 0) throw badPolicy(name, 'templates are not supported');
    for (const policy of parts.policies) {
      const id = idOf(cedar, policy);
      if (id === undefined) throw badPolicy(name, 'every policy needs an @id("…") annotation');
      if (Object.hasOwn(found, id)) throw badPolicy(name, `the id ${JSON.stringify(id)} is in use`);
      found[id] = policy;
    }
  }
  // Those of Holdfast are checked by its tests.
  if (own.length > 0) requireValid(cedar, found, own.map(({ name }) => name).join(', '));
  return found;
}

function idOf(cedar: Cedar, policy: string): string | undefined {
  const parsed = cedar.policyToJson(policy);
  return parsed.type === 'success' ? parsed.json.annotations?.id : undefined;
}

function requireValid(cedar: Cedar, staticPolicies: Record<string, string>, names: string): void {
  const checked = cedar.validate({ schema: POLICY_SCHEMA, policies: { staticPolicies } });
  if (checked.type === 'failure') throw badPolicy(names, checked.errors[0]?.message);
  const [first] = checked.validationErrors;
  if (first) throw badPolicy(names, `policy ${first.policyId}: ${first.error.message}`);
}

function badPolicy(name: string, why = 'it cannot be read'): InputError {
  return new InputError('bad-policy', `The policies in ${name} cannot be used: ${why}.`, {
    hint: 'Correct the file. `policies/schema.cedarschema` has the entities and actions; docs/roles.md shows an example.',
    details: { file: name },
  });
}

/** The request path on local adapters: roles by name, a kind whose plan a test can change, and the trail read back. */
import * as z from 'zod';
import { type ApprovalRule, approvalRuleFor } from '../../lib/domain/approval-rule.ts';
import type { AuditEvent } from '../../lib/domain/audit-event.ts';
import type { Principal, Role } from '../../lib/domain/principal.ts';
import { Settings } from '../../lib/domain/settings.ts';
import { type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import type { ActionKind } from '../../lib/operations/governance/action-kind.ts';
import { appendEvent } from '../../lib/operations/governance/audit-trail.ts';
import { authorizer } from '../../lib/operations/governance/authorize.ts';
import { decideRequest } from '../../lib/operations/governance/decide-request.ts';
import { executeAction } from '../../lib/operations/governance/execute-action.ts';
import { readAudit } from '../../lib/operations/governance/read-audit.ts';
import { type GovernanceDeps, requestAction } from '../../lib/operations/governance/request-action.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';

export const [acme, other] = ['acme', 'other'].map(id => tenantRef('test-installation', tenantId(id))) as [
  TenantRef,
  TenantRef,
];

export function person(name: string, roles: readonly Role[], tenants: readonly TenantRef[] = []): Principal {
  return { name, proof: 'operating-system', roles: [...roles], tenants: [...tenants] };
}

export const olga = person('olga', ['operator']);
export const anna = person('anna', ['approver']);
export const bert = person('bert', ['approver']);
export const root = person('rosa', ['system-administrator']);
export const owner = person('tina', ['tenant-administrator'], [acme]);
export const stranger = person('theo', ['tenant-administrator'], [other]);

export interface World {
  readonly deps: GovernanceDeps & LocalDeps;
  readonly kinds: readonly ActionKind[];
  /** Each execution: the plan that was executed, and for which request. */
  readonly executed: { plan: unknown; request: string; approvedBy: readonly string[] }[];
  /** What a plan made now says. */
  state: string;
  /** The rule for every action. */
  rule: Partial<ApprovalRule>;
  /** What executing does beside. */
  during: () => Promise<void>;
  ask(principal?: Principal, tenant?: TenantRef): Promise<string>;
  decide(principal: Principal, id: string, change?: Partial<Parameters<typeof decideRequest>[1]>): Promise<unknown>;
  execute(principal: Principal, id: string, tenant?: TenantRef): ReturnType<typeof executeAction>;
  /** The trail of a tenant, oldest first, verified. */
  trail(tenant?: TenantRef): Promise<AuditEvent[]>;
  /** Action, outcome and code of its last event. */
  last(tenant?: TenantRef): Promise<Pick<AuditEvent, 'action' | 'outcome' | 'code'> & { who: string }>;
}

const Plan = z.object({ state: z.string() });

export async function governedWorld(): Promise<World> {
  const local = await localDeps();
  const settings = Settings.parse({});
  const kind: ActionKind<{ what: string }, z.infer<typeof Plan>, { done: boolean }> = {
    action: 'restore',
    input: z.strictObject({ what: z.string() }),
    plan: Plan,
    makePlan: async () => ({ state: world.state }),
    describe: ({ state }) => [`Do what ${state} says.`],
    async execute(_deps, _tenant, plan, { request, approvedBy }) {
      await world.during();
      world.executed.push({ plan, request, approvedBy });
      return { proof: { done: true }, records: {} };
    },
  };
  const deps: World['deps'] = {
    ...local,
    ...{ settings, slot: 's', publication: 'p', model: {} as World['deps']['model'] },
    authorize: authorizer(),
    record: (tenant, draft) => appendEvent({ ...local, settings }, tenant, draft),
    policyFor: (action, tenant) => ({
      ...approvalRuleFor({ actions: {}, tenants: {} }, action, tenant),
      ...world.rule,
    }),
  };
  const world: World = {
    ...{ deps, kinds: [kind as ActionKind], executed: [], state: 'one', rule: { approvals: 1 } },
    during: async () => {},
    async ask(principal = olga, tenant = acme) {
      const asked = { principal, action: 'restore', tenant, input: { what: 'all' }, reason: 'a mistake' } as const;
      return (await requestAction(deps, world.kinds, asked)).id;
    },
    async decide(principal, id, change = {}) {
      const planHash = change.planHash ?? (await hashOf(id));
      // Two decisions in one millisecond have no order.
      local.clock.advance(1);
      return decideRequest(deps, { principal, tenant: acme, id, agrees: true, ...change, planHash });
    },
    execute: (principal, id, tenant = acme) => executeAction(deps, world.kinds, { principal, tenant, id }),
    async trail(tenant = acme) {
      const events: AuditEvent[] = [];
      for await (const { event } of readAudit(local, tenant)) events.push(event);
      return events;
    },
    async last(tenant = acme) {
      const event = (await world.trail(tenant)).at(-1)!;
      const { action, outcome, code, who } = event;
      return { action, outcome, ...(code !== undefined && { code }), who: who.name };
    },
  };
  const hashOf = async (id: string) => {
    const requested = (await world.trail()).find(event => event.request === id && event.outcome === 'requested');
    return requested?.planHash ?? '0'.repeat(64);
  };
  return world;
}

export async function storedKeys(deps: Pick<LocalDeps, 'vault'>, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of deps.vault.keys(prefix)) keys.push(key);
  return keys;
}

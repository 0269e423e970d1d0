/**
 * The kind `change-policy`: shorter retention of one tenant, or of many under `system`. The plan is the simulated change
 * with the exact periods before and after; executing it stores one signed approval for each tenant, which the next expiry
 * of that tenant applies. Longer periods need none of this: they take effect with the configuration.
 *
 * Invariant: an approval is for the policy that was in force when it was planned, and for no other.
 */
import * as z from 'zod';
import { ConflictError, InputError } from '../../domain/errors.ts';
import { policyApprovalPrefix } from '../../domain/object-key.ts';
import { PolicyApproval, samePeriods, shortenedPeriods } from '../../domain/policy-change.ts';
import { PolicySimulation, type SimulatedTenant } from '../../domain/policy-simulation.ts';
import { RetentionPolicy } from '../../domain/retention.ts';
import { retainUntil } from '../../domain/settings.ts';
import { SYSTEM, TenantRef } from '../../domain/tenant.ts';
import { policyHistory } from '../retention/policy-in-force.ts';
import { simulatePolicy } from '../retention/simulate-policy.ts';
import { putSigned, readSigned } from '../storage/signed-document.ts';
import { unlessStored } from '../storage/write-once.ts';
import type { ActionDeps, ActionKind } from './action-kind.ts';

export const PolicyChangeInput = z.strictObject({
  changes: z.array(z.strictObject({ tenant: TenantRef, policy: RetentionPolicy })),
});
export type PolicyChangeInput = z.infer<typeof PolicyChangeInput>;

export const PolicyChangePlan = z.object({
  /** Sequence of the policy in force of each tenant, by reference. */
  replaces: z.record(TenantRef, z.number().int().positive()),
  simulation: PolicySimulation,
});
export type PolicyChangePlan = z.infer<typeof PolicyChangePlan>;

export interface PolicyChangeProof {
  /** One for each tenant: the key of its approval. */
  readonly approvals: readonly string[];
}

export const changePolicy: ActionKind<PolicyChangeInput, PolicyChangePlan, PolicyChangeProof> = {
  action: 'change-policy',
  input: PolicyChangeInput,
  plan: PolicyChangePlan,
  // Its counts are those of the day on which it was asked for; what is executed is checked against the policy in force.
  keepsPlan: true,
  makePlan: planPolicyChange,
  describe: describePolicyChange,
  async execute(deps, _tenant, plan, responsible) {
    const records: Record<string, string> = {};
    for (const change of plan.simulation.tenants) {
      const approval: PolicyApproval = {
        ...{ format: 'holdfast.policy-approval/1', tenant: change.tenant, replaces: plan.replaces[change.tenant]! },
        ...{ before: change.before, after: change.after, responsible, at: deps.clock.now().toISOString() },
      };
      const key = `${policyApprovalPrefix(change.tenant, approval.replaces)}${responsible.request}`;
      if (!(await isStored(deps, key, approval))) await storeApproval(deps, key, approval);
      records[key] = (await deps.vault.head(key))!.sha256;
    }
    return { proof: { approvals: Object.keys(records) }, records };
  },
};

async function planPolicyChange(
  deps: ActionDeps,
  tenant: TenantRef,
  { changes }: PolicyChangeInput,
): Promise<PolicyChangePlan> {
  const replaces: Record<string, number> = {};
  const changed = [];
  for (const { tenant: whose, policy } of changes) {
    if (tenant !== SYSTEM && whose !== tenant) throw otherTenant();
    const last = (await policyHistory(deps, whose)).at(-1)?.document;
    if (last === undefined || shortenedPeriods(last.policy, policy).length === 0) continue;
    replaces[whose] = last.sequence;
    changed.push({ tenant: whose, before: last.policy, after: policy });
  }
  if (changed.length === 0) throw nothingShorter();
  // More people may read a plan than may know of a hidden hold: what goes after its release is then what goes.
  return { replaces, simulation: await simulatePolicy(deps, changed, false) };
}

/** True after a crash that followed the store. */
async function isStored(deps: ActionDeps, key: string, approval: PolicyApproval): Promise<boolean> {
  if ((await deps.vault.head(key)) === undefined) return false;
  const stored = await readSigned(deps, key, PolicyApproval);
  const { responsible } = stored;
  return samePeriods(stored.after, approval.after) && responsible.planHash === approval.responsible.planHash;
}

async function storeApproval(deps: ActionDeps, key: string, approval: PolicyApproval): Promise<void> {
  const last = (await policyHistory(deps, approval.tenant)).at(-1)?.document;
  if (last?.sequence !== approval.replaces || !samePeriods(last.policy, approval.before)) throw changedMeanwhile();
  const lock = { retainUntil: retainUntil(deps.settings, 'record', deps.clock.now()) };
  const stored = await unlessStored(putSigned(deps, key, approval, lock));
  // Another execution of the same request may have stored it.
  if (stored === undefined && !(await isStored(deps, key, approval))) throw changedMeanwhile();
}

function describePolicyChange({ simulation }: PolicyChangePlan): readonly string[] {
  const { tenants, log } = simulation;
  const lines = tenants.flatMap(each => [periodsText(each), leavingText(each)]);
  const runs = log.goes.backups > 0 ? [`${log.goes.backups} runs of the shared log are no longer kept.`] : [];
  return [
    ...lines,
    ...runs,
    `${simulation.bytes} stored bytes are no longer kept.`,
    'Locks are not shortened: locked backups stay until their locks end.',
    'The change takes effect with the first expiry at which exactly these periods are configured.',
  ];
}

function periodsText({ tenant, before, after }: SimulatedTenant): string {
  const fields = Object.keys(before) as (keyof RetentionPolicy)[];
  const changes = fields.filter(field => before[field] !== after[field]);
  return `Tenant ${tenant}: ${changes.map(field => `${field} ${before[field]} → ${after[field]}`).join(', ')}.`;
}

function leavingText({ tenant, goes, onRelease, window }: SimulatedTenant): string {
  const last = goes.locked.at(-1);
  const locked = last === undefined ? '' : `, the last of them when its lock ends on ${last.until}`;
  const held = onRelease > 0 ? ` A legal hold keeps ${onRelease} more until its release; then they go too.` : '';
  const from = window.after === null ? '' : ` Any second since ${window.after} stays recoverable.`;
  return `Tenant ${tenant}: ${goes.backups} backups are no longer kept${locked}.${held}${from}`;
}

function otherTenant(): InputError {
  return new InputError('bad-input', 'The change names a tenant that the request is not for.', {
    hint: 'Ask for each tenant, or for all of them together under `system`.',
  });
}

function nothingShorter(): InputError {
  return new InputError('nothing-to-approve', 'No retention period is configured shorter than the one in force.', {
    hint: 'Configure the new periods first. Longer periods need no approval; the first expiry records what is in force.',
  });
}

function changedMeanwhile(): ConflictError {
  return new ConflictError('policy-changed', 'Another retention policy came into force since the change was planned.', {
    hint: 'Nothing was approved. Request the change again.',
  });
}

/**
 * The plan of a request: made by its kind, written as one canonical text, and hashed. Invariant: the hash is of exactly
 * the text that is kept, and equal plans have equal texts.
 */
import { createHash } from 'node:crypto';
import { InputError } from '../../domain/errors.ts';
import { ActionPlan, type GovernedAction } from '../../domain/governed-action.ts';
import { canonicalJson } from '../../domain/preview.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { ActionDeps, ActionKind } from './action-kind.ts';

export interface MadePlan {
  readonly plan: ActionPlan;
  /** Canonical text: what is kept and hashed. */
  readonly text: string;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
}

/** InputError `bad-input` for an input that the kind does not read; and what making the plan throws. */
export async function planAction(
  deps: ActionDeps,
  kind: ActionKind,
  tenant: TenantRef,
  input: unknown,
): Promise<MadePlan> {
  const parsed = kind.input.safeParse(input);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(issue => `${issue.path.join('.') || 'input'}: ${issue.message}`);
    throw new InputError('bad-input', `The input of the action ${kind.action} is not valid: ${fields.join('; ')}.`, {
      hint: 'Correct the named fields.',
    });
  }
  const body = kind.plan.parse(await kind.makePlan(deps, tenant, parsed.data));
  const format = 'holdfast.action-plan/1';
  const plan = ActionPlan.parse({ format, action: kind.action, tenant, sentences: [...kind.describe(body)], body });
  const text = canonicalJson(plan);
  return { plan, text, hash: hashOfPlan(text) };
}

export function hashOfPlan(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** InputError `unknown-action` if this installation has no such kind. */
export function kindOf(kinds: readonly ActionKind[], action: GovernedAction): ActionKind {
  const found = kinds.find(kind => kind.action === action);
  if (found) return found;
  throw new InputError('unknown-action', `This installation cannot do the action ${action}.`, {
    hint: 'Use the version of Holdfast that the request was made with.',
  });
}

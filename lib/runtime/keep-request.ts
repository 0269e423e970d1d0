/**
 * What the entries of the request path do with a body once they know who asks: keep the signed request, and start or cancel
 * it. Invariant: nothing is executed here; the state machine that is started carries the request out.
 */
import * as z from 'zod';
import type { Principal } from '../domain/principal.ts';
import { TenantRef } from '../domain/tenant.ts';
import type { ActionKind } from '../operations/governance/action-kind.ts';
import { askWithoutApprovals } from '../operations/governance/break-glass.ts';
import { cancelRequest } from '../operations/governance/cancel-request.ts';
import { requireExecutable } from '../operations/governance/execute-action.ts';
import { planIn, type RequestView } from '../operations/governance/read-request.ts';
import { type ActionAsked, type GovernanceDeps, requestAction } from '../operations/governance/request-action.ts';
import type { AwsPorts } from './aws.ts';
import { startCarryingOut } from './workflows.ts';

/** How a request is asked for. */
export const HOW_ASKED = {
  reason: z.string().max(500),
  ticket: z.string().max(200).exactOptional(),
  /** False: what needs no approval waits until it is executed, so that its plan can be read before. */
  start: z.boolean().default(true),
  /** Carries it out at once, without approvals; it alarms. */
  breakGlass: z.boolean().default(false),
};

export const StepAsked = z.strictObject({
  step: z.enum(['execute', 'cancel']),
  tenant: TenantRef,
  /** Of the request. */
  id: z.string(),
});

/** An entry: what can be asked for there, and the ARN of the state machine that carries it out. */
export interface RequestEntry {
  readonly deps: GovernanceDeps;
  readonly kinds: readonly ActionKind[];
  readonly machine: string | undefined;
  readonly workflows: AwsPorts['workflows'];
}

/** Throws what requestAction() throws. */
export async function keepRequest(
  { deps, kinds, machine, workflows }: RequestEntry,
  asked: ActionAsked,
  { start, breakGlass }: { readonly start: boolean; readonly breakGlass: boolean },
) {
  const made = await (breakGlass ? askWithoutApprovals : requestAction)(deps, kinds, asked);
  const { id, tenant, action, planHash, rule, until } = made;
  const needsNobody = breakGlass || rule.approvals === 0;
  const started =
    needsNobody && (start || breakGlass)
      ? await startCarryingOut(workflows, machine, { ...made, now: deps.clock.now() })
      : false;
  const approvals = breakGlass ? 0 : rule.approvals;
  return { id, tenant, action, planHash, approvals, until, started, sentences: planIn(made).sentences };
}

/** The signed documents of the request decide what it is, not the caller. */
export async function stepRequest(
  { deps, machine, workflows }: RequestEntry,
  principal: Principal,
  { step, tenant, id }: z.infer<typeof StepAsked>,
) {
  const named = { principal, tenant, id };
  if (step === 'cancel') return answerOf(await cancelRequest(deps, named), false);
  const view = await requireExecutable(deps, named);
  const now = deps.clock.now();
  return answerOf(view, !view.result && (await startCarryingOut(workflows, machine, { ...view.request, now })));
}

function answerOf({ request: { id, tenant, action }, state }: RequestView, started: boolean) {
  return { id, tenant, action, state, started };
}

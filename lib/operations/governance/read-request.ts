/**
 * A request as its signed documents say, and nothing else: the catalog is not asked. Invariant: a decision counts only if it
 * is signed for its own key, is about this request and its plan, and the rules (domain/approval.ts) admit it; a refusal
 * counts before any approval, so that two people racing fail closed.
 */
import type * as z from 'zod';
import { type Approval, decide } from '../../domain/approval.ts';
import { HoldfastError, InputError } from '../../domain/errors.ts';
import { ActionPlan } from '../../domain/governed-action.ts';
import {
  decisionKey,
  GlassReview,
  GovernedRequest,
  isRequestId,
  RequestDecision,
  RequestEnd,
  type RequestPart,
  RequestResult,
  type RequestState,
  requestPartKey,
} from '../../domain/governed-request.ts';
import { samePerson } from '../../domain/person.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { altered } from '../storage/sealed-document.ts';
import { type DocumentDeps, findGovernance, readGovernance } from './governance-document.ts';
import { hashOfPlan } from './plan-action.ts';

export interface RequestView {
  readonly request: GovernedRequest;
  readonly state: RequestState;
  /** The decisions that count, under the rule of the request. */
  readonly approval: Approval;
  /** All signed decisions with their words, also those that do not count. */
  readonly decisions: readonly RequestDecision[];
  readonly end: RequestEnd | undefined;
  readonly result: RequestResult | undefined;
  /** Of an execution without approvals. */
  readonly review: GlassReview | undefined;
}

export type ReadDeps = DocumentDeps & Pick<Deps, 'clock'>;

/** InputError `unknown-request`; IntegrityError `object-altered`. */
export async function readRequest(deps: ReadDeps, tenant: TenantRef, id: string): Promise<RequestView> {
  const request =
    isRequestId(id) && (await findGovernance(deps, requestPartKey(tenant, id, 'request'), GovernedRequest));
  if (!request) throw unknownRequest();
  requireOwnText(request, tenant, id);
  const keyOf = (part: RequestPart) => requestPartKey(tenant, id, part);
  const end = await findPart(deps, request, keyOf('end'), RequestEnd);
  const result = await findPart(deps, request, keyOf('result'), RequestResult);
  const review = request.brokeGlass && (await findPart(deps, request, keyOf('review'), GlassReview));
  const decisions = await readDecisions(deps, request);
  const approval = fold(request, decisions);
  const state = stateOf(request, { approval, end, result }, deps.clock.now());
  return { request, state, approval, decisions, end, result, review: isReview(request, review) ? review : undefined };
}

/** A signed document under this key can only be one that names it, with the plan that its hash is of. */
function requireOwnText(request: GovernedRequest, tenant: TenantRef, id: string): void {
  const isOwn = request.tenant === tenant && request.id === id && hashOfPlan(request.plan) === request.planHash;
  if (!isOwn) throw altered(requestPartKey(tenant, id, 'request'), undefined);
}

async function findPart<T extends About>(
  deps: DocumentDeps,
  request: GovernedRequest,
  key: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const found = await findGovernance(deps, key, schema);
  if (found && !isAbout(found, request)) throw altered(key, undefined);
  return found;
}

async function readDecisions(deps: DocumentDeps, request: GovernedRequest): Promise<RequestDecision[]> {
  const decisions: RequestDecision[] = [];
  for await (const key of deps.vault.keys(decisionKey(request.tenant, request.id, ''))) {
    const decision = await readGovernance(deps, key, RequestDecision);
    if (!isAbout(decision, request)) throw altered(key, undefined);
    decisions.push(decision);
  }
  return decisions;
}

type About = Pick<RequestDecision, 'request' | 'tenant' | 'action' | 'planHash'>;

function isAbout(part: About, { id, tenant, action, planHash }: GovernedRequest): boolean {
  return part.request === id && part.tenant === tenant && part.action === action && part.planHash === planHash;
}

function isReview(request: GovernedRequest, review: GlassReview | undefined): boolean {
  return review !== undefined && !samePerson(review.by.name, request.requestedBy.name);
}

function fold(request: GovernedRequest, decisions: readonly RequestDecision[]): Approval {
  const ordered = [...decisions.filter(({ agrees }) => !agrees), ...decisions.filter(({ agrees }) => agrees)];
  return ordered.reduce((approval, decision) => {
    try {
      return decideAs(approval, decision);
    } catch (error) {
      if (error instanceof HoldfastError) return approval;
      throw error;
    }
  }, askedApproval(request));
}

/** Applies the rules to a decision. Throws InputError, ConflictError as `decide` does. */
export function decideAs(
  approval: Approval,
  { by, agrees, planHash, at }: Pick<RequestDecision, 'by' | 'agrees' | 'planHash' | 'at'>,
): Approval {
  const owner = by.roles.includes('tenant-administrator') && by.tenants.includes(approval.tenant);
  return decide(approval, { by: by.name, agrees, hash: planHash, at: new Date(at), roles: by.roles, owner });
}

function askedApproval(request: GovernedRequest): Approval {
  const { id, tenant, action, planHash, requestedBy, rule, askedAt, until } = request;
  return {
    ...{ format: 'holdfast.approval/1', id, action, tenant, plan: requestPartKey(tenant, id, 'request') },
    ...{ hash: planHash, requestedBy: requestedBy.name, needed: Math.max(1, rule.approvals) },
    ...{ from: rule.from, tenantAdministrator: rule.tenantAdministrator, token: 'none', askedAt, until },
    ...{ state: 'waiting', decisions: [] },
  };
}

function stateOf(
  { rule, until, brokeGlass }: GovernedRequest,
  { approval, end, result }: Pick<RequestView, 'approval' | 'end' | 'result'>,
  now: Date,
): RequestState {
  if (result) return 'done';
  if (end) return end.end === 'cancelled' ? 'cancelled' : 'executing';
  if (approval.state === 'refused') return 'refused';
  if (now >= new Date(until)) return 'expired';
  return rule.approvals === 0 || brokeGlass ? 'approved' : approval.state;
}

export function unknownRequest(): InputError {
  return new InputError('unknown-request', 'There is no request of this tenant with this id.', {
    hint: '`holdfast requests TENANT` lists the requests.',
  });
}

/** The plan of a request that was read: its hash was checked. */
export function planIn(request: Pick<GovernedRequest, 'plan'>): ActionPlan {
  return ActionPlan.parse(JSON.parse(request.plan));
}

/**
 * A restore on AWS as a request: what the catalog has of its approval and Step Functions of its execution, for one reader.
 * Invariant: its plan is opened in a session of the tenant, and only for who may see the tenant's requests.
 */
import type * as z from 'zod';
import { type Approval, approvalsNeeded, decide, isAsking } from '../../domain/approval.ts';
import { askedUntil } from '../../domain/approval-times.ts';
import { DAY_MS } from '../../domain/daily-share.ts';
import { samePerson } from '../../domain/person.ts';
import type { PlanDocument } from '../../domain/plan-file.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { requirePermitted } from '../../operations/governance/audit.ts';
import { decidedBefore, mayNot, possibly } from '../../operations/governance/possible-steps.ts';
import { unknownRequest } from '../../operations/governance/read-request.ts';
import { inParallel } from '../../operations/in-parallel.ts';
import { findApproval } from '../../operations/restore/apply/kept-approvals.ts';
import { PREVIEW_ID } from '../../operations/restore/apply/read-preview.ts';
import { describePlan } from '../../operations/restore/compare/describe-plan.ts';
import type { ApiDeps } from '../api-deps.ts';
import type { RequestOpened } from '../documents/governed-documents.ts';
import type { OwnRequest } from '../documents/self-documents.ts';
import { type PageAsked, pageOf } from '../paging.ts';
import { shownName } from '../request-pages.ts';
import {
  askedIn,
  deployedOf,
  executionOfPlan,
  isAbout,
  type RestoreExecution,
  restoreOf,
} from './deployed-restores.ts';

type Opened = z.output<typeof RequestOpened>;
type Steps = Opened['steps'];

/** At least one of the two is there. */
export interface RestoreAsked {
  readonly tenant: TenantRef;
  /** Id of the preview, and of the request. */
  readonly id: string;
  readonly approval: Approval | undefined;
  readonly execution: RestoreExecution | undefined;
}

/** InputError `unknown-request`. */
export async function findAsked(deps: ApiDeps, tenant: TenantRef, id: string): Promise<RestoreAsked> {
  const isId = PREVIEW_ID.test(id);
  const approval = isId ? await findApproval(deps.storage, tenant, id) : undefined;
  const execution = isId ? await executionFor(deps, tenant, { id, approval }) : undefined;
  if (execution === undefined && (approval === undefined || isForgotten(approval, deps.storage.clock.now())))
    throw unknownRequest();
  return { tenant, id, approval, execution };
}

const AT_ONCE = 8;
/** Step Functions knows an execution for 90 days: what became of an older one is in the records of restores alone. */
const KNOWN_DAYS = 90;

function isForgotten({ askedAt }: Approval, now: Date): boolean {
  return now.getTime() - Date.parse(askedAt) > KNOWN_DAYS * DAY_MS;
}

/** The execution that asked, whoever started it; before it asked, the one that this API starts. */
async function executionFor(
  deps: ApiDeps,
  tenant: TenantRef,
  { id, approval }: Pick<RestoreAsked, 'id' | 'approval'>,
): Promise<RestoreExecution | undefined> {
  const arn = approval?.asking?.split(' ')[0];
  const found = await deployedOf(deps).find(arn ?? executionOfPlan(id));
  return found && isAbout(found, tenant, deps.storage.installation) ? found : undefined;
}

/** What the execution waits for, does or has come to. `needed`: approvals. */
export function askedState({ approval, execution }: RestoreAsked, needed: number, now: Date): Opened['state'] {
  if (execution?.state === 'done') return 'done';
  if (approval?.state === 'refused') return 'refused';
  if (approval?.state === 'waiting' && now >= new Date(approval.until)) return 'expired';
  if (execution?.state === 'failed') return 'failed';
  if (approval?.state === 'waiting') return 'waiting';
  // Before it asks, the execution checks the plan.
  return approval === undefined && needed > 0 ? 'waiting' : 'executing';
}

/** With its plan in sentences. */
export function openedAsked(deps: ApiDeps, principal: Principal, asked: RestoreAsked, plan: PlanDocument) {
  return shownAsked(deps, principal, asked, plannedIn(deps, plan));
}

export function plannedIn(deps: ApiDeps, { request, preview }: PlanDocument): Planned {
  const needed = approvalsNeeded(deployedOf(deps).approvals, request);
  return { sentences: describePlan({ ...preview, mode: request.mode }), hash: preview.hash, needed };
}

interface Planned {
  readonly sentences: readonly string[];
  readonly hash: string;
  /** Approvals. */
  readonly needed: number;
}

/** As the list shows it, for which no plan is opened. */
export function listedAsked(
  deps: ApiDeps,
  principal: Principal,
  asked: RestoreAsked & { readonly approval: Approval },
) {
  return shownAsked(deps, principal, asked, plannedUnseen(asked.approval));
}

/** Where its plan is not opened. */
export function plannedUnseen({ hash, needed }: Approval): Planned {
  return { sentences: ['Apply exactly the preview.'], hash, needed };
}

/** The page of these approvals, the newest first, with their executions. */
export async function pageOfAsked(deps: ApiDeps, approvals: readonly Approval[], page: PageAsked) {
  const now = deps.storage.clock.now();
  const known = approvals.filter(each => !isForgotten(each, now));
  const newest = known.sort((a, b) => (a.id < b.id ? 1 : -1));
  const { items, next } = pageOf(newest, page, ({ id }) => id);
  const found = await inParallel(AT_ONCE, items, async approval => {
    const { tenant, id } = approval;
    return { tenant, id, approval, execution: await executionFor(deps, tenant, { id, approval }) };
  });
  return { found, next };
}

async function shownAsked(
  deps: ApiDeps,
  principal: Principal,
  asked: RestoreAsked,
  { sentences, hash, needed }: Planned,
): Promise<Opened> {
  const { tenant, id, approval, execution } = asked;
  const { requestedBy, reason } = whoAsked(asked);
  const now = deps.storage.clock.now();
  const state = askedState(asked, needed, now);
  const { askedAt, until } = timesOf(deps, asked);
  const isDone = state === 'done';
  return {
    ...{ id, tenant, action: 'restore', state, requestedBy, reason, ticket: null, askedAt, until, planHash: hash },
    ...{ plan: [...sentences], approvals: needed, brokeGlass: false, reviewedBy: null },
    decisions: (approval?.decisions ?? []).map(({ by, agrees, at }) => ({ by, agrees, at, comment: null })),
    ...{ executedBy: isDone ? requestedBy : null, executedAt: isDone ? execution!.endedAt : null },
    ...{ name: await shownName(deps, tenant), from: ['approver'], preview: id, previewHash: hash },
    ...{ restore: execution ? restoreOf(execution) : null, execution: execution?.name ?? null },
    isOwn: samePerson(principal.name, requestedBy),
    steps: await stepsOf(deps, principal, asked, state),
  };
}

/** As the tenant's administrator sees it. */
export function ownAsked(
  deps: ApiDeps,
  principal: Principal,
  asked: RestoreAsked,
  { sentences, needed }: Omit<Planned, 'hash'>,
): OwnRequest {
  const { id, approval, execution } = asked;
  const { requestedBy, reason } = whoAsked(asked);
  const { askedAt, until } = timesOf(deps, asked);
  const found = askedState(asked, needed, deps.storage.clock.now());
  return {
    // Nothing was written, and the tenant can ask again.
    ...{ id, action: 'restore', state: found === 'failed' ? 'cancelled' : found, askedAt, until },
    ...{ reason, plan: [...sentences], approvals: needed },
    approved: (approval?.decisions ?? []).filter(({ agrees }) => agrees).length,
    isOwn: samePerson(requestedBy, principal.name),
    endedAt: execution?.endedAt ?? null,
  };
}

function timesOf(deps: ApiDeps, { approval, execution }: RestoreAsked) {
  const askedAt = approval?.askedAt ?? execution!.startedAt;
  const until = approval?.until ?? askedUntil(deployedOf(deps).approvalHours, new Date(askedAt)).toISOString();
  return { askedAt, until };
}

function whoAsked({ approval, execution }: RestoreAsked) {
  const asked = execution && askedIn(execution);
  const requestedBy = approval?.takenUpBy ?? approval?.requestedBy ?? asked!.requestedBy;
  return { requestedBy, reason: asked?.reason ?? '' };
}

async function stepsOf(
  deps: ApiDeps,
  principal: Principal,
  { tenant, approval }: RestoreAsked,
  state: Opened['state'],
): Promise<Steps> {
  const it = mayNot(`It is ${state}.`);
  const waits = mayNot('It is executed by itself once it is approved.');
  return {
    decide: state === 'waiting' ? await decidable(deps, principal, tenant, approval) : it,
    execute: state === 'waiting' ? waits : it,
    cancel: state === 'waiting' ? mayNot('It expires, or somebody refuses it.') : it,
    breakGlass: state === 'waiting' ? mayNot('On AWS the role for break glass restores without Holdfast.') : it,
    review: mayNot('There is nothing to review.'),
  };
}

/** The policies permit it, and the rules count this person, who has not decided yet. */
async function decidable(deps: ApiDeps, principal: Principal, tenant: TenantRef, approval: Approval | undefined) {
  if (approval === undefined) return mayNot('It is being checked. Ask again in a moment.');
  const before = decidedBefore(approval, principal);
  if (before) return before;
  const attempt = { principal, permission: 'approveRestore', tenant } as const;
  return possibly(async () => {
    await requirePermitted(deps.recording, attempt, { ownRequest: isAsking(approval, principal.name) });
    decide(approval, {
      ...{ by: principal.name, agrees: true, hash: approval.hash, at: deps.storage.clock.now() },
      maySignInAs: name => deployedOf(deps).maySignInAs(principal, name),
    });
  });
}

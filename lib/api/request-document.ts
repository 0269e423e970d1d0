/** A request as the API answers and `--json` prints it: what was asked, the plan in sentences, and what became of it. */
import { ActionPlan } from '../domain/governed-action.ts';
import type { RequestState } from '../domain/governed-request.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { RequestView } from '../operations/governance/read-request.ts';

/** A request as `--json` prints it. */
export interface RequestDocument {
  readonly id: string;
  readonly tenant: TenantRef;
  readonly action: string;
  readonly state: RequestState;
  readonly requestedBy: string;
  readonly reason: string;
  readonly ticket: string | null;
  readonly askedAt: string;
  readonly until: string;
  readonly planHash: string;
  /** The plan in sentences. */
  readonly plan: readonly string[];
  /** How many must approve, and who decided. */
  readonly approvals: number;
  readonly decisions: readonly {
    readonly by: string;
    readonly agrees: boolean;
    readonly at: string;
    readonly comment: string | null;
  }[];
  readonly executedBy: string | null;
  readonly executedAt: string | null;
  readonly brokeGlass: boolean;
  readonly reviewedBy: string | null;
}

/** With the decisions that count, and their words. */
export function requestDocument(view: RequestView): RequestDocument {
  const { request, state, approval, decisions, end, result, review } = view;
  const comments = new Map(decisions.map(({ by, at, comment = null }) => [`${at} ${by.name}`, comment]));
  const { id, tenant, action, requestedBy, reason, ticket = null, askedAt, until, planHash, plan, rule } = request;
  return {
    ...{ id, tenant, action, state, requestedBy: requestedBy.name, reason, ticket, askedAt, until, planHash },
    plan: ActionPlan.parse(JSON.parse(plan)).sentences,
    approvals: rule.approvals,
    decisions: approval.decisions.map(({ by, agrees, at }) => ({
      ...{ by, agrees, at, comment: comments.get(`${at} ${by}`) ?? null },
    })),
    executedBy: result?.by ?? (end?.end === 'started' ? end.by.name : null),
    executedAt: result?.at ?? null,
    ...{ brokeGlass: request.brokeGlass ?? false, reviewedBy: review?.by.name ?? null },
  };
}

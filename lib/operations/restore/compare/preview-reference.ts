/** A kept preview as it passes through a state machine: references and counts, never a row value. */
import { type ApprovalPolicy, approvalsNeeded } from '../../../domain/approval.ts';
import { blockingConflicts, fitsOneFunction, type Preview } from '../../../domain/preview.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Context } from '../../context.ts';

/** How previews are kept and approved. */
export interface PreviewPolicy {
  readonly approvals: ApprovalPolicy;
  /** How long a preview can wait to be approved or applied. */
  readonly keepMs: number;
}

/** The reference to a preview. */
export interface PreviewReference {
  readonly tenant: TenantRef;
  readonly id: string;
  readonly planKey: string;
  readonly hash: string;
  readonly requestedBy: string;
  readonly takenUpBy?: string;
  /** Why, as said by whoever took it up. */
  readonly reason?: string;
  /** How many others must approve. */
  readonly approvals: number;
  /** A conflict blocks it. */
  readonly blocked: boolean;
  /** Too long for one function. */
  readonly tooLong: boolean;
  /** How long the transaction is predicted to take. */
  readonly predictedApplyMs: number;
  readonly target: string;
  readonly counts: { inserts: number; updates: number; deletes: number; conflicts: number };
  readonly conflicts: readonly { code: string; table: string; count: number; blocking: boolean }[];
  readonly keptUntil: string;
  /** When it was requested: the start of the recovery time. */
  readonly startedAt: string;
}

/** As many as fit into the input of a state: the plan has all of them. */
const SHOWN_CONFLICTS = 50;

export function referenceOf(
  ctx: Pick<Context, 'clock'>,
  kept: Pick<PreviewReference, 'tenant' | 'id' | 'planKey' | 'startedAt'>,
  preview: Preview,
  { approvals, keepMs }: PreviewPolicy,
): PreviewReference {
  const { inserts, updates, deletes } = preview.totals;
  return {
    ...kept,
    ...{ hash: preview.hash, target: preview.target },
    ...{ requestedBy: preview.request.requestedBy, approvals: approvalsNeeded(approvals, preview.request) },
    ...{ blocked: blockingConflicts(preview).length > 0, tooLong: !fitsOneFunction(preview) },
    predictedApplyMs: Math.round(preview.predictedApplyMs),
    counts: { inserts, updates, deletes, conflicts: preview.conflicts.length },
    conflicts: preview.conflicts
      .slice(0, SHOWN_CONFLICTS)
      .map(({ code, table, count, blocking }) => ({ code, table, count, blocking })),
    keptUntil: new Date(ctx.clock.now().getTime() + keepMs).toISOString(),
  };
}

/**
 * How the request path writes to the audit trail: every arrow, allowed or denied. Invariant: an event that cannot be
 * written stops what it belongs to, since the error of writing it is thrown.
 */
import type { AuditDraft } from '../../domain/audit-event.ts';
import { HoldfastError, InputError } from '../../domain/errors.ts';
import { maySeeHidden } from '../../domain/hold.ts';
import type { Permission } from '../../domain/permission.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Authorization, Authorize, Circumstances } from './authorize.ts';

/** Appends an event to the tenant's chain (audit-trail.ts); resolves when it is durable. */
export type RecordEvent = (tenant: TenantRef, draft: AuditDraft) => Promise<unknown>;

export interface RecordDeps {
  readonly authorize: Authorize;
  readonly record: RecordEvent;
  /** Whether a legal hold stands on the tenant. */
  readonly isHeld?: (tenant: TenantRef) => Promise<boolean>;
}

/** What events of one attempt have in common. */
export interface Attempt {
  readonly principal: Principal;
  readonly permission: Permission;
  readonly tenant: TenantRef;
  readonly request?: string;
  readonly planHash?: string;
}

/** An event about the attempt, with more about it. */
export function draftOf(
  { principal, permission, request, planHash }: Attempt,
  outcome: AuditDraft['outcome'],
  more: Partial<AuditDraft> = {},
): AuditDraft {
  return {
    ...{ who: principal, action: permission, outcome },
    ...(request !== undefined && { request }),
    ...(planHash !== undefined && { planHash }),
    ...more,
  };
}

/**
 * Ids of the policies that allow it. InputError `not-permitted`, `own-request`; nothing is recorded. A denial tells nobody
 * of a hold who must not know of it.
 */
export async function requirePermitted(
  deps: RecordDeps,
  { principal, permission, tenant }: Attempt,
  circumstances: Partial<Circumstances> = {},
): Promise<string[]> {
  const held = (await deps.isHeld?.(tenant)) ?? false;
  const decided = await deps.authorize(principal, permission, tenant, { held, ...circumstances });
  if (decided.allowed) return decided.policies;
  if (!held || maySeeHidden(principal)) throw notPermitted(principal, permission, decided);
  // The hold may be hidden: the denial is that of a tenant without one, or names no policy.
  const otherwise = await deps.authorize(principal, permission, tenant, { ...circumstances, held: false });
  throw notPermitted(principal, permission, otherwise.allowed ? { allowed: false, policies: [] } : otherwise);
}

/** Policies that denied it are in the details. */
export function notPermitted({ name, roles }: Principal, permission: Permission, { policies }: Authorization) {
  const details = { permission, policies };
  if (policies.includes('own-request')) {
    return new InputError('own-request', 'The requester cannot approve, refuse or review their own request.', {
      hint: 'Ask another person.',
      details,
    });
  }
  const why = policies.length > 0 ? ` (${policies.join(', ')})` : '';
  const as = roles.length > 0 ? `with the roles ${roles.join(', ')}` : 'without a role';
  return new InputError('not-permitted', `${name}, ${as}, is not permitted: ${permission}${why}.`, {
    hint: 'Ask someone who is, or ask a system administrator for a role (docs/roles.md). `holdfast policy explain` shows the decision.',
    details,
  });
}

/** Does the work of an attempt. What is refused is recorded as denied, with its code, before it is thrown. */
export async function recordingDenials<T>(deps: RecordDeps, attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'audit-unwritable') throw error;
    const policies = error.details.policies as string[] | undefined;
    const outcome = error.code === 'request-expired' ? 'expired' : 'denied';
    await deps.record(attempt.tenant, draftOf(attempt, outcome, { code: error.code, ...(policies && { policies }) }));
    throw error;
  }
}

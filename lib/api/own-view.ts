/**
 * What a tenant's administrator is shown of requests, work and previews. Invariant: nothing of another tenant: a conflict
 * with somebody else's row is said as one that only the operators can look into.
 */

import { samePerson } from '../domain/person.ts';
import type { ConflictCode, Preview } from '../domain/preview.ts';
import { isTenantOnly, type Principal } from '../domain/principal.ts';
import { planIn, type RequestView } from '../operations/governance/read-request.ts';
import { type OwnRequest, type RestoreCounts, WORK_RESULT } from './documents/self-documents.ts';
import type { Execution } from './executions.ts';
import { problemForTenant } from './problem.ts';

export function ownRequest({ request, state, approval, end, result }: RequestView, principal: Principal): OwnRequest {
  const { id, action, askedAt, until, reason, rule, requestedBy } = request;
  return {
    ...{ id, action, state, askedAt, until, reason, plan: planIn(request).sentences },
    ...{ approvals: rule.approvals, approved: approval.decisions.filter(({ agrees }) => agrees).length },
    isOwn: samePerson(requestedBy.name, principal.name),
    endedAt: result?.at ?? (end?.end === 'cancelled' ? end.at : null),
  };
}

/** Work that self-service did not begin has no result here. */
export function ownWork(execution: Execution, principal: Principal) {
  const { id, work, state, startedAt, endedAt, progress, result, problem } = execution;
  const isTenant = isTenantOnly(principal);
  return {
    ...{ id, work, state, startedAt, endedAt, result: WORK_RESULT.safeParse(result).data ?? null },
    problem: problem && isTenant ? problemForTenant(problem) : problem,
    // While the database is away, the message names its server.
    progress: isTenant ? progress.map(each => (each.step === 'database.away' ? AWAY : each)) : progress,
  };
}

const AWAY = { step: 'database.away', message: 'The database does not answer. Trying again' };

/** They say that rows of others exist. */
const ABOUT_OTHERS: ReadonlySet<ConflictCode> = new Set([
  'key-of-another-tenant',
  'unique-taken-elsewhere',
  'parent-of-another-tenant',
  'still-referenced-elsewhere',
  'foreign-row',
  'owned-otherwise',
]);

/** Numbers alone: no row, no key. `id`: null where nothing differs, and nothing is kept. */
export function countsOf({ preview, id }: { readonly preview: Preview; readonly id: string | null }): RestoreCounts {
  const { request, target, targetTime, tables, totals, conflicts } = preview;
  return {
    ...{ kind: 'counts', target: targetTime ?? target, time: targetTime, totals },
    mode: request.mode === 'missing-only' ? 'missing-only' : 'exact',
    tables: tables.map(({ table, inserts, updates, deletes }) => ({ table, inserts, updates, deletes })),
    conflicts: conflicts.map(({ table, blocking, code, explanation }) => ({
      ...{ table, blocking },
      explanation: ABOUT_OTHERS.has(code)
        ? 'Some rows cannot be restored as they were: ask the operators.'
        : explanation,
    })),
    ...{ preview: id, hash: preview.hash },
    predictedSeconds: Math.ceil(preview.predictedApplyMs / 1000),
  };
}

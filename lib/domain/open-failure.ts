/**
 * A failure that is open until it is mended: the state behind an alarm, where a count would end the alarm a minute later.
 * One for each kind, workflow and tenant: failing again renews it, and nothing accumulates.
 *
 * Invariant: only evidence that is newer than the failure mends it, or a person who acknowledged exactly this occurrence.
 */
import * as z from 'zod';
import { ERROR_CATALOG } from './error-catalog.ts';

export const FAILURE_KINDS = ['backup-failed', 'integrity-failed', 'restore-failed'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export const OpenFailure = z.object({
  format: z.literal('holdfast.open-failure/1'),
  kind: z.enum(FAILURE_KINDS),
  /** Name of the state machine, or `ship-log`. */
  workflow: z.string(),
  /** Reference; null for a run as a whole. */
  tenant: z.string().nullable(),
  /** Error code or name. */
  code: z.string(),
  /** Region in which it happened. */
  region: z.string(),
  at: z.string(),
  /** Mended (`by` is null), or acknowledged by a person. Absent while it is open. */
  closed: z.object({ by: z.string().nullable(), at: z.string(), reason: z.string() }).exactOptional(),
});
export type OpenFailure = z.infer<typeof OpenFailure>;

/** Identifies it among the open ones; also what a person types. */
export function failureId({ kind, workflow, tenant }: Pick<OpenFailure, 'kind' | 'workflow' | 'tenant'>): string {
  return [kind, workflow, ...(tenant === null ? [] : [tenant])].join('/');
}

/** Decisions of people about a restore; and the sum of failures of which each is open by itself. */
const DECIDED = new Set(['approval-refused', 'approval-late', 'own-approval', 'group-failed']);

/**
 * Whether it stays open. A restore that people refused, or whose request was wrong, did not fail: whoever asked for it has
 * the answer, and nothing will ever mend it.
 */
export function staysOpen(kind: FailureKind, code: string): boolean {
  if (kind !== 'restore-failed') return true;
  const kinds: readonly string[] =
    (ERROR_CATALOG as Readonly<Record<string, { kinds: readonly string[] }>>)[code]?.kinds ?? [];
  return !DECIDED.has(code) && !(kinds.length > 0 && kinds.every(each => each === 'input'));
}

/**
 * Who requested a restore, as the entry that IAM authenticates wrote it down. A document can claim any requester, and
 * whoever can start an execution can write any document: only a stamp of the same execution and the same document counts.
 *
 * Invariant: a stamp is good for one execution, started when it was written; an execution name that is used again after
 * the 90 days of Step Functions does not revive the stamp.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { unverified } from './caller.ts';
import { canonicalJson } from './preview.ts';
import { TenantRef } from './tenant.ts';

export const RequestStamp = z.object({
  format: z.literal('holdfast.request-stamp/1'),
  tenant: TenantRef,
  /** Name of the execution. */
  execution: z.string(),
  /** The person: an ARN that IAM reported. */
  requestedBy: z.string(),
  /** SHA-256 of the execution's input. */
  digest: z.string(),
  at: z.string(),
});
export type RequestStamp = z.infer<typeof RequestStamp>;

/** An execution as Step Functions identifies it to its own steps. */
export interface StartedExecution {
  readonly name: string;
  readonly startedAt: Date;
}

/** The entry starts the execution at once; the rest is for its retries. */
const START_WITHIN_MS = 3600 * 1000;

export function requestDigest(input: unknown): string {
  return createHash('sha256').update(canonicalJson(input)).digest('hex');
}

/** The requester of this execution: the person of its stamp, or the claimed name, marked as unverified. */
export function requesterOf(
  stamp: RequestStamp | undefined,
  { name, startedAt }: StartedExecution,
  input: { readonly requestedBy?: unknown },
): string {
  const isStamped =
    stamp?.execution === name &&
    Math.abs(startedAt.getTime() - Date.parse(stamp.at)) <= START_WITHIN_MS &&
    stamp.digest === requestDigest(input) &&
    stamp.requestedBy === input.requestedBy;
  if (isStamped) return stamp.requestedBy;
  return unverified(typeof input.requestedBy === 'string' ? input.requestedBy : 'unknown');
}

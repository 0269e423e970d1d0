/**
 * Sends an approver's decision to the approval URL, signed with the caller's credentials: the function learns who decides
 * from IAM, not from the message.
 */
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { z } from 'zod';
import { clientOptions } from '../aws/clients.ts';
import { ERROR_KINDS } from '../domain/error-kind.ts';
import { InputError, reportedError, StorageError } from '../domain/errors.ts';
import type { DeployedInstallation } from './installation.ts';
import { Sha256 } from './sha256.ts';

export interface ApprovalDecision {
  /** Tenant reference. */
  readonly tenant: string;
  readonly id: string;
  /** Hash of the preview that the approver reviewed. */
  readonly hash: string;
  readonly decision: 'approve' | 'refuse';
}

const Answer = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'approved', 'refused']),
  agreed: z.number(),
  needed: z.number(),
  /** Whether the waiting execution was notified. */
  told: z.boolean(),
});
export type ApprovalAnswer = z.infer<typeof Answer>;

const Refusal = z.object({ code: z.string(), message: z.string(), hint: z.string() });

const TIMEOUT_MS = 60_000;

/** InputError and ConflictError from the function; InputError `not-an-approver`; StorageError `approval-unreachable`. */
export async function sendDecision(
  { description, target }: Pick<DeployedInstallation, 'description' | 'target'>,
  decision: ApprovalDecision,
): Promise<ApprovalAnswer> {
  const url = new URL(description.approvalUrl);
  const body = JSON.stringify(decision);
  const signer = new SignatureV4({
    service: 'lambda',
    region: target.region,
    credentials: new STSClient(clientOptions(target)).config.credentials,
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/json' },
    body,
  });
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw unreachable('no answer', cause);
  }
  return answerOf(response.status, await response.json().catch(() => undefined));
}

function answerOf(status: number, document: unknown): ApprovalAnswer {
  if (status === 200) return Answer.parse(document);
  const refusal = Refusal.safeParse(document);
  if (refusal.success) {
    throw reportedError(status === ERROR_KINDS.input.httpStatus ? 'input' : 'conflict', refusal.data);
  }
  if (status === 403) {
    throw new InputError('not-an-approver', 'These credentials are not allowed to approve restores.', {
      hint: 'Attach the policy NAME-approver of the recovery stack to the approver.',
    });
  }
  throw unreachable(`HTTP ${status}`, undefined);
}

function unreachable(why: string, cause: unknown): StorageError {
  return new StorageError('approval-unreachable', `The decision may not have arrived (${why}).`, {
    hint: 'Send it again: the same decision twice counts once.',
    cause,
  });
}

/**
 * The entry for people who want a restore: writes down who IAM says is asking, then starts the execution. The first step
 * of the execution reads that back. Rules: domain/request-stamp.ts.
 */
import { HoldfastError, InputError } from '../../../domain/errors.ts';
import { RequestStamp, requestDigest, requesterOf, type StartedExecution } from '../../../domain/request-stamp.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { ApprovalDeps } from './kept-approvals.ts';

export interface StampedRequest {
  readonly tenant: TenantRef;
  /** Becomes the name of the execution. The caller chooses it, so that a request sent twice starts one restore. */
  readonly id: string;
  /** As the caller wrote it. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The person that IAM authenticated. */
  readonly requestedBy: string;
}

/**
 * Stamps the request and returns the input to start the execution with, in which `requestedBy` is the person. The same
 * request again gives the same input. InputError `request-used`.
 */
export async function stampRequest(
  { catalog, clock }: ApprovalDeps,
  { tenant, id, input: asked, requestedBy }: StampedRequest,
): Promise<Record<string, unknown>> {
  const input = { ...asked, requestedBy };
  const stamp: RequestStamp = {
    ...{ format: 'holdfast.request-stamp/1', tenant, execution: id, requestedBy },
    ...{ digest: requestDigest(input), at: clock.now().toISOString() },
  };
  const place = placeOf(tenant, id);
  try {
    await catalog.write([{ put: { ...place, value: stamp }, onlyIf: 'absent' }]);
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'lost-race')) throw error;
    const before = RequestStamp.parse((await catalog.get(place.partition, place.sort))?.value);
    if (before.digest !== stamp.digest) {
      throw new InputError('request-used', 'Another restore was requested under this id.', {
        hint: 'Send the request again under a new id.',
      });
    }
  }
  return input;
}

/** Who requested this execution: a person, or a name marked as unverified. */
export async function stampedRequester(
  { catalog }: Pick<ApprovalDeps, 'catalog'>,
  tenant: TenantRef,
  execution: StartedExecution,
  input: { readonly requestedBy?: unknown },
): Promise<string> {
  const { partition, sort } = placeOf(tenant, execution.name);
  const item = await catalog.get(partition, sort);
  return requesterOf(item && RequestStamp.parse(item.value), execution, input);
}

function placeOf(tenant: TenantRef, id: string) {
  return { partition: `tenant#${tenant}#requests`, sort: id };
}

/** Requests a restore at the entry of the installation, signed by the requester (signed-call.ts). */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { InputError, StorageError } from '../domain/errors.ts';
import type { Workflow } from '../domain/workflows.ts';
import type { DeployedInstallation } from './installation.ts';
import { callSigned } from './signed-call.ts';

const Answer = z.object({ execution: z.string() });

const ATTEMPTS = 3;

/** The state machines that are started in the name of a person. */
type Requested = Extract<Workflow, 'restore-tenant' | 'restore-tenants'>;

/**
 * Starts restore-tenant, or the other, in the name of the caller and returns the ARN of the execution. InputError and ConflictError from
 * the function; InputError `not-an-operator`; StorageError `request-unreachable`.
 */
export async function sendRequest(
  { description, target }: Pick<DeployedInstallation, 'description' | 'target'>,
  input: object,
  workflow: Requested = 'restore-tenant',
): Promise<string> {
  // Under one id, a request that is sent again starts nothing again.
  const body = { id: randomUUID(), input, ...(workflow !== 'restore-tenant' && { workflow }) };
  for (let attempt = 1; ; attempt++) {
    try {
      const { execution } = await callSigned(target, {
        ...{ url: description.requestUrl, body, answer: Answer, forbidden, unreachable },
      });
      return execution;
    } catch (error) {
      if (!(error instanceof StorageError) || attempt === ATTEMPTS) throw error;
    }
  }
}

function forbidden(): InputError {
  return new InputError('not-an-operator', 'These credentials are not allowed to request restores.', {
    hint: 'Attach the policy NAME-operator of the recovery stack to the requester.',
  });
}

function unreachable(why: string, cause: unknown): StorageError {
  return new StorageError('request-unreachable', `The restore may not have been requested (${why}).`, {
    hint: '`holdfast --profile PROFILE executions restore-tenant` shows whether it was started.',
    cause,
  });
}

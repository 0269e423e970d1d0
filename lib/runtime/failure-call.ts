/** Acknowledges an open failure at the installation, signed by the person (signed-call.ts). */
import * as z from 'zod';
import { InputError, StorageError } from '../domain/errors.ts';
import type { DeployedInstallation } from './installation.ts';
import { callSigned } from './signed-call.ts';

const Answer = z.object({ kind: z.string(), workflow: z.string(), tenant: z.string().nullable(), at: z.string() });

interface AcknowledgementCall {
  /** Id and time of the occurrence that the person saw. */
  readonly id: string;
  readonly at: string;
  readonly reason: string;
}

/** InputError from the function; InputError `not-an-operator`; StorageError `request-unreachable`. */
export function sendAcknowledgement(
  { description, target }: Pick<DeployedInstallation, 'description' | 'target'>,
  body: AcknowledgementCall,
): Promise<z.infer<typeof Answer>> {
  return callSigned(target, {
    ...{ url: description.acknowledgeUrl, body, answer: Answer },
    forbidden: () =>
      new InputError('not-an-operator', 'These credentials are not allowed to acknowledge failures.', {
        hint: 'Attach the policy NAME-operator of the recovery stack.',
      }),
    unreachable: (why, cause) =>
      new StorageError('request-unreachable', `The acknowledgement may not have arrived (${why}).`, {
        hint: 'Send it again: twice has the effect of once.',
        cause,
      }),
  });
}

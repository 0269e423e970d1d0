/** Asks the installation about a tenant's log, signed by the person who asks (signed-call.ts). */
import { InputError, StorageError } from '../domain/errors.ts';
import { ANSWERS, type AnswerTo, type Ask, type Investigation, type Question } from '../domain/investigation.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { DeployedInstallation } from './installation.ts';
import { callSigned } from './signed-call.ts';

/** A little more than the function's own. */
const TIMEOUT_MS = 310_000;

/** What the function refuses, as on this machine; InputError `not-an-operator`; StorageError `investigation-unanswered`. */
export async function sendInvestigation<A extends Ask>(
  { description, target }: Pick<DeployedInstallation, 'description' | 'target'>,
  tenant: TenantRef,
  question: Extract<Question, { ask: A }>,
): Promise<AnswerTo<A>> {
  const body: Investigation = { format: 'holdfast.investigation/1', tenant, question };
  const answer = await callSigned<AnswerTo<Ask>>(target, {
    ...{ url: description.investigateUrl, body, answer: ANSWERS[question.ask], timeoutMs: TIMEOUT_MS },
    forbidden: () =>
      new InputError('not-an-operator', 'These credentials are not allowed to read the activity of tenants.', {
        hint: 'Attach the policy NAME-operator of the recovery stack.',
      }),
    unreachable: (why, cause) =>
      new StorageError('investigation-unanswered', `The installation did not answer (${why}).`, {
        hint: 'Try again; if it recurs, narrow the range with --from and --to: the function reads for five minutes at most.',
        cause,
      }),
  });
  return answer as AnswerTo<A>;
}

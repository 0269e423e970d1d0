/** Posts on the status page of an installation on AWS, signed by the person (signed-call.ts). */
import * as z from 'zod';
import { InputError, StorageError } from '../domain/errors.ts';
import { type PostAsked, StatusPost } from '../domain/status-page/status-post.ts';
import type { StoredPost } from '../operations/reporting/post-status.ts';
import type { DeployedInstallation } from './installation.ts';
import { callSigned } from './signed-call.ts';

const Answer = z.object({ key: z.string(), post: StatusPost });

/** InputError from the function; InputError `no-status-page`, `not-an-operator`; StorageError `action-unreachable`. */
export async function sendPost(
  { description, target }: Pick<DeployedInstallation, 'description' | 'target'>,
  body: PostAsked,
): Promise<StoredPost> {
  const { statusUrl: url } = description;
  if (url === undefined) throw withoutPage();
  return callSigned(target, { url, body, answer: Answer, forbidden, unreachable });
}

function withoutPage(): InputError {
  return new InputError('no-status-page', 'This installation has no status page.', {
    hint: 'Set `statusPage` in the deployment and deploy it (docs/status-page.md).',
  });
}

function forbidden(): InputError {
  return new InputError('not-an-operator', 'These credentials are not allowed to post on the status page.', {
    hint: 'Attach the policy NAME-operator of the recovery stack of this region.',
  });
}

function unreachable(why: string, cause: unknown): StorageError {
  return new StorageError('action-unreachable', `The post may not have been stored (${why}).`, {
    hint: '`holdfast --profile PROFILE status-page list` shows whether it was. Sent twice, it is shown twice.',
    cause,
  });
}

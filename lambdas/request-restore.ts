/**
 * The entry for restores: its URL admits only IAM identities, and the requester of the execution that it starts is the
 * caller that IAM authenticated, whatever the request says. The same request under the same id starts one execution.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import { tenantOfRestore } from '../lib/operations/restore/apply/check-restore.ts';
import { stampRequest } from '../lib/operations/restore/apply/request-restore.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';
import { answerCaller, UrlEvent } from '../lib/runtime/function-url.ts';
import { executionArn, startOnce } from '../lib/runtime/workflows.ts';

const Body = z.strictObject({
  /** Name of the execution. */
  id: z.string().regex(/^[\w-]{8,80}$/),
  /** Input of restore-tenant: a request, or a plan to apply. */
  input: z.record(z.string(), z.unknown()),
});

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerCaller(event, tools, (person, body) => request(person, requestOf(body), tools)),
);

async function request(
  requestedBy: string,
  { id, input: asked }: z.infer<typeof Body>,
  { ctx, aws }: FunctionTools<StorageContext>,
) {
  const tenant = tenantOfRestore(asked, aws.config.installation);
  const input = await stampRequest(ctx, { tenant, id, input: asked, requestedBy });
  const { restoreTenant } = aws.config.workflows;
  await startOnce(aws.workflows, restoreTenant, id, input);
  return { execution: executionArn(restoreTenant, id), requestedBy };
}

function requestOf(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The request body is not a request for a restore.', {
    hint: 'Send {"id": 8 to 80 letters, digits, "-" or "_", "input": the input of restore-tenant}.',
  });
}

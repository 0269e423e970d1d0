/**
 * The entry for restores: its URL admits only IAM identities, and the requester of the execution that it starts is the
 * caller that IAM authenticated, whatever the request says. The same request under the same id starts one execution.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import { parseGroupInput } from '../lib/domain/group-run.ts';
import { SYSTEM } from '../lib/domain/tenant.ts';
import { tenantOfRestore } from '../lib/operations/restore/apply/check-restore.ts';
import { stampRequest } from '../lib/operations/restore/apply/request-restore.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';
import { answerCaller, UrlEvent } from '../lib/runtime/function-url.ts';
import { executionArn, startOnce } from '../lib/runtime/workflows.ts';

const Body = z.strictObject({
  /** Name of the execution. */
  id: z.string().regex(/^[\w-]{8,80}$/),
  /** Which state machine: restores of one tenant or of many. */
  workflow: z.enum(['restore-tenant', 'restore-tenants']).default('restore-tenant'),
  /** Its input. Of restore-tenant: a request, or a plan to apply. */
  input: z.record(z.string(), z.unknown()),
});

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerCaller(event, tools, (person, body) => request(person, requestOf(body), tools)),
);

async function request(
  requestedBy: string,
  { id, workflow, input: asked }: z.infer<typeof Body>,
  { ctx, aws }: FunctionTools<StorageContext>,
) {
  const { restoreTenant, restoreTenants } = aws.config.workflows;
  const isGroup = workflow === 'restore-tenants';
  // Of many tenants, none is stamped before its own restore is started.
  if (isGroup) parseGroupInput(asked);
  const tenant = isGroup ? SYSTEM : tenantOfRestore(asked, aws.config.installation);
  const input = await stampRequest(ctx, { tenant, id, input: asked, requestedBy });
  const machine = isGroup ? restoreTenants : restoreTenant;
  await startOnce(aws.workflows, machine, id, input);
  return { execution: executionArn(machine, id), requestedBy };
}

function requestOf(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The request body is not a request for a restore.', {
    hint: 'Send {"id": 8 to 80 letters, digits, "-" or "_", "workflow": "restore-tenant" or "restore-tenants", "input": its input}.',
  });
}

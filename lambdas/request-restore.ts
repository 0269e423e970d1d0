/**
 * The entry for restores: its URL admits only IAM identities, and the requester of the execution that it starts is the
 * caller that IAM authenticated, whatever the request says. The same request under the same id starts one execution. The
 * policies decide whether the caller may ask; the audit trail has the request before the execution is started.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import { parseGroupInput } from '../lib/domain/group-run.ts';
import type { Principal } from '../lib/domain/principal.ts';
import { SYSTEM } from '../lib/domain/tenant.ts';
import { type Attempt, draftOf, recordingDenials, requirePermitted } from '../lib/operations/governance/audit.ts';
import { tenantOfRestore } from '../lib/operations/restore/apply/check-restore.ts';
import { stampRequest } from '../lib/operations/restore/apply/request-restore.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal, recordDeps } from '../lib/runtime/governed-call.ts';
import { executionArn, startOnce } from '../lib/runtime/workflows.ts';

const Body = z.strictObject({
  /** Name of the execution. */
  id: z.string().regex(/^[\w-]{8,80}$/),
  /** Which state machine: restores of one tenant or of many. */
  workflow: z.enum(['restore-tenant', 'restore-tenants']).default('restore-tenant'),
  /** Its input. Of restore-tenant: a request, or a plan to apply. */
  input: z.record(z.string(), z.unknown()),
});

const URL = { role: 'operator', action: 'restore' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, (principal, body) => request(principal, requestOf(body), tools)),
);

async function request(principal: Principal, asked: z.infer<typeof Body>, { ctx, aws }: FunctionTools<StorageContext>) {
  const { id, workflow, input: given } = asked;
  const isGroup = workflow === 'restore-tenants';
  // Of many tenants, none is stamped before its own restore is started.
  if (isGroup) parseGroupInput(given);
  const tenant = isGroup ? SYSTEM : tenantOfRestore(given, aws.config.installation);
  const permission = given.previewOnly === true ? 'previewRestore' : 'restore';
  const attempt: Attempt = { principal, permission, tenant, request: id };
  const deps = recordDeps(ctx, aws);
  return recordingDenials(deps, attempt, async () => {
    const policies = await requirePermitted(deps, attempt);
    await deps.record(tenant, draftOf(attempt, 'requested', { policies, details: { workflow } }));
    const requestedBy = principal.name;
    const input = await stampRequest(ctx, { tenant, id, input: given, requestedBy });
    const { restoreTenant, restoreTenants } = aws.config.workflows;
    const machine = isGroup ? restoreTenants : restoreTenant;
    await startOnce(aws.workflows, machine, id, input);
    return { execution: executionArn(machine, id), requestedBy };
  });
}

function requestOf(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The request body is not a request for a restore.', {
    hint: 'Send {"id": 8 to 80 letters, digits, "-" or "_", "workflow": "restore-tenant" or "restore-tenants", "input": its input}.',
  });
}

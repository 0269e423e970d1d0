/**
 * Starts a restore in the name of a person, whoever let the person in. Invariants: the requester of the execution is that
 * person, whatever the request says; the policies decide, and the audit trail has the request, before the execution is
 * started; the same request under the same id starts one execution.
 */
import { parseGroupInput } from '../domain/group-run.ts';
import type { Principal } from '../domain/principal.ts';
import { SYSTEM } from '../domain/tenant.ts';
import { type Attempt, draftOf, recordingDenials, requirePermitted } from '../operations/governance/audit.ts';
import { tenantOfRestore } from '../operations/restore/apply/check-restore.ts';
import { stampRequest } from '../operations/restore/apply/request-restore.ts';
import type { FunctionTools, StorageContext } from './function-handler.ts';
import { recordDeps } from './governed-call.ts';
import { executionArn, startOnce } from './workflows.ts';

export interface AskedExecution {
  readonly principal: Principal;
  /** Name of the execution. */
  readonly id: string;
  /** Restores of one tenant or of many. */
  readonly workflow: 'restore-tenant' | 'restore-tenants';
  /** Input of the state machine. Of restore-tenant: a request, or a plan to apply. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** InputError `bad-request`, `not-permitted`, `request-used`; StorageError `audit-unwritable`. */
export async function askRestore(
  { ctx, aws }: Pick<FunctionTools<StorageContext>, 'ctx' | 'aws'>,
  { principal, id, workflow, input: given }: AskedExecution,
): Promise<{ readonly execution: string; readonly requestedBy: string }> {
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

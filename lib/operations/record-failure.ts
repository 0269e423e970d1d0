/**
 * A failed step of a state machine: which kind of failure it is (each has a page in the runbook), and its alarm. Names
 * the tenant by reference only.
 */

import { WORKFLOW_ERRORS } from '../domain/error-kind.ts';
import type { FailureKind } from '../domain/open-failure.ts';
import { readCause } from '../domain/workflow-failure.ts';
import type { Workflow } from '../domain/workflows.ts';
import type { Deps } from '../ports.ts';

export interface WorkflowFailure {
  readonly workflow: string;
  readonly tenant?: string | undefined;
  /** As Step Functions passes it to a Catch. */
  readonly error: { readonly Error: string; readonly Cause?: string | undefined };
}

const RESTORES: ReadonlySet<string> = new Set<Workflow>(['restore-tenant', 'restore-tenants', 'read-cluster-backup']);

export function kindOfFailure({ workflow, error }: WorkflowFailure): FailureKind {
  if (error.Error === WORKFLOW_ERRORS.integrity) return 'integrity-failed';
  return RESTORES.has(workflow) ? 'restore-failed' : 'backup-failed';
}

/** The error's code, or its name where it is not ours. */
export function codeOfFailure({ error }: WorkflowFailure): string {
  return readCause(error.Cause)?.code ?? error.Error;
}

export async function recordFailure({ notifier }: Pick<Deps, 'notifier'>, failure: WorkflowFailure): Promise<void> {
  const { workflow, tenant, error } = failure;
  const kind = kindOfFailure(failure);
  const cause = readCause(error.Cause);
  await notifier.notify({
    severity: 'alarm',
    code: kind,
    message: cause ? `${workflow}: ${cause.message} ${cause.hint}` : `${workflow} failed (${error.Error}).`,
    details: { workflow, error: error.Error, ...(cause && { code: cause.code }), ...(tenant && { tenant }) },
  });
}

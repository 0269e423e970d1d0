/**
 * Where every Catch leads: counts the failure (the metric behind the alarm) and notifies at once, and once: the same step
 * tried again tells nobody twice. Tells which tenant by reference only.
 */
import { z } from 'zod';
import { WORKFLOW_ERRORS } from '../lib/domain/function-config.ts';
import { readCause } from '../lib/domain/workflow-failure.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  workflow: z.string(),
  tenant: z.string().optional(),
  /** Which step records it. Absent from executions that an earlier version began: those are always told. */
  execution: z.string().optional(),
  step: z.string().optional(),
  entered: z.string().optional(),
  error: z.object({ Error: z.string(), Cause: z.string().optional() }),
});

/** Metric by kind of failure; each kind is a page of the runbook. An integrity failure was counted where it was found. */
const FAILURES = {
  'restore-failed': 'RestoreFailures',
  'backup-failed': 'BackupFailures',
} as const;

function kindOf(workflow: string, error: string): keyof typeof FAILURES | 'integrity-failed' {
  if (error === WORKFLOW_ERRORS.integrity) return 'integrity-failed';
  return workflow === 'restore-tenant' ? 'restore-failed' : 'backup-failed';
}

export const handler = storageHandler(Event, async (event, tools) => {
  const { execution, step, entered, tenant } = event;
  if (execution === undefined || step === undefined || entered === undefined) return tell(event, tools);
  return tools.once('failure', [execution, step, entered, tenant ?? ''], () => tell(event, tools));
});

async function tell({ workflow, tenant, error }: z.infer<typeof Event>, { ctx, count }: FunctionTools<StorageContext>) {
  const told = readCause(error.Cause);
  const kind = kindOf(workflow, error.Error);
  if (kind !== 'integrity-failed') count(FAILURES[kind], 1);
  await ctx.notifier.notify({
    severity: 'alarm',
    code: kind,
    message: told ? `${workflow}: ${told.message} ${told.hint}` : `${workflow} failed (${error.Error}).`,
    details: { workflow, error: error.Error, ...(told && { code: told.code }), ...(tenant && { tenant }) },
  });
  return { failed: true, ...(tenant && { tenant }) };
}

/**
 * The target of every Catch: counts the failure (the metric behind the alarm) and notifies at once, and only once: a retry
 * of the same step notifies nobody twice. Names the tenant by reference only.
 */
import { z } from 'zod';
import { kindOfFailure, recordFailure } from '../lib/operations/record-failure.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  workflow: z.string(),
  tenant: z.string().optional(),
  /** The step that failed. Absent from executions that an earlier version started: those always notify. */
  execution: z.string().optional(),
  step: z.string().optional(),
  entered: z.string().optional(),
  error: z.object({ Error: z.string(), Cause: z.string().optional() }),
});

/** Metric by kind of failure. An integrity failure has been counted where it was found. */
const FAILURES = { 'restore-failed': 'RestoreFailures', 'backup-failed': 'BackupFailures' } as const;

export const handler = storageHandler(Event, async (event, tools) => {
  const { execution, step, entered, tenant } = event;
  if (execution === undefined || step === undefined || entered === undefined) return record(event, tools);
  return tools.once('failure', [execution, step, entered, tenant ?? ''], () => record(event, tools));
});

async function record(event: z.infer<typeof Event>, { ctx, count }: FunctionTools<StorageContext>) {
  const kind = kindOfFailure(event);
  if (kind !== 'integrity-failed') count(FAILURES[kind], 1);
  await recordFailure(ctx, event);
  return { failed: true, ...(event.tenant && { tenant: event.tenant }) };
}

/**
 * The target of every Catch: keeps the failure open (the state behind the alarm), counts it and notifies at once, and only
 * once: a retry of the same step notifies nobody twice. Names the tenant by reference only.
 */
import * as z from 'zod';
import { openFailure } from '../lib/operations/fleet/open-failures.ts';
import { codeOfFailure, kindOfFailure, recordFailure } from '../lib/operations/record-failure.ts';
import { tenantOfRestore } from '../lib/operations/restore/apply/check-restore.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  workflow: z.string(),
  tenant: z.string().optional(),
  /** What a restore was started with: names its tenant, if it was a request at all. */
  input: z.unknown().optional(),
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

async function record(event: z.infer<typeof Event>, { ctx, aws, count, logger }: FunctionTools<StorageContext>) {
  const kind = kindOfFailure(event);
  const { installation, region } = aws.config;
  const tenant = event.tenant ?? tenantIn(event.input, installation);
  if (kind !== 'integrity-failed') count(FAILURES[kind], 1);
  await recordFailure(ctx, event);
  const failure = { kind, workflow: event.workflow, tenant, code: codeOfFailure(event), region };
  // People have been told: without the catalog they are not told again, and AWS's own count of the execution alarms too.
  await openFailure(ctx, failure).catch(error => logger.error('failure not kept', { code: error.code ?? error.name }));
  return { failed: true, ...(event.tenant && { tenant: event.tenant }) };
}

function tenantIn(input: unknown, installation: string): string | null {
  if (input === undefined) return null;
  try {
    return tenantOfRestore(input, installation);
  } catch {
    return null;
  }
}

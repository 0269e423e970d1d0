/**
 * Where every Catch leads: counts the failure (the metric behind the alarm) and notifies at once. Tells which tenant by
 * reference only.
 */
import { z } from 'zod';
import { WORKFLOW_ERRORS } from '../lib/domain/function-config.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  workflow: z.string(),
  tenant: z.string().optional(),
  error: z.object({ Error: z.string(), Cause: z.string().optional() }),
});

/** Lambda puts our error into `Cause` as JSON whose errorMessage is our own JSON. */
const Told = z.object({ code: z.string(), message: z.string(), hint: z.string() });

export const handler = functionHandler(Event, async ({ workflow, tenant, error }, { ctx, count }) => {
  const told = readCause(error.Cause);
  const integrity = error.Error === WORKFLOW_ERRORS.integrity;
  count(integrity ? 'IntegrityFailures' : 'BackupFailures', 1);
  await ctx.notifier.notify({
    severity: 'alarm',
    code: integrity ? 'integrity-failed' : 'backup-failed',
    message: told ? `${workflow}: ${told.message} ${told.hint}` : `${workflow} failed (${error.Error}).`,
    details: { workflow, error: error.Error, ...(told && { code: told.code }), ...(tenant && { tenant }) },
  });
  return { failed: true, ...(tenant && { tenant }) };
});

function readCause(cause: string | undefined): z.infer<typeof Told> | undefined {
  try {
    const { errorMessage } = z.object({ errorMessage: z.string() }).parse(JSON.parse(cause ?? ''));
    return Told.parse(JSON.parse(errorMessage));
  } catch {
    return undefined;
  }
}

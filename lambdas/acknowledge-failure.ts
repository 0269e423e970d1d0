/**
 * Receives a person's acknowledgement of an open failure or of an alarm, or the question which alarms there are, through the
 * function's URL, which admits only IAM identities. It closes that occurrence of a failure: if the same work fails again, the
 * failure is open again. It stops the escalation of an alarm for a day.
 */
import * as z from 'zod';
import { type Alarm, alarmId } from '../lib/domain/alarm.ts';
import { InputError } from '../lib/domain/errors.ts';
import { SYSTEM } from '../lib/domain/tenant.ts';
import { acknowledgeFailure } from '../lib/operations/fleet/acknowledge-failure.ts';
import { appendEvent } from '../lib/operations/governance/audit-trail.ts';
import { type AlarmAcknowledgement, acknowledgeAlarm, listAlarms } from '../lib/operations/telling/kept-alarms.ts';
import { alarmTable } from '../lib/runtime/alarm-table.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal } from '../lib/runtime/governed-call.ts';

const Reason = z.string().max(500);
const Body = z.union([
  z.strictObject({ id: z.string().max(200), at: z.string().max(40), reason: Reason }),
  z.strictObject({ alarm: z.string().max(400), reason: Reason }),
  z.strictObject({ alarms: z.literal(true) }),
]);

const URL = { role: 'operator', action: 'acknowledgeFailure' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, async (who, body) => {
    const given = acknowledged(body);
    const { ctx, aws } = tools;
    const by = who.name;
    if ('alarms' in given) return { alarms: await listAlarms({ ...ctx, catalog: alarmTable(aws) }) };
    const allowed = (details: Record<string, string>) =>
      appendEvent(ctx, SYSTEM, { who, action: URL.action, outcome: 'allowed', details });
    if ('alarm' in given) {
      await allowed({ alarm: given.alarm });
      return acknowledgeDeployed(tools, { id: given.alarm, by, reason: given.reason });
    }
    await allowed({ failure: given.id, at: given.at });
    const failure = await acknowledgeFailure(ctx, { ...given, by });
    const { kind, workflow, tenant, at } = failure;
    // Somebody looks after it: nobody else needs to be told. There may be no alarm, and nobody who is told.
    const id = alarmId({ code: kind, tenant });
    await acknowledgeDeployed(tools, { id, by, reason: given.reason }).catch(() => {});
    return { kind, workflow, tenant, at };
  }),
);

async function acknowledgeDeployed(
  { ctx, aws }: FunctionTools<StorageContext>,
  given: AlarmAcknowledgement,
): Promise<Alarm> {
  return acknowledgeAlarm({ ...ctx, catalog: alarmTable(aws) }, given);
}

function acknowledged(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-input', 'The request body is not an acknowledgement.', {
    hint: 'Send {"id", "at", "reason"} with id and time of the open failure, or {"alarm", "reason"}.',
  });
}

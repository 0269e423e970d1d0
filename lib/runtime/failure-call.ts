/** Acknowledges an open failure or an alarm at the installation, and lists alarms, signed by the person (signed-call.ts). */
import * as z from 'zod';
import { Alarm } from '../domain/alarm.ts';
import { InputError, StorageError } from '../domain/errors.ts';
import type { DeployedInstallation } from './installation.ts';
import { callSigned } from './signed-call.ts';

const Answer = z.object({ kind: z.string(), workflow: z.string(), tenant: z.string().nullable(), at: z.string() });

interface AcknowledgementCall {
  /** Id and time of the occurrence that the person saw. */
  readonly id: string;
  readonly at: string;
  readonly reason: string;
}

type Place = Pick<DeployedInstallation, 'description' | 'target'>;

/** InputError from the function; InputError `not-an-operator`; StorageError `request-unreachable`. */
export function sendAcknowledgement(place: Place, body: AcknowledgementCall): Promise<z.infer<typeof Answer>> {
  return call(place, body, Answer);
}

/** The same, of an alarm: its escalation stops for a day. */
export function acknowledgeDeployedAlarm(
  place: Place,
  body: { readonly alarm: string; readonly reason: string },
): Promise<Alarm> {
  return call(place, body, Alarm);
}

/** Alarms of the last days that are not over, the newest first. Throws as `sendAcknowledgement`. */
export async function deployedAlarms(place: Place): Promise<Alarm[]> {
  return (await call(place, { alarms: true }, z.object({ alarms: z.array(Alarm) }))).alarms;
}

function call<A>({ description, target }: Place, body: object, answer: z.ZodType<A>): Promise<A> {
  return callSigned(target, {
    ...{ url: description.acknowledgeUrl, body, answer },
    forbidden: () =>
      new InputError('not-an-operator', 'These credentials are not allowed to acknowledge failures.', {
        hint: 'Attach the policy NAME-operator of the recovery stack.',
      }),
    unreachable: (why, cause) =>
      new StorageError('request-unreachable', `The acknowledgement may not have arrived (${why}).`, {
        hint: 'Send it again: twice has the effect of once.',
        cause,
      }),
  });
}

/**
 * Puts events on a bus of Amazon EventBridge, for everything else that a team automates. Invariant: an entry that the bus
 * refuses is an error, though the request itself succeeds.
 *
 * Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { StorageError } from '../domain/errors.ts';
import type { Deliver } from '../domain/outgoing-message.ts';
import { faultName } from './transient.ts';

/** Of every entry; its detail type is the kind of the event. */
const EVENT_SOURCE = 'holdfast';
/** An entry holds 256 KB. */
const DETAIL_BYTES = 200_000;

/** `bus`: ARN. StorageError `message-undelivered`. */
export function busDelivery(client: Pick<EventBridgeClient, 'send'>, name: string, bus: string): Deliver {
  return async ({ event }) => {
    const whole = JSON.stringify(event);
    const detail = Buffer.byteLength(whole) > DETAIL_BYTES ? JSON.stringify({ ...event, details: {} }) : whole;
    const entry = {
      ...{ EventBusName: bus, Source: EVENT_SOURCE, DetailType: event.kind, Detail: detail },
      Time: new Date(event.at),
    };
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] })).catch(error => {
      throw refused(name, faultName(error));
    });
    const code = Entries[0]?.ErrorCode;
    if (code !== undefined) throw refused(name, code);
  };
}

function refused(name: string, why: string): StorageError {
  return new StorageError(
    'message-undelivered',
    `A message could not be delivered to ${name}: the bus refused it (${why}).`,
    {
      hint: 'Check that the bus exists, and that its policy allows this account: docs/messages.md.',
      details: { sink: name },
    },
  );
}

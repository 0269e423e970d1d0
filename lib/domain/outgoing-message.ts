/** What one recipient is sent at once: an event, and how many like it there were since the last message. */
import type { Told } from './chat-message.ts';
import { type HoldfastEvent, toldOfEvent } from './event.ts';

export interface OutgoingMessage {
  /** The newest of them. */
  readonly event: HoldfastEvent;
  readonly count: number;
  /** ISO 8601 UTC: when the first of them happened. */
  readonly since: string;
}

/** Sends it, or throws StorageError `message-undelivered`. */
export type Deliver = (message: OutgoingMessage) => Promise<void>;

/** As webhooks show it: with the count, where it stands for several. */
export function toldOfMessage(message: OutgoingMessage): Told {
  const told = toldOfEvent(message.event);
  const repeats = repeatsOf(message);
  return repeats === undefined ? told : { ...told, message: `${told.message} ${repeats}` };
}

/** Undefined for a single one. */
export function repeatsOf({ count, since }: OutgoingMessage): string | undefined {
  return count === 1 ? undefined : `(${count} times since ${since.slice(0, 16).replace('T', ' ')} UTC)`;
}

/** A test message to each recipient of the team, whatever it is for, with what became of it. Contacts of tenants get none. */
import { HoldfastError } from '../../domain/errors.ts';
import { eventOf } from '../../domain/event.ts';
import type { Deps } from '../../ports.ts';
import type { Recipient } from './recipients.ts';

export interface TestedRecipient {
  readonly recipient: string;
  /** Null: it was accepted. */
  readonly failed: string | null;
}

export function testRecipients(
  { installation, clock }: Pick<Deps, 'installation' | 'clock'>,
  recipients: readonly Recipient[],
): Promise<TestedRecipient[]> {
  const at = clock.now().toISOString();
  const message = 'This is a test. Nothing happened, and nothing needs to be done.';
  const event = eventOf({ installation, severity: 'info', code: 'message-test', message, at });
  return Promise.all(
    recipients.map(async ({ name, deliver }) => {
      try {
        await deliver({ event, count: 1, since: at });
        return { recipient: name, failed: null };
      } catch (error) {
        return { recipient: name, failed: error instanceof HoldfastError ? error.message : 'It failed.' };
      }
    }),
  );
}

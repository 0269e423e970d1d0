/**
 * Tells every recipient of an event when it is time. Invariants: a recipient that cannot be reached is reported elsewhere and
 * stops nothing; two processes do not send the same message; one that stops while it sends leaves the message to the next,
 * so a message can arrive twice after a crash and is never lost by one. Where the state cannot be kept, it is sent at once.
 */
import { isSettled } from '../../domain/alarm.ts';
import { StorageError } from '../../domain/errors.ts';
import type { HoldfastEvent } from '../../domain/event.ts';
import { dropped, type KeptMessage, settled, taken, withEvent } from '../../domain/message-queue.ts';
import type { OutgoingMessage } from '../../domain/outgoing-message.ts';
import type { Deps } from '../../ports.ts';
import { inParallel } from '../in-parallel.ts';
import { findAlarm, noteAlarm } from './kept-alarms.ts';
import { changeMessage, dueMessages } from './kept-messages.ts';
import { isDirect, type Recipient, type Recipients, recipientNamed } from './recipients.ts';

export interface TellingDeps extends Pick<Deps, 'catalog' | 'clock'> {
  readonly recipients: Recipients;
  /** Reports elsewhere that a recipient could not be told. */
  readonly report: (failure: { readonly message: string; readonly recipient: string }) => Promise<void>;
}

const AT_ONCE = 8;
/** Messages that one call sends; the next continues. */
const DUE_AT_MOST = 200;

/** Returns how many recipients accepted a message. Throws what `report` throws, after all recipients. */
export async function tellEvent(deps: TellingDeps, event: HoldfastEvent): Promise<number> {
  await noteAlarm(deps, event).catch(() => {});
  const to = [...deps.recipients.sinks.filter(({ wants }) => wants(event)), ...(await contactsFor(deps, event))];
  const ended = await Promise.allSettled(to.map(recipient => tellOne(deps, recipient, event)));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return ended.filter(each => each.status === 'fulfilled' && each.value).length;
}

/** Sends what is due: what was held back, counted, or nobody acknowledged. Returns how many were accepted. */
export async function sendDueMessages(deps: TellingDeps): Promise<number> {
  const due = await dueMessages(deps.catalog, deps.clock.now(), DUE_AT_MOST);
  const sent = await inParallel(AT_ONCE, due, async ({ recipient: name, key }) => {
    const recipient = await recipientNamed(deps.recipients, name).catch(async error => {
      await reportFailure(deps, name, error);
      return undefined;
    });
    if (recipient !== undefined) return sendKept(deps, recipient, key);
    await changeMessage(deps.catalog, { recipient: name, key }, kept => kept && dropped(kept));
    return false;
  });
  return sent.filter(Boolean).length;
}

async function contactsFor(deps: TellingDeps, event: HoldfastEvent): Promise<Recipient[]> {
  if (event.customer === null || event.tenant === null) return [];
  const { tenant } = event;
  const found = await deps.recipients.contactOf(tenant).catch(async error => {
    await reportFailure(deps, 'contacts', error);
    return undefined;
  });
  return found?.wants(event) ? [found] : [];
}

/** True once it was accepted; false for what waits, and what could not be delivered. */
async function tellOne(deps: TellingDeps, recipient: Recipient, event: HoldfastEvent): Promise<boolean> {
  const now = deps.clock.now();
  const single: OutgoingMessage = { event, count: 1, since: event.at };
  if (isDirect(recipient)) return delivered(deps, recipient, single);
  const { name, rules } = recipient;
  try {
    await changeMessage(deps.catalog, { recipient: name, key: event.key }, kept =>
      withEvent(name, kept, event, { rules, now }),
    );
  } catch {
    // The catalog is what failed: better told at an unwanted hour, or once more, than not at all.
    return delivered(deps, recipient, single);
  }
  return sendKept(deps, recipient, event.key);
}

/** Sends it if it is due and no other process does. */
async function sendKept(deps: TellingDeps, recipient: Recipient, key: string): Promise<boolean> {
  const { catalog, clock } = deps;
  const { rules, name } = recipient;
  const of = { recipient: name, key };
  const isOver = rules.afterMinutes !== undefined && (await isHandled(deps, of));
  const now = clock.now();
  const mine = await changeMessage(catalog, of, kept => {
    const took = kept && taken(kept, rules, now);
    return took?.sending && isOver ? dropped(took) : took;
  });
  if (!mine?.sending || mine.waiting === null) return false;
  const { event, count, since } = mine.waiting;
  const isSent = await delivered(deps, recipient, { event, count, since });
  await changeMessage(catalog, of, kept =>
    kept?.sending?.until === mine.sending!.until ? settled(kept, { isSent, rules, now: clock.now() }) : undefined,
  ).catch(() => {});
  return isSent;
}

/** Whether the alarm was acknowledged, or is over. */
async function isHandled(deps: TellingDeps, { key }: Pick<KeptMessage, 'key'>): Promise<boolean> {
  const alarm = await findAlarm(deps, key);
  return alarm !== undefined && isSettled(alarm, deps.clock.now());
}

/** False if it could not be delivered, which is reported. */
async function delivered(deps: TellingDeps, recipient: Recipient, message: OutgoingMessage): Promise<boolean> {
  try {
    await recipient.deliver(message);
    return true;
  } catch (error) {
    await reportFailure(deps, recipient.name, error);
    return false;
  }
}

/** Without what an unknown error says: it could name an address or a secret. */
async function reportFailure(deps: TellingDeps, recipient: string, error: unknown): Promise<void> {
  const message = error instanceof StorageError ? error.message : `A message to ${recipient} failed.`;
  await deps.report({ message, recipient });
}

/** Recipients as the operations know them, from what a configuration or a deployment says: the same on one machine and on AWS. */
import { type Subject, subjectOf } from '../domain/chat-message.ts';
import { CONTACT_REPEAT_MINUTES, type Contact } from '../domain/contacts.ts';
import { customerMail, type SendMail, teamMail } from '../domain/email-message.ts';
import { type HoldfastEvent, toldOfEvent } from '../domain/event.ts';
import { PEOPLE_REPEAT_MINUTES } from '../domain/message-settings.ts';
import type { Deliver } from '../domain/outgoing-message.ts';
import type { TellingRules } from '../domain/telling-rules.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { contactName, type Recipient } from '../operations/telling/recipients.ts';

/** What a recipient is configured with, of any kind. */
interface SinkSettings {
  readonly name: string;
  readonly kind: string;
  readonly sends: readonly Subject[];
  readonly repeatMinutes?: number | undefined;
  readonly quiet?: TellingRules['quiet'];
  readonly afterMinutes?: number | undefined;
}

export function sinkRecipient(settings: SinkSettings, deliver: Deliver): Recipient {
  const { name } = settings;
  return { name, rules: rulesOfSink(settings), wants: event => isForSink(settings, event), deliver };
}

/** A tenant's own people: what is for customers, in words for them. */
export function contactRecipient(tenant: TenantRef, { emails, quiet }: Contact, send: SendMail): Recipient {
  return {
    name: contactName(tenant),
    rules: { repeatMinutes: CONTACT_REPEAT_MINUTES, ...(quiet && { quiet }) },
    wants: event => event.tenant === tenant && event.customer !== null,
    deliver: message => send(customerMail(emails, message)),
  };
}

export function mailDelivery(to: readonly string[], send: SendMail): Deliver {
  return message => send(teamMail(to, message));
}

/** With the default of its kind. */
function rulesOfSink({ kind, repeatMinutes, quiet, afterMinutes }: SinkSettings): TellingRules {
  const forPrograms = kind === 'signed' || kind === 'eventbridge';
  return {
    repeatMinutes: repeatMinutes ?? (forPrograms ? 0 : PEOPLE_REPEAT_MINUTES),
    ...(quiet && { quiet }),
    ...(afterMinutes !== undefined && { afterMinutes }),
  };
}

/** An escalation is of alarms; that a recipient could not be told is told to none. */
function isForSink({ sends, afterMinutes }: SinkSettings, event: HoldfastEvent): boolean {
  if (event.code === 'message-undelivered') return false;
  if (afterMinutes !== undefined && event.severity === 'info') return false;
  return sends.includes(subjectOf(toldOfEvent(event)));
}

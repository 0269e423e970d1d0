/** Recipients as the operations know them, from what a configuration or a deployment says: the same on one machine and on AWS. */
import { CONTACT_REPEAT_MINUTES, type Contact } from '../domain/contacts.ts';
import { customerMail, type SendMail, teamMail } from '../domain/email-message.ts';
import { isForSink, rulesOfSink, type SinkSettings } from '../domain/message-settings.ts';
import type { Deliver } from '../domain/outgoing-message.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { contactName, type Recipient } from '../operations/telling/recipients.ts';

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

/** Who is told: the sinks of the team, and the contacts of tenants, which are looked up when a message is for them. */
import type { HoldfastEvent } from '../../domain/event.ts';
import type { Deliver } from '../../domain/outgoing-message.ts';
import type { TellingRules } from '../../domain/telling-rules.ts';
import { parseTenantRef, type TenantRef } from '../../domain/tenant.ts';

export interface Recipient {
  /** Unique; in alarms about messages that could not be delivered. */
  readonly name: string;
  readonly rules: TellingRules;
  /** Whether it is told of such events. */
  readonly wants: (event: HoldfastEvent) => boolean;
  readonly deliver: Deliver;
}

export interface Recipients {
  /** Of the team. */
  readonly sinks: readonly Recipient[];
  /** The contacts of a tenant; undefined if it has none. Throws where they cannot be read. */
  contactOf(tenant: TenantRef): Promise<Recipient | undefined>;
}

const CONTACT = 'contact/';

/** By reference: a name of a recipient is in alarms. */
export function contactName(tenant: TenantRef): string {
  return `${CONTACT}${tenant}`;
}

/** Undefined if there is no such recipient any more. */
export async function recipientNamed(all: Recipients, name: string): Promise<Recipient | undefined> {
  if (!name.startsWith(CONTACT)) return all.sinks.find(sink => sink.name === name);
  const tenant = parseTenantRef(name.slice(CONTACT.length));
  return tenant && all.contactOf(tenant);
}

/** Sent at once, without state: nothing is counted, postponed or escalated. */
export function isDirect({ rules }: Recipient): boolean {
  return rules.repeatMinutes === 0 && rules.quiet === undefined && rules.afterMinutes === undefined;
}

/**
 * The document with the contacts of tenants: by tenant id, since that is how a team knows its tenants. It is a secret (a file
 * of yours, on AWS a secret of Secrets Manager). Invariant: inside, a tenant is only known by its reference, and addresses
 * are in no error, log, notice or state.
 */
import * as z from 'zod';
import { InputError } from './errors.ts';
import { Addresses } from './message-settings.ts';
import { QuietHours } from './quiet-hours.ts';
import { type TenantRef, tenantId, tenantRef } from './tenant.ts';

const Contact = z.strictObject({ emails: Addresses, quiet: QuietHours.optional() });
export type Contact = z.infer<typeof Contact>;

const Contacts = z.strictObject({
  format: z.literal('holdfast.contacts/1'),
  tenants: z.record(z.string(), Contact),
});

/** Repeats of one event are one message an hour. */
export const CONTACT_REPEAT_MINUTES = 60;

/** By reference. InputError `bad-contacts`, which quotes nothing of it. */
export function parseContacts(document: unknown, installation: string): ReadonlyMap<TenantRef, Contact> {
  const { data, error } = Contacts.safeParse(document);
  if (data !== undefined)
    return new Map(
      Object.entries(data.tenants).map(([id, contact]) => [tenantRef(installation, tenantId(id)), contact]),
    );
  throw new InputError('bad-contacts', 'The document of contacts is not valid.', {
    hint: 'Write {"format": "holdfast.contacts/1", "tenants": {"ID": {"emails": ["…"]}}}: docs/messages.md.',
    // A path contains an id.
    details: {
      problems: error.issues.map(({ path, message }) => `${['tenants', '…', ...path.slice(2)].join('.')}: ${message}`),
    },
  });
}

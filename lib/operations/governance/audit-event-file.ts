/**
 * One event as it is stored: signed at its place, then sealed under the auditors' key.
 *
 * Invariant: the signature is over the installation, the key (tenant and place in the chain) and the event's exact text,
 * so that no event verifies anywhere else, and the signed text names its own tenant and place too.
 */
import { AuditEvent } from '../../domain/audit-event.ts';
import { auditEventKey } from '../../domain/governance-key.ts';
import { AUDITORS, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { sealForAuditors } from '../storage/auditors-key.ts';
import { altered, openObject, openText } from '../storage/sealed-document.ts';
import { openSigned, type SignedDocument, signText } from '../storage/signed-document.ts';

export type AuditFileDeps = Pick<Deps, 'installation' | 'keyring' | 'signer'>;

/** The bytes to store. Creates the auditors' key with the first event. Throws what signer and keyring throw. */
export async function sealAuditEvent(deps: AuditFileDeps, event: AuditEvent): Promise<Uint8Array> {
  const place = auditPlace(deps.installation, auditEventKey(event.tenant, event.sequence));
  const text = await signText(deps.signer, place, JSON.stringify(event));
  return sealForAuditors(deps.keyring, text);
}

/** IntegrityError `object-altered` if it is not the event that this installation wrote at that place. */
export async function openAuditEvent(
  deps: AuditFileDeps,
  tenant: TenantRef,
  sequence: number,
  bytes: Uint8Array,
): Promise<{ readonly event: AuditEvent; readonly signed: SignedDocument }> {
  const key = auditEventKey(tenant, sequence);
  const text = await openObject(key, () => openText(deps.keyring, AUDITORS, bytes));
  const place = auditPlace(deps.installation, key);
  const { value: event, signed } = await openSigned(deps.signer, { key, place, text }, AuditEvent);
  if (event.tenant !== tenant || event.sequence !== sequence) throw altered(key, undefined);
  return { event, signed };
}

/** What a signature binds besides the text. */
function auditPlace(installation: string, key: string): string {
  return `${installation}/${key}`;
}

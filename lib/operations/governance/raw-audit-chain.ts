/**
 * A chain of the audit trail as it is stored, for those who verify it themselves: the stored bytes, which the next event
 * names by their digest, and the exact signed text in them. Invariant: nothing is judged here; what is missing or does not
 * open is handed on as that, so that the verifier says what is wrong and not this reader.
 */
import { IntegrityError } from '../../domain/errors.ts';
import { auditEventKey, auditPlaceOf, auditPrefix } from '../../domain/governance-key.ts';
import { AUDITORS, type TenantRef } from '../../domain/tenant.ts';
import { auditHeads } from '../catalog/audit-heads.ts';
import { inOrder } from '../in-parallel.ts';
import { openObject, openText } from '../storage/sealed-document.ts';
import { SignedDocument } from '../storage/signed-document.ts';
import type { AuditReadDeps } from './read-audit.ts';

export interface RawAuditEvent {
  readonly sequence: number;
  /** Null where the vault cannot give them. */
  readonly stored: Uint8Array | null;
  /** Null where they do not open to a signed document. */
  readonly signed: SignedDocument | null;
}

export interface RawAuditPage {
  /** In the order of their places. A place that is missing is empty in the vault. */
  readonly events: readonly RawAuditEvent[];
  /** Keys below the chain that are no place of it. */
  readonly foreign: readonly string[];
  /** Last place that the catalog knows of; 0: none. */
  readonly known: number;
  /** The next page begins after this place; null: this was the last one. */
  readonly next: number | null;
}

type RawDeps = Pick<AuditReadDeps, 'vault' | 'keyring' | 'catalog'>;

const AT_ONCE = 16;

/** At most `limit` events after the place `after` (0: from the beginning). Throws what vault and keyring throw. */
export async function rawAuditChain(
  deps: RawDeps,
  tenant: TenantRef,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<RawAuditPage> {
  const places: number[] = [];
  const foreign: string[] = [];
  let isMore = false;
  for await (const key of deps.vault.keys(auditPrefix(tenant), startOf(tenant, after))) {
    const place = auditPlaceOf(key);
    isMore = places.length === limit;
    if (isMore) break;
    if (place?.tenant === tenant) places.push(place.sequence);
    else foreign.push(key);
  }
  const events: RawAuditEvent[] = [];
  for await (const event of inOrder(AT_ONCE, places, place => rawEvent(deps, tenant, place))) events.push(event);
  const known = await auditHeads.get(deps.catalog, tenant);
  return { events, foreign, known, next: isMore ? places.at(-1)! : null };
}

/** Before the first place there may be what is no event. */
function startOf(tenant: TenantRef, after: number): string | undefined {
  return after === 0 ? undefined : auditEventKey(tenant, after);
}

async function rawEvent(deps: RawDeps, tenant: TenantRef, sequence: number): Promise<RawAuditEvent> {
  const key = auditEventKey(tenant, sequence);
  const stored = await orNull(() => deps.vault.get(key));
  if (stored === null) return { sequence, stored, signed: null };
  const signed = await orNull(() =>
    openObject(key, async () => SignedDocument.parse(JSON.parse(await openText(deps.keyring, AUDITORS, stored)))),
  );
  return { sequence, stored, signed };
}

/** Null for damage; failures of vault and key service are thrown. */
async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof IntegrityError) return null;
    throw error;
  }
}

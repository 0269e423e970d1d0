/**
 * Whether a tenant's protection has ended, as the signed documents in the vault prove it. The catalog only says which note
 * of a departure to look for: an edited or older catalog never ends the protection of a tenant.
 *
 * Invariant, fail closed: what cannot be proved has not ended, and its backups and its log are kept.
 */
import { Departure } from '../../domain/departure.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { departureKey } from '../../domain/governance-key.ts';
import { type LsnText, parseLsn } from '../../domain/lsn.ts';
import { manifestPrefix } from '../../domain/object-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { standingDestruction } from './destruction-documents.ts';
import { readSigned } from './signed-document.ts';

type EndReadDeps = Pick<Deps, 'vault' | 'signer'>;

export interface ProvedEnd {
  /** `done`: there is a certificate that nothing opens any more. */
  readonly destruction?: 'pending' | 'done';
  /** It has left the database, and was not backed up since. `at`: ISO 8601 UTC. */
  readonly departed?: Pick<Departure, 'at' | 'lsn'>;
}

/** `departed`: as the catalog has it. IntegrityError `object-altered` for a document of a destruction. */
export async function provedEnd(
  deps: EndReadDeps,
  tenant: TenantRef,
  departed?: { readonly lsn: LsnText },
): Promise<ProvedEnd> {
  const destruction = await standingDestruction(deps, tenant);
  if (destruction) return { destruction: destruction.certificate ? 'done' : 'pending' };
  const note = departed && (await noteOf(deps, tenant, departed.lsn));
  if (note === undefined || (await isBackedUpSince(deps, tenant, note))) return {};
  return { departed: { at: note.at, lsn: note.lsn } };
}

async function noteOf(deps: EndReadDeps, tenant: TenantRef, lsn: LsnText): Promise<Departure | undefined> {
  try {
    const note: Departure = await readSigned(deps, departureKey(tenant, parseLsn(lsn)), Departure);
    return note.tenant === tenant && note.lsn === lsn ? note : undefined;
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** A tenant that returned has a newer snapshot: the note is of an earlier departure. Ids begin with their milliseconds. */
async function isBackedUpSince({ vault }: EndReadDeps, tenant: TenantRef, { at }: Departure): Promise<boolean> {
  const prefix = manifestPrefix(tenant, 'snapshot');
  const after = `${prefix}${Date.parse(at).toString(36).padStart(9, '0')}~`;
  for await (const _ of vault.keys(prefix, after)) return true;
  return false;
}

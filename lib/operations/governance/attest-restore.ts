/**
 * The attestation of a restore: what the signed record says, without what only the tenant may know (its id, the keys and
 * conditions of rows). The full record is named by its digest.
 */
import type { DsseEnvelope } from '../../domain/attestation.ts';
import { InputError } from '../../domain/errors.ts';
import type { RestoreRecord } from '../../domain/restore-record.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { findManifest } from '../catalog/find-manifest.ts';
import { catalogDiffers } from '../catalog/signed-items.ts';
import { attest } from './attest.ts';

const RESTORE_PREDICATE = 'urn:holdfast:restore:v1';

type AttestDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog'>;

/**
 * `named`: the restore's id, or its prefix. InputError `unknown-backup`, `ambiguous-backup`, `not-a-restore`; StorageError
 * `key-destroyed`; IntegrityError if the record does not verify.
 */
export async function attestRestore(deps: AttestDeps, named: string): Promise<DsseEnvelope> {
  const { key, sha256, header, content } = await findManifest(deps, named);
  if (content?.kind !== 'restore-record') {
    const why = content === undefined ? 'its tenant’s key is destroyed' : `it is a ${header.kind}`;
    throw new InputError('not-a-restore', `${header.id} cannot be attested: ${why}.`, {
      hint: '`holdfast restores` lists restores.',
    });
  }
  // The catalog led to it: it must not lead to the record of another restore.
  if (!named.includes('/') && !header.id.startsWith(named)) throw catalogDiffers(key, 'id');
  const predicate = restorePredicate(header.tenant, content.body);
  return attest(deps, { predicateType: RESTORE_PREDICATE, subjects: { [key]: sha256 }, predicate });
}

function restorePredicate(tenant: TenantRef, record: RestoreRecord): object {
  const { id, place, requestedBy, approvedBy, previewHash, approvedPlan, target, targetTime, chain } = record;
  const { tables, totals, proof, transaction, partial, excluded, startedAt, committedAt, request } = record;
  return {
    ...{ id, tenant, place, mode: request.mode, reason: request.reason },
    ...{ requestedBy, approvedBy, previewHash, approvedPlan },
    ...{ target, targetTime, chain, tables, totals, proof, transaction, startedAt, committedAt },
    ...(partial && { partial }),
    ...(excluded && { excluded }),
  };
}

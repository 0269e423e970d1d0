/**
 * Ends a destruction whose countdown is over: destroys the key, proves that nothing opens, and signs the certificate. Later
 * calls remove what is no longer locked; once nothing of the tenant is left, they sign the appendix.
 *
 * Write order: hold check → signed outcome → mark that nobody brings the key back from → hold check → key → proof →
 * certificate → catalog. A hold writes its record first and brings the key back then: of the two, one sees the other.
 * Invariants: a key is never destroyed while a hold stands, or without an answer whether one does; there is no certificate
 * without proof, nor while the key is still there. Each step can be repeated after a crash.
 */
import {
  type DestructionAppendix,
  type DestructionCertificate,
  ERASE_METHOD,
  nameDigest,
} from '../../../domain/destruction.ts';
import { ConflictError, HoldfastError } from '../../../domain/errors.ts';
import { type TenantRef, tenantId } from '../../../domain/tenant.ts';
import { tenants } from '../../catalog/catalog-index.ts';
import { discardedOf } from '../../log/discarded-changes.ts';
import { type Destruction, destructionsOf, partDigest, putPart } from '../../storage/destruction-documents.ts';
import { noDestruction } from './cancel-destruction.ts';
import { placesOf, type SupervisionDeps } from './destruction-deps.ts';
import { proveUnreadable } from './prove-unreadable.ts';
import { type Remains, removeRemains } from './remove-remains.ts';
import { listCopies, logShare } from './stored-copies.ts';

export interface FinishedDestruction {
  readonly certificate: DestructionCertificate;
  /** Where it is in the vault. */
  readonly key: string;
  readonly remains: Remains;
  /** Once nothing is left. */
  readonly appendix?: DestructionAppendix;
}

/**
 * Both parts. `by`: a person, or `holdfast`. InputError `no-destruction`; ConflictError `countdown-running`, `under-hold`,
 * `key-remains`; IntegrityError `still-opens`.
 */
export async function finishDestruction(
  deps: SupervisionDeps,
  tenant: TenantRef,
  by: string,
): Promise<FinishedDestruction> {
  const { certificate, key } = await certifyDestruction(deps, tenant, by);
  return { certificate, key, ...(await clearDestroyed(deps, tenant)) };
}

/** Destroys the key and makes the certificate, and removes no object. Throws as `finishDestruction`. */
export async function certifyDestruction(
  deps: SupervisionDeps,
  tenant: TenantRef,
  by: string,
): Promise<Pick<FinishedDestruction, 'certificate' | 'key'>> {
  const last = await lastOf(deps, tenant);
  await deps.requireNoHold(tenant);
  const certificate = last.certificate ?? (await certify(deps, last, by));
  await deps.crash?.('destroy.after-certificate');
  await forgetName(deps, tenant);
  const { key } = await partDigest(deps, certificate, 'certificate');
  return { certificate, key };
}

/**
 * Of a certified destruction: removes what is no longer locked, and signs the appendix once nothing is left. Uses no key.
 * InputError `no-destruction` where there is no certificate; ConflictError `under-hold`.
 */
export async function clearDestroyed(
  deps: SupervisionDeps,
  tenant: TenantRef,
): Promise<Pick<FinishedDestruction, 'remains' | 'appendix'>> {
  const { certificate, appendix: before } = await lastOf(deps, tenant);
  if (certificate === undefined) throw noDestruction();
  await deps.requireNoHold(tenant);
  const remains = await removeRemains(deps, tenant, placesOf(deps));
  const appendix = before ?? (await appendixOf(deps, certificate, remains));
  return { remains, ...(appendix && { appendix }) };
}

async function lastOf(deps: SupervisionDeps, tenant: TenantRef): Promise<Destruction> {
  const last = (await destructionsOf(deps, tenant)).at(-1);
  if (last === undefined || last.outcome?.outcome === 'cancelled') throw noDestruction();
  return last;
}

async function certify(deps: SupervisionDeps, last: Destruction, by: string): Promise<DestructionCertificate> {
  const { tenant } = last.order;
  const { keys, deletionDate } = await endOfCountdown(deps, last, by);
  await deps.crash?.('destroy.after-outcome');
  await deps.keyring.destroyKey(tenant, () => deps.requireNoHold(tenant));
  await deps.crash?.('destroy.after-key');
  await requireGone(deps, tenant);
  const proof = await proved(deps, tenant);
  return putPart(deps, 'certificate', await certificateOf(deps, last, { keys, deletionDate, proof }));
}

/** Makes the destruction final. What the keyring says of the key is read before. */
async function endOfCountdown(deps: SupervisionDeps, { order, outcome }: Destruction, by: string) {
  const { tenant, number, plan } = order;
  const now = deps.clock.now();
  const key = await deps.keyring.destructionState(tenant);
  if (outcome === undefined) {
    requireOver(key, now);
    const stored = await putPart(deps, 'outcome', {
      ...{ format: 'holdfast.destruction-outcome/1', tenant, number, outcome: 'final', at: now.toISOString(), by },
      reason: `The countdown of ${plan.days} days has ended.`,
    });
    if (stored.outcome === 'cancelled') throw noDestruction();
  }
  // After a crash, or where the key was destroyed directly, there is no countdown to read.
  return { keys: plan.keys, deletionDate: key.deletionDate ?? outcome?.at ?? now.toISOString() };
}

/** ConflictError `countdown-running`; for a key that is not being destroyed, too: the order must be continued first. */
function requireOver(key: { state: string; deletionDate?: string }, now: Date): void {
  const isOver = key.deletionDate !== undefined && Date.parse(key.deletionDate) <= now.getTime();
  if (key.state === 'destroyed' || (key.state === 'pending' && isOver)) return;
  const until = key.state === 'pending' ? `runs until ${key.deletionDate}` : 'has not begun';
  throw new ConflictError('countdown-running', `The countdown of this destruction ${until}.`, {
    hint:
      key.state === 'pending'
        ? 'Until then it can be cancelled: `holdfast destroy cancel TENANT`.'
        : 'It was interrupted: execute the approved request again, or cancel it.',
    details: { until: key.deletionDate ?? null },
  });
}

/** KMS deletes a key up to a day after its date: until it has, the tombstone alone keeps everybody from it. */
async function requireGone({ keyring }: SupervisionDeps, tenant: TenantRef): Promise<void> {
  const { keys } = await keyring.destructionState(tenant);
  if (keys.length === 0) return;
  throw new ConflictError('key-remains', 'The key service has not deleted the key yet.', {
    hint: 'KMS does it up to a day after the date. The next daily run, or `holdfast destroy finish`, makes the certificate.',
    details: { keys: keys.length },
  });
}

/** A destruction that cannot be proved is an alarm: somebody may rely on it. */
async function proved(deps: SupervisionDeps, tenant: TenantRef) {
  try {
    return await proveUnreadable(deps, tenant, placesOf(deps));
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'still-opens') throw error;
    await deps.notifier.notify({
      severity: 'alarm',
      code: 'destruction-unproved',
      message: `The destruction of a tenant's backups is not proved: ${error.message}`,
      details: { tenant, ...error.details },
    });
    throw error;
  }
}

async function certificateOf(
  deps: SupervisionDeps,
  { order }: Destruction,
  { keys, deletionDate, proof }: Pick<DestructionCertificate, 'keys' | 'deletionDate' | 'proof'>,
): Promise<DestructionCertificate> {
  const { tenant, number, at, responsible, plan } = order;
  const id = (await tenants.get(deps.catalog, tenant))?.tenantId ?? null;
  const discarded = await discardedOf(deps, tenant);
  return {
    ...{ format: 'holdfast.destruction-certificate/1', tenant, number },
    nameDigest: id === null ? null : nameDigest(deps.installation, tenantId(id)),
    ...{ method: ERASE_METHOD, mode: plan.mode, keys, deletionDate },
    ...{ orderedAt: at, certifiedAt: deps.clock.now().toISOString(), responsible },
    order: (await partDigest(deps, order, 'order')).sha256,
    proof,
    copies: await listCopies(placesOf(deps), tenant),
    log: await logShare(deps, tenant),
    outside: plan.outside,
    discarded: discarded ? { transactions: discarded.transactions, changes: discarded.changes } : null,
    verify: [
      'The signature is ECDSA P-256 over SHA-256 of: the vault key governance/destructions/TENANT/NUMBER/certificate, a line feed, and the document exactly as it is.',
      'holdfast destroy verify FILE --key PUBLIC-KEY.pem, or examples/verify-destruction.mjs, which needs Node.js only.',
    ],
  };
}

/** The catalog no longer says who it was. */
async function forgetName({ catalog, clock }: SupervisionDeps, ref: TenantRef): Promise<void> {
  const item = await tenants.get(catalog, ref);
  if (item?.destruction === 'done' && item.tenantId === null) return;
  const firstSeen = item?.firstSeen ?? clock.now().toISOString();
  await catalog.write([tenants.put({ ref, tenantId: null, firstSeen, destruction: 'done' })]);
}

async function appendixOf(
  deps: SupervisionDeps,
  certificate: DestructionCertificate,
  { objects, logRuns }: Remains,
): Promise<DestructionAppendix | undefined> {
  if (objects + logRuns > 0) return undefined;
  const { tenant, number } = certificate;
  return putPart(deps, 'appendix', {
    ...{ format: 'holdfast.destruction-appendix/1', tenant, number, at: deps.clock.now().toISOString() },
    certificate: (await partDigest(deps, certificate, 'certificate')).sha256,
    regions: placesOf(deps).map(({ region }) => region),
  });
}

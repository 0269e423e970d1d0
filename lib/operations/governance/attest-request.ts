/**
 * The attestation of a hold, a release or a destruction: its certificate, who requested and approved it, and the digests of the
 * stored records. Without the tenant's id; of a hold, the matter is named, since without it the statement is about nothing.
 *
 * Invariant: a statement is made of signed documents that verify, and of a hidden hold for nobody who must not know of it.
 */
import { sha256Hex } from '../../codec/digest.ts';
import type { DsseEnvelope } from '../../domain/attestation.ts';
import { DestructionCertificate } from '../../domain/destruction.ts';
import { InputError } from '../../domain/errors.ts';
import { destructionKey, destructionOf } from '../../domain/governance-key.ts';
import { isRequestId } from '../../domain/governed-request.ts';
import { HoldCertificate, holdCertificateKey, isHiddenFrom, ReleaseCertificate } from '../../domain/hold.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { readSigned } from '../storage/signed-document.ts';
import { attest } from './attest.ts';
import { tenantOfRequest } from './list-requests.ts';
import { planIn, type ReadDeps, type RequestView, readRequest } from './read-request.ts';

const PREDICATES = {
  hold: 'urn:holdfast:hold:v1',
  release: 'urn:holdfast:release:v1',
  destroy: 'urn:holdfast:destruction:v1',
} as const;
type Attestable = keyof typeof PREDICATES;

/**
 * By the id of the request; undefined if there is none that `who` may see. InputError `not-attestable`: of another kind, or
 * without a certificate yet; IntegrityError if a document does not verify.
 */
export async function attestRequest(deps: ReadDeps, who: Principal, id: string): Promise<DsseEnvelope | undefined> {
  const tenant = isRequestId(id) ? await tenantOfRequest(deps, id) : undefined;
  const view = tenant && (await readRequest(deps, tenant, id));
  if (view === undefined || isHiddenFrom(who, planIn(view.request))) return undefined;
  const { request, result } = view;
  const { action } = request;
  if (!isAttestable(action)) throw notAttestable(`the action ${action} has no certificate`);
  if (result === undefined) throw notAttestable('it was not executed');
  const { key, certificate } = await certificateOf(deps, action, view);
  const subjects = { ...result.records, [key]: sha256Hex(await deps.vault.get(key)) };
  const predicate = { ...factsOf(request, result), certificate };
  return attest(deps, { predicateType: PREDICATES[action], subjects, predicate });
}

function factsOf({ id, tenant, action, input, planHash, requestedBy, reason }: RequestView['request'], result: Result) {
  const { matter } = (input ?? {}) as { readonly matter?: unknown };
  return {
    ...{ request: id, tenant, action, requestedBy: requestedBy.name, approvedBy: result.approvedBy, reason, planHash },
    ...{ executedBy: result.by, executedAt: result.at, ...(typeof matter === 'string' && { matter }) },
  };
}

type Result = NonNullable<RequestView['result']>;

function isAttestable(action: string): action is Attestable {
  return Object.hasOwn(PREDICATES, action);
}

async function certificateOf(
  deps: ReadDeps,
  action: Attestable,
  { request: { tenant }, result }: RequestView,
): Promise<{ key: string; certificate: unknown }> {
  const records = Object.keys(result!.records);
  if (action === 'destroy') return destructionCertificate(deps, tenant, records);
  const made = records.find(key => key.includes('/certificates/'));
  if (made === undefined) throw notAttestable('it has no certificate');
  if (action === 'release') return { key: made, certificate: await readSigned(deps, made, ReleaseCertificate) };
  const key = await lastProof(deps, tenant, made);
  return { key, certificate: await readSigned(deps, key, HoldCertificate) };
}

/** The proof is repeated while the hold stands: the last before its release says most. */
async function lastProof(deps: ReadDeps, tenant: TenantRef, first: string): Promise<string> {
  const hold = first.split('/').at(-2)!;
  let last = first;
  for await (const key of deps.vault.keys(holdCertificateKey(tenant, hold, ''), first)) {
    const { format } = await readSigned(deps, key, HoldCertificate.or(ReleaseCertificate));
    if (format === 'holdfast.hold-certificate/1') last = key;
  }
  return last;
}

/** Written when the countdown has ended, after the request was executed. */
async function destructionCertificate(deps: ReadDeps, tenant: TenantRef, records: readonly string[]) {
  const order = records.map(destructionOf).find(found => found?.part === 'order');
  if (order === undefined) throw notAttestable('it has no order');
  const key = destructionKey(tenant, order.number, 'certificate');
  if (!(await deps.vault.head(key))) throw notAttestable('its countdown has not ended with a proof');
  return { key, certificate: await readSigned(deps, key, DestructionCertificate) };
}

function notAttestable(why: string): InputError {
  return new InputError('not-attestable', `This request cannot be attested: ${why}.`, {
    hint: 'Holds, releases and destructions that were proved can be. `holdfast requests` lists what was executed.',
  });
}

/**
 * Proves that a tenant's backups cannot be opened: in every region, objects of every kind, and its segments in the log, are
 * sealed messages of this tenant under one key, and opening them fails because that key is destroyed. The history of its
 * retention is not sealed; every document of it is proved to be that, with a signature, and so to have no data of the tenant.
 *
 * Invariant: fail closed. Whatever opens, fails in another way, or is not sealed under the tenant's own key, is an error.
 */
import { sha256Hex } from '../../../codec/digest.ts';
import { HEADER_BYTES, ownerOfMessage } from '../../../codec/message-owner.ts';
import type { TriedObject } from '../../../domain/destruction.ts';
import { HoldfastError, IntegrityError } from '../../../domain/errors.ts';
import { isKeyDestroyed } from '../../../domain/key-destruction.ts';
import { ManifestFile } from '../../../domain/manifest.ts';
import { kindOfObject, retentionPolicyPrefix } from '../../../domain/object-key.ts';
import { PolicyInForce } from '../../../domain/policy-change.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps, StoredObject } from '../../../ports.ts';
import { segments } from '../../catalog/log-items.ts';
import { refusalOf } from '../../storage/sealed-document.ts';
import { readSigned } from '../../storage/signed-document.ts';
import { type StoragePlace, sealedObjectsOf } from './stored-copies.ts';

type ProofDeps = Pick<Deps, 'keyring' | 'catalog' | 'signer'>;

/** Kinds whose objects are JSON with a signed header and a sealed body. */
const MANIFESTS = 'manifests/';

/** The first and the last object of each kind in each region. IntegrityError `still-opens` naming the object. */
export async function proveUnreadable(
  deps: ProofDeps,
  tenant: TenantRef,
  places: readonly StoragePlace[],
): Promise<TriedObject[]> {
  const tried: TriedObject[] = [];
  for (const place of places) {
    for (const [kind, objects] of await samplesOf(place, tenant)) {
      for (const object of objects) {
        const sealed = await sealedBytes(place, kind, object);
        tried.push(await tryOne(deps, tenant, { region: place.region, kind, key: object.key, sealed }));
      }
    }
    tried.push(...(await trySegments(deps, tenant, place)));
    await requireHistory(deps, tenant, place);
  }
  return tried;
}

/** Whatever else lies among the signed documents of its retention may be rows in the clear. */
async function requireHistory({ signer }: ProofDeps, tenant: TenantRef, { vault }: StoragePlace): Promise<void> {
  for await (const key of vault.keys(retentionPolicyPrefix(tenant))) {
    try {
      await readSigned({ vault, signer }, key, PolicyInForce);
    } catch (error) {
      if (error instanceof IntegrityError) throw stillOpens(key, 'is no signed document of its retention');
      throw error;
    }
  }
}

async function samplesOf(place: StoragePlace, tenant: TenantRef): Promise<Map<string, StoredObject[]>> {
  const samples = new Map<string, StoredObject[]>();
  for await (const object of sealedObjectsOf(place, tenant)) {
    const kind = kindOfObject(tenant, object.key);
    const first = samples.get(kind)?.[0];
    samples.set(kind, first === undefined ? [object] : [first, object]);
  }
  return samples;
}

/** Of a pack, its beginning: the first of its messages. */
async function sealedBytes({ vault }: StoragePlace, kind: string, { key, bytes }: StoredObject): Promise<Uint8Array> {
  if (!kind.startsWith(MANIFESTS)) return vault.get(key, { offset: 0, length: Math.min(bytes, HEADER_BYTES) });
  const file = ManifestFile.safeParse(json(await vault.get(key)));
  if (!file.success) throw stillOpens(key, 'is not a manifest');
  return Buffer.from(file.data.body, 'base64');
}

/** The first and the last segment that the catalog lists, where their packs still exist. */
async function trySegments(deps: ProofDeps, tenant: TenantRef, place: StoragePlace): Promise<TriedObject[]> {
  const listed = await segments.list(deps.catalog, tenant);
  const tried: TriedObject[] = [];
  for (const { packs, entry } of new Set([listed[0], listed.at(-1)].filter(item => item !== undefined))) {
    const block = entry.blocks[0];
    const key = packs[block?.pack ?? 0];
    if (block === undefined || key === undefined || !(await place.vault.head(key))) continue;
    const sealed = await place.vault.get(key, block);
    tried.push(await tryOne(deps, tenant, { region: place.region, kind: 'log', key, sealed }));
  }
  return tried;
}

async function tryOne(
  { keyring }: ProofDeps,
  tenant: TenantRef,
  { region, kind, key, sealed }: { region: string; kind: string; key: string; sealed: Uint8Array },
): Promise<TriedObject> {
  if (ownerOfMessage(sealed) !== tenant) throw stillOpens(key, "is not sealed under the tenant's own key alone");
  const refused = await refusalOf(keyring, tenant, sealed);
  if (refused === undefined) throw stillOpens(key, 'still opens');
  if (!isKeyDestroyed(refused)) {
    const code = refused instanceof HoldfastError ? refused.code : 'internal';
    throw stillOpens(key, `was refused for another reason (${code})`);
  }
  return { region, kind, key, sha256: sha256Hex(sealed), result: 'key-destroyed' };
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function stillOpens(key: string, what: string): IntegrityError {
  return new IntegrityError('still-opens', `The destruction is not proved: ${key} ${what}.`, {
    hint: 'No certificate was made. Find out how the object was written, then run `holdfast destroy finish TENANT`.',
    details: { object: key },
  });
}

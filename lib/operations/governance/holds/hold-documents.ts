/**
 * Writes and opens the records of holds. Each is signed for its place in the vault; the matter, the people and the reason
 * are sealed under the auditors' key, which outlives the tenant's own.
 *
 * Invariant: a record is written once. Written again after a crash, the first one counts.
 */
import { sha256Hex } from '../../../codec/digest.ts';
import { ConflictError, InputError } from '../../../domain/errors.ts';
import { HoldDetails, type HoldRecord, holdRecordKey, type ReleaseRecord } from '../../../domain/hold.ts';
import { AUDITORS, type TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { openObject, openText, sealText } from '../../storage/sealed-document.ts';
import { putSigned } from '../../storage/signed-document.ts';
import { type StandingHold, standingHolds } from '../../storage/standing-holds.ts';
import { unlessStored } from '../../storage/write-once.ts';

export type HoldDocumentDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'clock'>;

/** Locks of records and certificates, in days: longer than any backup is kept. */
const RECORD_DAYS = 10 * 366;

export interface StandingMatter extends StandingHold {
  /** Undefined where the record does not verify. */
  readonly details: HoldDetails | undefined;
}

function recordLock(deps: Pick<Deps, 'clock'>): { retainUntil: Date } {
  return { retainUntil: new Date(deps.clock.now().getTime() + RECORD_DAYS * 24 * 3600 * 1000) };
}

export async function sealDetails(deps: Pick<Deps, 'keyring'>, details: HoldDetails): Promise<string> {
  await deps.keyring.ensureKey(AUDITORS);
  return Buffer.from(await sealText(deps.keyring, AUDITORS, JSON.stringify(details))).toString('base64');
}

/** IntegrityError `object-altered`; StorageError of the keyring. */
async function openDetails(
  deps: Pick<Deps, 'keyring'>,
  key: string,
  { sealed }: Pick<HoldRecord | ReleaseRecord, 'sealed'>,
): Promise<HoldDetails> {
  return openObject(key, async () =>
    HoldDetails.parse(JSON.parse(await openText(deps.keyring, AUDITORS, Buffer.from(sealed, 'base64')))),
  );
}

/** Stores a signed document; `hold`: held itself. False if there is one under the key already. */
export async function putOnce(deps: HoldDocumentDeps, key: string, document: unknown, hold: boolean): Promise<boolean> {
  return (await unlessStored(putSigned(deps, key, document, { ...recordLock(deps), hold }))) !== undefined;
}

/** SHA-256 by key, for the records of an execution. */
export async function digestsOf(deps: Pick<Deps, 'vault'>, keys: readonly string[]): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const key of keys) digests[key] = sha256Hex(await deps.vault.get(key));
  return digests;
}

/** The holds that stand on a tenant, with what they say. */
export async function standingMatters(deps: HoldDocumentDeps, tenant: TenantRef): Promise<StandingMatter[]> {
  const matters: StandingMatter[] = [];
  for (const standing of await standingHolds(deps, tenant)) {
    const { hold, record } = standing;
    const key = holdRecordKey(tenant, hold, 'hold');
    matters.push({ ...standing, details: record && (await openDetails(deps, key, record)) });
  }
  return matters;
}

/** By the name of its matter, or by its id. InputError `unknown-matter`. */
export async function findMatter(deps: HoldDocumentDeps, tenant: TenantRef, named: string): Promise<StandingMatter> {
  const found = (await standingMatters(deps, tenant)).filter(
    ({ hold, details }) => hold === named || details?.matter === named,
  );
  const [matter] = found;
  if (matter === undefined) throw unknownMatter();
  if (found.length === 1) return matter;
  throw new ConflictError('several-holds', 'Several holds for this matter stand on the tenant.', {
    hint: 'Name one by its id: `holdfast hold list TENANT` lists them.',
  });
}

export function unknownMatter(): InputError {
  return new InputError('unknown-matter', 'No hold for this matter stands on the tenant.', {
    hint: '`holdfast hold list TENANT` lists the matters; the id of a hold works too.',
  });
}

/**
 * The signed records of drills, in the vault: history, dates and the choice of tenants are read from them and from nothing
 * else, so that a lost catalog loses no drill. Written once, locked like records of restores.
 */

import { DrillRecord } from '../../domain/drill.ts';
import type { DrillKind } from '../../domain/drill-kind.ts';
import { InputError, IntegrityError } from '../../domain/errors.ts';
import { drillRecordKey, governancePrefix } from '../../domain/governance-key.ts';
import { retainUntil, type Settings } from '../../domain/settings.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps, StoredObject } from '../../ports.ts';
import { putSigned, readSigned } from './signed-document.ts';

type DrillReadDeps = Pick<Deps, 'vault' | 'signer'>;

/** The record of this drill, if it has one. IntegrityError `object-altered`. */
export async function drillRecorded(
  deps: DrillReadDeps,
  { kind, id }: Pick<DrillRecord, 'kind' | 'id'>,
): Promise<(StoredDrill & Pick<StoredObject, 'sha256'>) | undefined> {
  const key = drillRecordKey(kind, id);
  const stored = await deps.vault.head(key);
  return stored && { key, sha256: stored.sha256, record: await readSigned(deps, key, DrillRecord) };
}

/** Locked for as long as records of restores. */
export async function putDrillRecord(
  deps: DrillReadDeps & Pick<Deps, 'clock'> & { readonly settings: Settings },
  record: DrillRecord,
): Promise<StoredObject> {
  const options = { retainUntil: retainUntil(deps.settings, 'record', deps.clock.now()) };
  return putSigned(deps, drillRecordKey(record.kind, record.id), DrillRecord.parse(record), options);
}

export interface StoredDrill {
  readonly key: string;
  readonly record: DrillRecord;
}

/**
 * Of all kinds or of one, the oldest first. `altered`: keys of those that this installation did not sign, or that are
 * damaged: they show nothing.
 */
export async function listDrills(
  deps: DrillReadDeps,
  kind?: DrillKind,
): Promise<{ readonly drills: StoredDrill[]; readonly altered: string[] }> {
  const drills: StoredDrill[] = [];
  const altered: string[] = [];
  for (const key of await drillKeys(deps, kind)) {
    const record = await readIfSigned(deps, key);
    if (record) drills.push({ key, record });
    else altered.push(key);
  }
  return { drills: drills.sort((a, b) => (a.record.id < b.record.id ? -1 : 1)), altered };
}

/** A page of those before the id, or of all, the newest first: reads no other record. */
export async function drillsBefore(
  deps: DrillReadDeps,
  { kind, before, limit }: { readonly kind?: DrillKind; readonly before?: string; readonly limit: number },
): Promise<{ readonly drills: StoredDrill[]; readonly altered: string[]; readonly last: string | null }> {
  const ids = (await drillKeys(deps, kind)).map(key => ({ key, id: key.slice(key.lastIndexOf('/') + 1) }));
  const older = ids.filter(({ id }) => before === undefined || id < before).sort((a, b) => (a.id < b.id ? 1 : -1));
  const page = older.slice(0, limit);
  const drills: StoredDrill[] = [];
  const altered: string[] = [];
  for (const { key } of page) {
    const record = await readIfSigned(deps, key);
    if (record) drills.push({ key, record });
    else altered.push(key);
  }
  return { drills, altered, last: older.length > limit ? page.at(-1)!.id : null };
}

/** By kind, when the last drill that was proved began: ISO 8601. Reads the newest records only. */
export async function lastProvedDrills(
  deps: DrillReadDeps,
  kinds: readonly DrillKind[],
): Promise<Map<DrillKind, string>> {
  const last = new Map<DrillKind, string>();
  for (const kind of kinds) {
    for (const key of (await drillKeys(deps, kind)).reverse()) {
      const record = await readIfSigned(deps, key);
      if (record === undefined || record.outcome === 'failed') continue;
      last.set(kind, record.startedAt);
      break;
    }
  }
  return last;
}

/** By kind, the newest, whatever its outcome. Reads no other. */
export async function newestDrills(
  deps: DrillReadDeps,
  kinds: readonly DrillKind[],
): Promise<Map<DrillKind, DrillRecord>> {
  const newest = new Map<DrillKind, DrillRecord>();
  for (const kind of kinds) {
    const key = (await drillKeys(deps, kind)).at(-1);
    const record = key === undefined ? undefined : await readIfSigned(deps, key);
    if (record) newest.set(kind, record);
  }
  return newest;
}

async function readIfSigned(deps: DrillReadDeps, key: string): Promise<DrillRecord | undefined> {
  try {
    return await readSigned(deps, key, DrillRecord);
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** Keys of records, without reading them. */
async function drillKeys({ vault }: Pick<Deps, 'vault'>, kind?: DrillKind): Promise<string[]> {
  const keys: string[] = [];
  const prefix = `${governancePrefix('drills', SYSTEM)}${kind === undefined ? '' : `${kind}/`}`;
  for await (const key of vault.keys(prefix)) keys.push(key);
  return keys;
}

/** The one whose id begins so. InputError `unknown-drill`; IntegrityError `object-altered`. */
export async function findDrill(deps: DrillReadDeps, id: string): Promise<StoredDrill> {
  const keys = (await drillKeys(deps)).filter(key => key.slice(key.lastIndexOf('/') + 1).startsWith(id));
  if (keys.length === 1) return { key: keys[0]!, record: await readSigned(deps, keys[0]!, DrillRecord) };
  const message = keys.length === 0 ? 'There is no such drill.' : 'Several drills begin with this id.';
  throw new InputError('unknown-drill', message, { hint: '`holdfast drill history` lists the drills with their ids.' });
}

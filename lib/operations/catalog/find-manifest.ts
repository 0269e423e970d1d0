/**
 * Finds a stored manifest by what a person has: a backup's id (or a prefix of it) or an object key. Signature and
 * digests are checked; the body is opened with its owner's key and omitted where that key is destroyed.
 */
import type * as z from 'zod';
import { ArchiveBody } from '../../domain/archive.ts';
import { HoldfastError, InputError } from '../../domain/errors.ts';
import { HeldLogBody, LogBody, LogIndexBody } from '../../domain/log-manifest.ts';
import { ErasureBody, IncrementalBody, type ManifestHeader } from '../../domain/manifest.ts';
import { LOG_INDEXES_PREFIX, LOG_MANIFESTS_PREFIX, manifestPrefix, TENANTS_PREFIX } from '../../domain/object-key.ts';
import { RestoreItem, RestoreRecord } from '../../domain/restore-record.ts';
import { SnapshotBody } from '../../domain/snapshot-body.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { readHeader, readManifest } from '../storage/manifest-store.ts';
import { backups, restores, runs } from './catalog-index.ts';
import { eachTenant } from './each-tenant.ts';

type FindDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog' | 'progress'>;

const BODIES = {
  snapshot: SnapshotBody,
  incremental: IncrementalBody,
  log: LogBody,
  'log-index': LogIndexBody,
  'restore-record': RestoreRecord,
  erasure: ErasureBody,
  'held-log': HeldLogBody,
  archive: ArchiveBody,
  'cluster-read': SnapshotBody,
} as const;

export type ManifestBody = {
  [Kind in keyof typeof BODIES]: { readonly kind: Kind; readonly body: z.infer<(typeof BODIES)[Kind]> };
}[keyof typeof BODIES];

export interface FoundManifest {
  readonly key: string;
  readonly sha256: string;
  readonly header: ManifestHeader;
  /** Undefined where the owner's key is destroyed. */
  readonly content: ManifestBody | undefined;
}

/** InputError `unknown-backup`, `ambiguous-backup`; IntegrityError `manifest-invalid`, `object-missing`. */
export async function findManifest(deps: FindDeps, named: string): Promise<FoundManifest> {
  const key = named.includes('/') ? named : await keyOf(deps, named);
  const { header, sha256 } = await readHeader(deps, key);
  const { kind, tenant } = header;
  try {
    const { body } = await readManifest(deps, key, BODIES[kind], { tenant, kind, sha256 });
    return { key, sha256, header, content: { kind, body } as ManifestBody };
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === 'key-destroyed' || error.code === 'no-key'))
      return { key, sha256, header, content: undefined };
    throw error;
  }
}

/** From the catalog first; an id that it does not list is searched in the vault. */
async function keyOf(deps: FindDeps, id: string): Promise<string> {
  const known = new Map<string, string>();
  const stored = await eachTenant(deps, 'Looking for it', async ({ ref }) => {
    const [kept, restored] = await Promise.all([backups.list(deps.catalog, ref), restores.list(deps.catalog, ref)]);
    return [...kept, ...restored.map(item => RestoreItem.parse(item))];
  });
  const named = stored.flat().filter(item => item.id.startsWith(id));
  for (const item of named) if (item.key !== undefined) known.set(item.id, item.key);
  if (named.length > 0 && known.size === 0) throw withoutRecord(named[0]!.id);
  for (const run of await runs.list(deps.catalog)) if (run.id.startsWith(id)) known.set(run.id, run.key);
  if (known.size === 0) for (const key of await searchVault(deps, id)) known.set(key, key);
  const [first, second] = known.values();
  if (first === undefined) {
    throw new InputError('unknown-backup', `There is no backup ${JSON.stringify(id)}.`, {
      hint: '`holdfast timeline TENANT` lists the backups of a tenant; an object key works too.',
    });
  }
  if (second !== undefined && !known.has(id)) {
    throw new InputError('ambiguous-backup', `${known.size} backup ids begin with ${JSON.stringify(id)}.`, {
      hint: `Give a longer prefix: ${[...known.keys()].slice(0, 5).join(', ')}.`,
    });
  }
  return known.get(id) ?? first;
}

/** The catalog's item of a restore that failed, or that was interrupted around its commit. */
function withoutRecord(id: string): InputError {
  return new InputError('no-record', `The restore ${id} has no record.`, {
    hint: '`holdfast restores` shows whether it failed, which wrote nothing, or was interrupted around its commit.',
  });
}

async function searchVault(deps: FindDeps, id: string): Promise<string[]> {
  const found: string[] = [];
  const named = (key: string) => /([^/]+)\.json$/.exec(key)?.[1] ?? '';
  for await (const { key } of deps.vault.list(TENANTS_PREFIX)) {
    if (key.includes('/manifests/') && named(key).startsWith(id)) found.push(key);
  }
  for await (const { key } of deps.vault.list(manifestPrefix(SYSTEM))) if (named(key).startsWith(id)) found.push(key);
  for (const prefix of [LOG_MANIFESTS_PREFIX, LOG_INDEXES_PREFIX]) {
    // An index is named after its last run: a prefix of that id means the run, where that exists.
    if (found.length > 0) break;
    for await (const key of deps.vault.keys(prefix)) if (named(key).slice(17).startsWith(id)) found.push(key);
  }
  return found;
}

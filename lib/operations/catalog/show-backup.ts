/** What a backup or any manifest says, verified, for people and programs: `holdfast show` and `holdfast cat`. */
import { HoldfastError, InputError } from '../../domain/errors.ts';
import {
  ErasureBody,
  IncrementalBody,
  LogBody,
  LogIndexBody,
  type ManifestHeader,
  SnapshotBody,
} from '../../domain/manifest.ts';
import { RestoreRecord } from '../../domain/restore-record.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { refOf } from '../context.ts';
import { readHeader, readManifest } from '../storage/manifest-store.ts';
import { type BackupItem, backups } from './catalog-index.ts';

export type ShowDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog' | 'installation'>;

export interface ShownManifest {
  readonly key: string;
  readonly sha256: string;
  /** The signature was checked; there is no other way to get here. */
  readonly header: ManifestHeader;
  /** Null where the owner's key is gone. */
  readonly body: unknown;
}

const BODIES = {
  snapshot: SnapshotBody,
  incremental: IncrementalBody,
  log: LogBody,
  'log-index': LogIndexBody,
  'restore-record': RestoreRecord,
  erasure: ErasureBody,
} as const;

/** A manifest by its object key. IntegrityError `object-missing`, `manifest-invalid`. */
export async function catManifest(deps: ShowDeps, key: string): Promise<ShownManifest> {
  const { sha256, header } = await readHeader(deps, key);
  const expect = { tenant: header.tenant as TenantRef, kind: header.kind, sha256 };
  try {
    const { body } = await readManifest(deps, key, BODIES[header.kind], expect);
    return { key, sha256, header, body };
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === 'no-key' || error.code === 'key-destroyed'))
      return { key, sha256, header, body: null };
    throw error;
  }
}

export interface ShownBackup {
  readonly item: BackupItem;
  readonly manifest: ShownManifest;
  /** Per table: rows, bytes of COPY text, chunks; of an incremental upserts and deletes. No key values. */
  readonly tables: readonly {
    readonly table: string;
    readonly rows: number;
    readonly bytes?: number;
    readonly chunks?: number;
    readonly deletes?: number;
  }[];
  /** Objects it needs, with whether each is there with its size. */
  readonly objects: readonly {
    readonly key: string;
    readonly bytes: number;
    readonly present: boolean;
    readonly retainUntil: string | null;
    readonly hold: boolean;
  }[];
}

/** A backup by its id. InputError `unknown-backup`. */
export async function showBackup(deps: ShowDeps, tenant: TenantId, id: string): Promise<ShownBackup> {
  const item = (await backups.list(deps.catalog, refOf(deps, tenant))).find(candidate => candidate.id === id);
  if (!item) {
    throw new InputError('unknown-backup', `This tenant has no backup ${id}.`, {
      hint: 'The timeline lists its snapshots and incrementals.',
    });
  }
  const manifest = await catManifest(deps, item.key);
  const objects = await Promise.all(
    manifest.header.objects.map(async ({ key, bytes }) => {
      const stored = await deps.vault.head(key);
      return {
        key,
        bytes,
        present: stored?.bytes === bytes,
        retainUntil: stored?.retainUntil.toISOString() ?? null,
        hold: stored?.hold ?? false,
      };
    }),
  );
  return { item, manifest, tables: tablesOf(manifest), objects };
}

function tablesOf({ header, body }: ShownManifest): ShownBackup['tables'] {
  if (body === null) return [];
  if (header.kind === 'incremental') {
    return (body as IncrementalBody).tables.map(({ table, upserts, deletes }) => ({ table, rows: upserts, deletes }));
  }
  return (body as SnapshotBody).tables.map(({ table, rows, bytes, chunks }) => ({
    table,
    rows,
    bytes,
    chunks: chunks.length,
  }));
}

/**
 * Compares catalog items with the signed manifest that they name. The catalog is an index that anyone with access to
 * its file or table can edit: everything that a restore uses of it is compared here, and a difference stops the
 * restore.
 */
import { isDeepStrictEqual } from 'node:util';
import { IntegrityError } from '../../domain/errors.ts';
import type { GapEntry } from '../../domain/log-manifest.ts';
import type { ManifestHeader } from '../../domain/manifest.ts';
import type { SourceIdentity } from '../../domain/source-epoch.ts';
import type { StoredManifest } from '../storage/manifest-store.ts';
import type { BackupItem, RunItem } from './catalog-index.ts';
import type { ClusterReadItem } from './cluster-reads.ts';

const REBUILD =
  'Nothing was written. Run `holdfast catalog rebuild`, which reads the signed manifests, then try again.';

/** `object`: the manifest that differs. */
export function catalogDiffers(object: string, what: string): IntegrityError {
  return new IntegrityError('catalog-differs', `The catalog differs from the signed manifest ${object}: ${what}.`, {
    hint: REBUILD,
    details: { object },
  });
}

/** What an item of the catalog takes from the manifest that it names. */
export function signedFields({ key, sha256, header }: Pick<StoredManifest, 'key' | 'sha256' | 'header'>) {
  const { id, from, to, fromTime, toTime, createdAt, source, keepUntil } = header;
  return {
    id,
    key,
    sha256,
    from,
    to,
    fromTime,
    toTime,
    createdAt,
    ...(source && { source }),
    ...(keepUntil && { keepUntil }),
  };
}

/** IntegrityError `catalog-differs`. `read`: of a snapshot, as its body has it. */
export function backupAsSigned(
  item: BackupItem | ClusterReadItem,
  header: ManifestHeader,
  read?: BackupItem['read'],
): void {
  compareFields(item.key, item, header, ['id', 'kind', 'from', 'to', 'fromTime', 'toTime', 'createdAt']);
  if (read !== undefined && (item.read ?? read) !== read) throw catalogDiffers(item.key, 'read');
  sourceAsSigned(item, header);
}

/** IntegrityError `catalog-differs`. */
export function runAsSigned(item: RunItem, header: Pick<ManifestHeader, RunField | 'previous' | 'source'>): void {
  compareFields(item.key, item, header, RUN_FIELDS);
  if (item.previous?.sha256 !== header.previous?.sha256) throw catalogDiffers(item.key, 'previous');
  sourceAsSigned(item, header);
}

/** Chains are chosen by it (backup-chain.ts). */
function sourceAsSigned(
  item: { key: string; source?: SourceIdentity | undefined },
  signed: Pick<ManifestHeader, 'source'>,
) {
  if (!isDeepStrictEqual({ ...item.source }, { ...signed.source })) throw catalogDiffers(item.key, 'source');
}

type RunField = (typeof RUN_FIELDS)[number];
const RUN_FIELDS = ['id', 'from', 'to', 'fromTime', 'toTime'] as const;

/**
 * The gap as the catalog lists it: a snapshot with a replay start at the run's end or later does not need what is
 * missing.
 */
export function listedGap(gap: GapEntry, run: Pick<RunItem, 'to'>): GapEntry {
  return { ...gap, seen: gap.seen ?? gap.to ?? run.to };
}

function compareFields<F extends string>(
  object: string,
  item: Readonly<Record<F, unknown>>,
  signed: Readonly<Record<F, unknown>>,
  fields: readonly F[],
): void {
  const different = fields.find(field => item[field] !== signed[field]);
  if (different !== undefined) throw catalogDiffers(object, different);
}

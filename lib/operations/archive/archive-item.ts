/** An archive as the catalog lists it, from its signed manifest: when it is made, and when a catalog is rebuilt. */
import type { ArchiveBody } from '../../domain/archive.ts';
import { exportedRows } from '../../domain/export-document.ts';
import type { ArchiveItem } from '../catalog/catalog-index.ts';
import type { StoredManifest } from '../storage/manifest-store.ts';

/** `body`: undefined where the tenant's key does not open it: then it is kept for as long as any archive. */
export function archiveItem({ key, sha256, header }: StoredManifest, body: ArchiveBody | undefined): ArchiveItem {
  const { id, to, toTime, createdAt, objects } = header;
  return {
    ...{ id, key, sha256, to, toTime, createdAt, keep: body?.keep ?? 'annual' },
    rows: body ? exportedRows(body.document.tables) : null,
    storedBytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/**
 * Reads an archive back: the object in pieces, opened, decompressed, unpacked, every file compared with its digest. Invariant:
 * an archive is proved only if each file of its document is in it, unchanged, and nothing else. Memory does not grow with it.
 */
import { decompressStream } from '../../codec/compression.ts';
import { countedBytes } from '../../codec/counted-bytes.ts';
import { tarEntries } from '../../codec/tar.ts';
import { ArchiveBody } from '../../domain/archive.ts';
import { HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { EXPORT_DOCUMENT, ExportDocument, type ExportedFile } from '../../domain/export-document.ts';
import { canonicalJson } from '../../domain/preview.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import type { ArchiveItem } from '../catalog/catalog-index.ts';
import { readManifest } from '../storage/manifest-store.ts';

type ReadDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'progress'>;

/** Bytes of a request for a part of the object. */
const PIECE_BYTES = 8 * 1024 * 1024;
/** More than any `export.json`, which is held in memory. */
const DOCUMENT_BYTES = 256 * 1024 * 1024;

/** Proves manifest and object. IntegrityError `manifest-invalid`, `object-missing`, `export-differs`, `cannot-open`. */
export async function verifyArchive(
  deps: ReadDeps,
  tenant: TenantRef,
  item: Pick<ArchiveItem, 'key' | 'sha256'>,
): Promise<ArchiveBody> {
  const { sha256 } = item;
  const { header, body } = await readManifest(deps, item.key, ArchiveBody, { tenant, kind: 'archive', sha256 });
  const [object] = header.objects;
  if (object === undefined) throw differs(item.key, 'names no object');
  await proveArchive(deps, tenant, { ...object, sha256: body.objectSha256 }, body.document);
  return body;
}

/** IntegrityError `object-missing`, `export-differs`, `cannot-open`; StorageError `no-key`, `key-destroyed`. */
export async function proveArchive(
  deps: ReadDeps,
  tenant: TenantRef,
  object: { readonly key: string; readonly bytes: number; readonly sha256: string },
  document: ExportDocument,
): Promise<void> {
  const expected = new Map(document.files.map(file => [file.name, file]));
  const stored = countedBytes(objectPieces(deps, object));
  try {
    const opened = await deps.keyring.openStream(tenant, stored.bytes);
    for await (const { name, size, bytes } of tarEntries(decompressStream(opened))) {
      if (name === EXPORT_DOCUMENT) await sameDocument(object.key, size, bytes, document);
      else await sameFile(object.key, bytes, { name, expected: expected.get(name) });
      expected.delete(name);
    }
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw differs(object.key, 'cannot be unpacked', cause);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw differs(object.key, `lacks ${missing}`);
  if (stored.total().sha256 !== object.sha256) throw differs(object.key, 'has other bytes than its manifest says');
}

async function sameFile(
  key: string,
  bytes: AsyncIterable<Uint8Array>,
  { name, expected }: { readonly name: string; readonly expected: ExportedFile | undefined },
): Promise<void> {
  const counted = countedBytes(bytes);
  for await (const _ of counted.bytes);
  const found = counted.total();
  if (expected?.bytes !== found.bytes || expected.sha256 !== found.sha256) throw differs(key, `differs in ${name}`);
}

async function sameDocument(
  key: string,
  size: number,
  bytes: AsyncIterable<Uint8Array>,
  document: ExportDocument,
): Promise<void> {
  if (size > DOCUMENT_BYTES) throw differs(key, `has a ${EXPORT_DOCUMENT} that is too large`);
  const parts: Uint8Array[] = [];
  for await (const piece of bytes) parts.push(piece);
  const found = ExportDocument.parse(JSON.parse(Buffer.concat(parts).toString('utf8')));
  if (canonicalJson(found) !== canonicalJson(document)) throw differs(key, `differs in ${EXPORT_DOCUMENT}`);
}

async function* objectPieces(
  { vault, progress }: ReadDeps,
  { key, bytes }: { readonly key: string; readonly bytes: number },
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes; offset += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, bytes - offset);
    yield await vault.get(key, { offset, length });
    const done = { done: offset + length, total: bytes, unit: 'bytes' };
    progress?.({ step: 'archive.prove', message: 'Reading the archive back', ...done });
  }
}

function differs(key: string, what: string, cause?: unknown): IntegrityError {
  return new IntegrityError('export-differs', `The archive ${key} ${what}.`, {
    hint: 'Do not use it. Bring the object back from a replica, or make another archive while the moment can be reached.',
    details: { object: key },
    cause,
  });
}

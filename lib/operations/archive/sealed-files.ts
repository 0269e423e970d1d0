/**
 * The files of an export as sealed parts in the vault. Invariants: no byte of a row is stored in clear; a part is written
 * once, and a call that comes to one that is there goes on only if it would write the same bytes; a file is complete
 * once its end is stored, after its last part. Memory: one part.
 */
import { countedBytes } from '../../codec/counted-bytes.ts';
import { sha256Hex } from '../../codec/digest.ts';
import { type HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { exportPartKey } from '../../domain/object-key.ts';
import { type SealedFile, SealedFileEnd } from '../../domain/sealed-export.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { putDocument, putSealed, readDocument, readSealed } from '../storage/sealed-document.ts';
import type { TimeBudget } from '../time-budget.ts';
import type { FileSink } from './unload-state.ts';

type SealDeps = Pick<Deps, 'vault' | 'keyring'>;

/** Where the files of one attempt are. */
export interface SealedPlace {
  readonly tenant: TenantRef;
  readonly request: string;
  /** From 1. */
  readonly attempt: number;
}

/** What one call may do. */
export interface SealedCall {
  readonly retainUntil: Date;
  readonly budget: TimeBudget;
  /** Thrown once the time is used up; a call stores at least one part. */
  readonly unfinished: () => HoldfastError;
  /** Bytes of a part before compression. */
  readonly partBytes: number;
}

export const SEALED_PART_BYTES = 16 * 1024 * 1024;

/** `list`: the files that are complete, in order. */
export function sealedFiles(
  deps: SealDeps,
  place: SealedPlace,
  call: SealedCall,
): FileSink & { readonly list: readonly SealedFile[] } {
  const list: SealedFile[] = [];
  let stored = 0;
  /** False where it was there before. */
  async function storePart(key: string, bytes: Uint8Array): Promise<void> {
    if ((await deps.vault.head(key)) !== undefined) return samePart(deps, place.tenant, key, bytes);
    if (stored > 0 && call.budget.isUsed()) throw call.unfinished();
    await putSealed(deps, place.tenant, key, bytes, { retainUntil: call.retainUntil });
    stored += 1;
  }
  return {
    list,
    async kept(name) {
      const key = endKey(place, name);
      if ((await deps.vault.head(key)) === undefined) return undefined;
      const { format: _, ...file } = await readDocument(deps, place.tenant, key, SealedFileEnd);
      list.push(file);
      return file;
    },
    async put(name, bytes) {
      const counted = countedBytes(bytes);
      let parts = 0;
      for await (const part of inParts(counted.bytes, call.partBytes)) {
        await storePart(partKey(place, name, parts), part);
        parts += 1;
      }
      const file = { name, ...counted.total(), parts };
      const key = endKey(place, name);
      if ((await deps.vault.head(key)) === undefined) {
        const { retainUntil } = call;
        await putDocument(deps, place.tenant, key, { format: 'holdfast.export-file/1', ...file }, { retainUntil });
      }
      list.push(file);
    },
  };
}

/** The bytes of a file, opened part by part. IntegrityError `object-missing`, `object-altered`; StorageError `key-destroyed`. */
export async function* openSealedFile(
  deps: SealDeps,
  place: SealedPlace,
  { name, parts }: Pick<SealedFile, 'name' | 'parts'>,
): AsyncGenerator<Uint8Array> {
  for (let number = 0; number < parts; number++)
    yield await readSealed(deps, place.tenant, partKey(place, name, number));
}

async function samePart(deps: SealDeps, tenant: TenantRef, key: string, bytes: Uint8Array): Promise<void> {
  if (Buffer.from(await readSealed(deps, tenant, key)).equals(bytes)) return;
  throw new IntegrityError('export-differs', 'The same rows gave other bytes than in an earlier call.', {
    hint: 'Request the export again. It happens where the tenant model was changed while the export was written.',
    details: { object: key },
  });
}

/** Names of files say how tables are called, and keys of the vault are not sealed. */
function stemOf({ attempt }: SealedPlace, name: string): string {
  return `${String(attempt).padStart(4, '0')}-${sha256Hex(Buffer.from(name)).slice(0, 16)}`;
}

function partKey(place: SealedPlace, name: string, number: number): string {
  return exportPartKey(place.tenant, place.request, `${stemOf(place, name)}-${String(number).padStart(6, '0')}`);
}

function endKey(place: SealedPlace, name: string): string {
  return exportPartKey(place.tenant, place.request, `${stemOf(place, name)}-end`);
}

/** Each of exactly so many bytes, but the last. */
async function* inParts(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const whole of bytes) {
    let piece = whole;
    while (length + piece.byteLength >= size) {
      const fits = size - length;
      yield Buffer.concat([...pieces, piece.subarray(0, fits)]);
      piece = piece.subarray(fits);
      pieces = [];
      length = 0;
    }
    if (piece.byteLength === 0) continue;
    pieces.push(piece);
    length += piece.byteLength;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

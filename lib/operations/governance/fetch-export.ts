/**
 * Fetches an export that waits in the vault: opens its files, in the name of whoever has the rights to them. Invariants: the
 * list is the one that the signed result of the request names; nothing is opened before the audit trail has it; an export that
 * an erasure has overtaken is not opened; a file has its name only if it is what was written.
 */
import { countedBytes } from '../../codec/counted-bytes.ts';
import { ConflictError, InputError, IntegrityError } from '../../domain/errors.ts';
import { EXPORT_DOCUMENT, type ExportedFile } from '../../domain/export-document.ts';
import { type ExportProof, exportProof } from '../../domain/export-request.ts';
import { canonicalJson } from '../../domain/preview.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Settings } from '../../domain/settings.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps, ExportDirectory, ExportPlace } from '../../ports.ts';
import { erasedSince } from '../archive/erased-since.ts';
import { findExportList, type StoredExport } from '../archive/export-list.ts';
import { openSealedFile } from '../archive/sealed-files.ts';
import { appendEvent } from './audit-trail.ts';
import { readRequest } from './read-request.ts';

export interface FetchAsked {
  readonly principal: Principal;
  readonly tenant: TenantRef;
  /** Id of the request. */
  readonly request: string;
  /** Absolute path: as of an export on one machine. */
  readonly directory: string;
  readonly place: ExportPlace;
}

/**
 * Called again with the same directory it continues. InputError `unknown-request`, `not-an-export`, `export-expired`,
 * `export-exists`, `export-place`; ConflictError `export-unfinished`, `export-outdated`; IntegrityError `export-differs`,
 * `object-altered`; StorageError `audit-unwritable`, `key-destroyed`.
 */
export async function fetchExport(
  deps: Deps & { readonly settings: Settings },
  asked: FetchAsked,
): Promise<ExportProof> {
  const { principal: who, tenant, request } = asked;
  const { list, key, sha256 } = await provedList(deps, tenant, request);
  if (await erasedSince(deps, tenant, list.erasures))
    throw new ConflictError('export-outdated', 'A subject was erased after this export was written.', {
      hint: 'Nothing was opened. Request the export again: it leaves the subject out.',
    });
  const directory = await asked.place.open(asked.directory, request);
  // `readRows` in the words of the policies; what was read is the record.
  const details = { files: list.files.length, position: list.document.position };
  await appendEvent(deps, tenant, {
    who,
    action: 'export-read',
    outcome: 'allowed',
    request,
    records: { [key]: sha256 },
    details,
  });
  const place = { tenant, request, attempt: list.attempt };
  for (const [index, file] of list.files.entries()) {
    const progress = { done: index + 1, total: list.files.length, unit: 'files' };
    deps.progress?.({ step: 'export.fetch', message: 'Fetching the files', ...progress });
    if (isSame(file, await digestIn(directory, file.name))) continue;
    await directory.put(file.name, proved(openSealedFile(deps, place, file), file));
  }
  return exportProof(list.document);
}

/** The list that the request's signed result names, and with what it proved. */
async function provedList(deps: Deps, tenant: TenantRef, request: string): Promise<StoredExport> {
  const { request: asked, result } = await readRequest(deps, tenant, request);
  if (asked.action !== 'export')
    throw new InputError('not-an-export', 'The request is not one for an export.', {
      hint: '`holdfast requests TENANT` lists the requests with their actions.',
    });
  if (result === undefined)
    throw new ConflictError('export-unfinished', 'The export is not written yet.', {
      hint: '`holdfast requests TENANT` shows whether it waits for an approval, or is being carried out.',
    });
  const found = await findExportList(deps, tenant, request);
  if (found === undefined)
    throw new InputError('export-expired', 'The files of the export are not there any more.', {
      hint: 'Request the export again. An export on one machine leaves its files in the directory that it names.',
    });
  const isNamed = result.records[found.key] === found.sha256;
  const isComplete = found.list.files.at(-1)?.name === EXPORT_DOCUMENT;
  if (isNamed && isComplete && canonicalJson(result.proof) === canonicalJson(exportProof(found.list.document)))
    return found;
  throw differs(found.key);
}

async function digestIn(directory: ExportDirectory, name: string): Promise<Omit<ExportedFile, 'name'> | undefined> {
  const bytes = await directory.read(name);
  if (bytes === undefined) return undefined;
  const counted = countedBytes(bytes);
  for await (const _ of counted.bytes);
  return counted.total();
}

/** Fails at its end unless the bytes are those of the list: then the file never gets its name. */
async function* proved(bytes: AsyncIterable<Uint8Array>, file: ExportedFile): AsyncGenerator<Uint8Array> {
  const counted = countedBytes(bytes);
  yield* counted.bytes;
  if (!isSame(file, counted.total())) throw differs(file.name);
}

function isSame(file: ExportedFile, found: Omit<ExportedFile, 'name'> | undefined): boolean {
  return found?.bytes === file.bytes && found.sha256 === file.sha256;
}

function differs(what: string): IntegrityError {
  return new IntegrityError('export-differs', `${what} is not what the export wrote.`, {
    hint: 'Do not use it. Request the export again.',
    details: { object: what },
  });
}

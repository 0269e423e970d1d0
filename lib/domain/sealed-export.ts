/**
 * An export that waits in the vault, sealed under the tenant's key, until somebody who may read rows fetches it: the attempts
 * that made it, what each complete file is, and the signed list of all. Invariant: files of two attempts never mix, since each
 * attempt rebuilds the state.
 */
import * as z from 'zod';
import { ExportDocument, ExportedFile } from './export-document.ts';
import { TenantRef } from './tenant.ts';

/** How long an export can be fetched: the lock of its objects, after which expiry removes them. */
export const EXPORT_KEPT_DAYS = 7;

const Count = z.number().int().nonnegative();

/** Who continues it finds its staging schema by this. */
export const ExportAttempt = z.object({
  format: z.literal('holdfast.export-attempt/1'),
  number: z.number().int().positive(),
  /** ISO 8601 UTC: when the files say that they were made. */
  startedAt: z.string(),
  /** The staging schema, and the digest of its plan. */
  staging: z.object({ tenant: TenantRef, id: z.string(), plan: z.string() }),
});
export type ExportAttempt = z.infer<typeof ExportAttempt>;

/** A complete file: its bytes are those of its parts, in order. */
export const SealedFile = z.object({ ...ExportedFile.shape, parts: Count });
export type SealedFile = z.infer<typeof SealedFile>;

export const SealedFileEnd = z.object({ format: z.literal('holdfast.export-file/1'), ...SealedFile.shape });

export const ExportList = z.object({
  format: z.literal('holdfast.export-list/1'),
  request: z.string(),
  tenant: TenantRef,
  attempt: z.number().int().positive(),
  /** Ids of the erasures that the rows obey. */
  erasures: z.array(z.string()),
  /** All files, `export.json` last. */
  files: z.array(SealedFile),
  document: ExportDocument,
});
export type ExportList = z.infer<typeof ExportList>;

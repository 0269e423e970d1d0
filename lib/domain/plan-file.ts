/**
 * A preview kept for approval: `restore --plan FILE` applies exactly this preview. The staging schema stays in the
 * database; the file names it, the digest of the difference and the hash of the preview, and is signed, so that an
 * edited file is refused. No row values.
 */
import * as z from 'zod';
import { Preview } from './preview.ts';
import { RestoreRecord } from './restore-record.ts';
import { RestoreRequest } from './restore-request.ts';
import { TableName, TableSchema } from './table-schema.ts';
import { TenantRef } from './tenant.ts';
import { ModelTable } from './tenant-model.ts';

const StagedTableDocument = z.object({
  table: TableName,
  owned: ModelTable,
  staged: z.string(),
  schema: TableSchema,
  columns: z.array(
    z.object({
      ...{ name: z.string(), number: z.number().int(), stagedType: z.string(), asText: z.boolean() },
      relabel: z.array(z.tuple([z.string(), z.string()])).exactOptional(),
      reshaped: z.union([z.number().int(), z.literal('lost')]).exactOptional(),
    }),
  ),
  key: z.array(z.string()),
  rows: z.number().int(),
  erased: z.object({ recorded: z.number().int(), dependent: z.number().int() }),
  dependency: z.boolean(),
  leftOut: z.string().exactOptional(),
  baseline: z.string().exactOptional(),
  clashes: z.string().exactOptional(),
  pairs: z.string().exactOptional(),
});

/** The stored description of a staged state: what the difference needs. */
export const StagedDocument = z.object({
  id: z.string(),
  schema: z.string(),
  tenantRef: TenantRef,
  target: z.string(),
  notes: z.array(z.string()),
  tables: z.array(StagedTableDocument),
});
export type StagedDocument = z.infer<typeof StagedDocument>;

export const PlanDocument = z.object({
  format: z.literal('holdfast.approved-plan/1'),
  createdAt: z.string(),
  installation: z.string(),
  request: RestoreRequest,
  /** Without samples. Its `hash` is what is approved. */
  preview: Preview,
  staging: StagedDocument,
  chain: RestoreRecord.shape.chain,
});
export type PlanDocument = z.infer<typeof PlanDocument>;

/** The stored file. The signature is over the UTF-8 bytes of the string `plan`, exactly as stored. */
export const PlanFile = z.object({
  plan: z.string(),
  signature: z.object({ keyId: z.string(), algorithm: z.literal('ECDSA_SHA_256'), value: z.string() }),
});
export type PlanFile = z.infer<typeof PlanFile>;

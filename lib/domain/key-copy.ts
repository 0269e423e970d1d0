/**
 * Copies of the pooled mode's branch keys in the vault, so that a lost table of keys can be rebuilt. They are the rows as
 * stored: each key is wrapped by KMS, and opens nothing without the pool's key. Invariant: no copy of a destroyed key
 * outlives `KEY_COPY_DAYS`, which is the promise of a destruction in either key mode; so the locks of copies are short.
 */
import * as z from 'zod';
import { TenantRef } from './tenant.ts';

/** Days after which a destruction is final: KMS's shortest waiting period. */
export const KEY_COPY_DAYS = 7;
/** Lock of a copy, in days: afterwards a lifecycle rule removes it, within two more. */
export const KEY_COPY_LOCK_DAYS = 5;

/** One attribute of a row, in DynamoDB's JSON form; `B`: base64. */
const Attribute = z.union([
  z.strictObject({ S: z.string() }),
  z.strictObject({ N: z.string() }),
  z.strictObject({ B: z.string() }),
]);

/** One row of the table of keys: a wrapped branch key, or a tombstone. */
export const WrappedKey = z.record(z.string(), Attribute);
export type WrappedKey = z.infer<typeof WrappedKey>;

/** Rows of some owners. */
export const KeyCopyPage = z.object({ owners: z.array(z.object({ ref: TenantRef, rows: z.array(WrappedKey) })) });
export type KeyCopyPage = z.infer<typeof KeyCopyPage>;

/** Written last: a copy exists when it exists. */
export const KeyCopy = z.object({
  format: z.literal('holdfast.key-copy/1'),
  at: z.string(),
  owners: z.number(),
  pages: z.array(z.object({ key: z.string(), sha256: z.string() })),
});
export type KeyCopy = z.infer<typeof KeyCopy>;

/**
 * What the catalogs say about where a table's rows come from, beside its definition: facts that change whenever rows may
 * have come, gone or changed without a row change in the log, and that nobody sets back (transaction ids of catalog rows,
 * object ids, file numbers). Kept in the manifest of the run that found them new or changed.
 */
import { z } from 'zod';
import { TableName } from './table-schema.ts';

/** A member of a partition tree, or the table itself. */
export const MemberTrace = z.object({
  /** pg_class.relfilenode; `0` where it keeps no rows of its own. */
  file: z.string(),
  /** Digest of the numbers and xmins of its attributes: changes when one is added, altered, dropped or renamed. */
  attributes: z.string(),
  /** xmin of its row in pg_inherits: changes when it is detached and attached again. Empty for the root. */
  link: z.string(),
});
export type MemberTrace = z.infer<typeof MemberTrace>;

/** The columns of a relation as the log lists them: stored ones in the order of their numbers. */
export const TableLayout = z.object({
  /** The greatest attribute number that was ever given. */
  last: z.number().int(),
  /** Numbers that are in use and not in the log: generated columns. */
  unlogged: z.array(z.number().int()),
  columns: z.array(
    z.object({ number: z.number().int(), name: z.string(), typeOid: z.number().int(), xmin: z.string() }),
  ),
});
export type TableLayout = z.infer<typeof TableLayout>;

export const TableTrace = z.object({
  oid: z.number().int(),
  table: TableName,
  /** Object ids and xmins of the publication and of the table's row in it; null where it is not published. */
  published: z.string().nullable(),
  /** By oid. */
  members: z.record(z.string(), MemberTrace),
  layout: TableLayout,
  /**
   * By oid: the numbers of the attributes of each composite type that its columns are made of; `row ` before those of the
   * row type of a table. Absent where there is none.
   */
  composites: z.record(z.string(), z.string()).nullish(),
  /** See `ownershipOf`. Absent where that cannot be told, and in what was written before it was noted. */
  owner: z.string().optional(),
  /** Marks the event triggers that tell DDL; null or absent where they are not all there or cannot tell everybody's. */
  toldBy: z.string().nullish(),
});
export type TableTrace = z.infer<typeof TableTrace>;

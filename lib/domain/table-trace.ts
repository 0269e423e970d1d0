/**
 * Catalog facts about the origin of a table's rows, beyond its definition: they change whenever rows may have been
 * added, removed or changed without a row change in the log, and are never reset (transaction ids of catalog rows,
 * object ids, file numbers). Stored in the manifest of the run that found them new or changed.
 */
import * as z from 'zod';
import { TableName } from './table-schema.ts';

/** A member of a partition tree, or the table itself. */
export const MemberTrace = z.object({
  /** pg_class.relfilenode; `0` if it has no rows of its own. */
  file: z.string(),
  /** Digest of the numbers and xmins of its attributes: changes if one is added, altered, dropped or renamed. */
  attributes: z.string(),
  /** xmin of its row in pg_inherits: changes if it is detached and attached again. Empty for the root. */
  link: z.string(),
});
export type MemberTrace = z.infer<typeof MemberTrace>;

/** The columns of a relation as the log lists them: stored ones in the order of their numbers. */
export const TableLayout = z.object({
  /** The highest attribute number ever assigned. */
  last: z.number().int(),
  /** Numbers in use that are not in the log: generated columns. */
  unlogged: z.array(z.number().int()),
  columns: z.array(
    z.object({ number: z.number().int(), name: z.string(), typeOid: z.number().int(), xmin: z.string() }),
  ),
});
export type TableLayout = z.infer<typeof TableLayout>;

export const TableTrace = z.object({
  oid: z.number().int(),
  table: TableName,
  /** Object ids and xmins of the publication and of the table's row in it; null if it is not published. */
  published: z.string().nullable(),
  /** By oid. */
  members: z.record(z.string(), MemberTrace),
  layout: TableLayout,
  /**
   * By oid: the numbers of the attributes of each composite type in its columns; `row ` before those of the row type
   * of a table. Absent if there is none.
   */
  composites: z.record(z.string(), z.string()).nullish(),
  /** See `ownershipOf`. Absent if unknown, and in older documents. */
  owner: z.string().optional(),
  /** Identifies the event triggers that record DDL; null or absent if some are missing or do not cover all roles. */
  toldBy: z.string().nullish(),
});
export type TableTrace = z.infer<typeof TableTrace>;

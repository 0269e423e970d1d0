/**
 * The definition of a table at its backup. Stored in every manifest, so that a backup is self-contained years later
 * and a restore can distinguish a renamed column from a dropped and an added one (by attribute number).
 */
import * as z from 'zod';

/**
 * `schema.table`, each part quoted if SQL requires it (`public.orders`, `"Weird Schema"."Order"`): the regclass
 * format of PostgreSQL, always with the schema.
 */
export const TableName = z.string().min(3);
export type TableName = z.infer<typeof TableName>;

/**
 * How equality relates to bytes for a column's type and collation. Absent: equal values are the same bytes, and `=`
 * of pg_catalog compares them; also absent in older documents.
 */
export const Equality = z.object({
  /** `OPERATOR(schema.=)` of the type's default operator class; null if it has none. */
  operator: z.string().nullable(),
  /**
   * The one text that equal values share: `text` their own; `padded` without trailing blanks; `numeric` without
   * trailing zeros; `float` with one zero; `folded` in lower case as the database folds it (citext); `none`: no such
   * text exists.
   */
  canonical: z.enum(['text', 'padded', 'numeric', 'float', 'folded', 'none']),
  /** Of a domain: its base type, without length or precision. */
  base: z.string().optional(),
});
export type Equality = z.infer<typeof Equality>;

export const ColumnSchema = z.object({
  name: z.string(),
  /** pg_attribute.attnum in the source database: survives a rename. */
  number: z.number().int(),
  /** format_type(), schema-qualified for user types: `character varying(200)`, `public.order_status[]`. */
  type: z.string(),
  /** pg_type.typtype of the element type: b base, e enum, d domain, c composite, r range, m multirange. */
  typeKind: z.string(),
  notNull: z.boolean(),
  /** '' ordinary, 's' stored, 'v' virtual: generated columns are never exported. */
  generated: z.string(),
  /** '' none, 'a' always, 'd' by default. */
  identity: z.string(),
  /** Default expression as SQL, or null. */
  default: z.string().nullable(),
  /** Text form of pg_attribute.attmissingval: the value in rows older than the column; else null. */
  missing: z.string().nullable(),
  /** Collation name and version for collatable columns (`"C"`, `en_US.utf8@2.36`); null otherwise. */
  collation: z.string().nullable(),
  /** The sequence that an identity or serial column owns, as a regclass; else null. */
  sequence: z.string().nullable(),
  equality: Equality.optional(),
});
export type ColumnSchema = z.infer<typeof ColumnSchema>;

/** How a column of a foreign key is compared with the referenced column. */
export const ReferenceMatch = z.object({
  /** The constraint's own operator, the referenced side on its left. */
  operator: z.string(),
  /** Types to which both sides are cast; null: no cast. */
  parentType: z.string().nullable(),
  childType: z.string().nullable(),
  /** The collation of the referenced column, which decides; null if it makes no difference. */
  collation: z.string().nullable(),
});
export type ReferenceMatch = z.infer<typeof ReferenceMatch>;

export const ForeignKey = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  references: TableName,
  referencedColumns: z.array(z.string()),
  deferrable: z.boolean(),
  /** pg_constraint.confdeltype: a no action, r restrict, c cascade, n set null, d set default. */
  onDelete: z.string(),
  /** Per column; null or absent if plain `=` is equivalent. */
  matches: z.array(ReferenceMatch.nullable()).optional(),
});
export type ForeignKey = z.infer<typeof ForeignKey>;

export const UniqueKey = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  primary: z.boolean(),
  /** NULLS NOT DISTINCT (PostgreSQL 15). */
  nullsNotDistinct: z.boolean(),
  /** Predicate of a partial unique index as SQL; null for a full one. Expression indexes are not listed. */
  predicate: z.string().nullable(),
});
export type UniqueKey = z.infer<typeof UniqueKey>;

export const TableSchema = z.object({
  table: TableName,
  oid: z.number().int(),
  /** r ordinary, p partitioned. */
  kind: z.string(),
  columns: z.array(ColumnSchema),
  /**
   * The columns that identify a row: the primary key, else the first unique index whose columns are all NOT NULL, else
   * empty: such a table can be snapshotted but not replayed or diffed.
   */
  key: z.array(z.string()),
  uniqueKeys: z.array(UniqueKey),
  foreignKeys: z.array(ForeignKey),
  /** d default, n nothing, f full, i index. */
  replicaIdentity: z.string(),
  /** Columns in an old tuple: the key, the index's columns, or all. */
  replicaIdentityColumns: z.array(z.string()),
});
export type TableSchema = z.infer<typeof TableSchema>;

/** User types of the tables that a scratch database needs. */
export const TypeSchema = z.object({
  name: z.string(),
  /** e enum, d domain, c composite, r range. */
  kind: z.string(),
  labels: z.array(z.string()).optional(),
  /** pg_enum.oid of each label: the same after a rename. Absent in older documents. */
  labelIds: z.array(z.number().int()).optional(),
  /**
   * Of a composite: its oid, and its attributes by number in the order of its printed values. Numbers are never
   * reused. Absent in older documents.
   */
  attributes: z.object({ oid: z.number().int(), numbers: z.array(z.number().int()) }).optional(),
  /** Of a domain: its base type, as format_type() prints it. Absent in older documents. */
  base: z.string().optional(),
  /** True if reading a value runs CHECK constraints: of a domain, or of a type that contains one. */
  checked: z.boolean().optional(),
  /** `CREATE TYPE …` or `CREATE DOMAIN …`: the statement that recreates it. */
  ddl: z.string(),
});
export type TypeSchema = z.infer<typeof TypeSchema>;

export const DatabaseSchema = z.object({
  tables: z.array(TableSchema),
  types: z.array(TypeSchema),
  /** Extensions that own types used here. */
  extensions: z.array(z.string()),
});
export type DatabaseSchema = z.infer<typeof DatabaseSchema>;

/** The exported columns, in the order of COPY and of every stored row: all except generated ones. */
export function storedColumns(schema: TableSchema): ColumnSchema[] {
  return schema.columns.filter(column => column.generated === '');
}

/**
 * What a table looked like when it was backed up. Stored in every manifest, so that a backup explains itself years
 * later and a restore can tell a renamed column from a dropped and an added one (by attribute number).
 */
import { z } from 'zod';

/** `schema.table`, each part quoted as SQL needs it (`public.orders`, `"Weird Schema"."Order"`): PostgreSQL's regclass form, always with the schema. */
export const TableName = z.string().min(3);
export type TableName = z.infer<typeof TableName>;

/**
 * How equality relates to bytes for a column's type and collation. Absent: equal values are the same bytes, and `=` of
 * pg_catalog compares them; also in what was written before this was noted.
 */
export const Equality = z.object({
  /** `OPERATOR(schema.=)`, as the type's default operator class has it; null where it has none. */
  operator: z.string().nullable(),
  /**
   * The one text that equal values share: `text` their own; `padded` without trailing blanks; `numeric` without trailing
   * zeros; `float` with one zero; `folded` in lower case as the database folds it (citext); `none`: there is no such text.
   */
  canonical: z.enum(['text', 'padded', 'numeric', 'float', 'folded', 'none']),
  /** Of a domain: the type below it, without length or precision. */
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
  /** Default expression as SQL, null where there is none. */
  default: z.string().nullable(),
  /** Text form of pg_attribute.attmissingval: what rows older than the column hold; null where there is none. */
  missing: z.string().nullable(),
  /** Collation name and version for collatable columns (`"C"`, `en_US.utf8@2.36`); null otherwise. */
  collation: z.string().nullable(),
  /** The sequence that an identity or serial column owns, as a regclass; null where there is none. */
  sequence: z.string().nullable(),
  equality: Equality.optional(),
});
export type ColumnSchema = z.infer<typeof ColumnSchema>;

/** How one column of a foreign key is compared with the column that it refers to. */
export const ReferenceMatch = z.object({
  /** The constraint's own operator, the referenced side on its left. */
  operator: z.string(),
  /** Types that both sides are taken as; null: as they are. */
  parentType: z.string().nullable(),
  childType: z.string().nullable(),
  /** The referenced column's collation, which decides; null where it makes no difference. */
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
  /** Per column; null, and absent, where plain `=` says the same. */
  matches: z.array(ReferenceMatch.nullable()).optional(),
});
export type ForeignKey = z.infer<typeof ForeignKey>;

export const UniqueKey = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  primary: z.boolean(),
  /** NULLS NOT DISTINCT (PostgreSQL 15). */
  nullsNotDistinct: z.boolean(),
  /** Predicate of a partial unique index as SQL; null for a whole one. Expression indexes are not listed. */
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
  /** Columns that an old tuple carries: the key, the index's columns, or all. */
  replicaIdentityColumns: z.array(z.string()),
});
export type TableSchema = z.infer<typeof TableSchema>;

/** User types that the tables use, as far as a scratch database needs them recreated. */
export const TypeSchema = z.object({
  name: z.string(),
  /** e enum, d domain, c composite, r range. */
  kind: z.string(),
  labels: z.array(z.string()).optional(),
  /** pg_enum.oid of each label: the same after a rename. Absent in what was written before this was noted. */
  labelIds: z.array(z.number().int()).optional(),
  /**
   * Of a composite: its oid, and its attributes by number in the order of its printed values. Numbers are never given
   * twice. Absent in what was written before this was noted.
   */
  attributes: z.object({ oid: z.number().int(), numbers: z.array(z.number().int()) }).optional(),
  /** Of a domain: the type that it is over, as format_type() prints it. Absent in what was written before this was noted. */
  base: z.string().optional(),
  /** True where reading a value of it runs CHECK constraints: of a domain, or of one that it is made of. */
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

/** The exported columns, in the order of COPY and of every stored row: all that are not generated. */
export function storedColumns(schema: TableSchema): ColumnSchema[] {
  return schema.columns.filter(column => column.generated === '');
}

/**
 * The staging area of a restore: a schema `holdfast_stage_<id>` of unlogged tables shaped like the backup's schema, in
 * the database that the restore compares with. Nothing here ever touches a live table. A session that works with the
 * area holds an advisory lock on it; an area whose lock is free belongs to nobody and may be cleaned.
 */
import type { Lsn } from '../../domain/lsn.ts';
import type { ServerInfo } from '../../domain/manifest.ts';
import type { DatabaseSchema, Equality, TableName, TableSchema } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import type { OwnedTable } from '../../domain/tenant-model.ts';
import type { Connection, Source } from '../connection.ts';

/** One column as it stands in staging. */
export interface StagedColumn {
  /** Name at the recovery target. */
  readonly name: string;
  /** pg_attribute.attnum in the source database: the same after a rename. */
  readonly number: number;
  /** SQL type in staging: as in the backup, or `text` where that type no longer exists or no longer matches. */
  readonly stagedType: string;
  /** True where the backup's type could not be used: the values are PostgreSQL's text form of it. */
  readonly asText: boolean;
  /** Labels of its enum that are called otherwise in the live database: as staged, as now. */
  readonly relabel?: [string, string][] | undefined;
  /** Attributes that its composite type gained since at its end, or that it lost some: values are staged as they were. */
  readonly reshaped?: number | 'lost' | undefined;
  /** How values of the staged type compare; absent for the ordinary. */
  readonly equality?: Equality | undefined;
}

/** One table of the tenant at the recovery target. */
export interface StagedTable {
  /** The table's name at the target, as in the model. */
  readonly table: TableName;
  readonly owned: OwnedTable;
  /** Quoted, qualified name of the staging table: safe to paste into SQL. */
  readonly staged: string;
  /** The table's schema at the target (columns as they were then). */
  readonly schema: TableSchema;
  /** Stored columns (generated ones are left out), in the schema's order; every one is a column of the staging table. */
  readonly columns: readonly StagedColumn[];
  /** The columns that identify a row among this tenant's rows (chunkKey); a unique index is on them. Empty: no key, not comparable. */
  readonly key: readonly string[];
  /** Rows in staging. */
  readonly rows: number;
  /** Rows left out because their subject was erased, or because they depend on such a row. */
  readonly erased: { readonly recorded: number; readonly dependent: number };
  /** Quoted name of a staging table with the keys of the rows left out; absent where none was. Their live rows are left alone. */
  readonly leftOut?: string;
  /** Of an undo or a revert: quoted name of a table of the same shape, the rows as what is undone left them. */
  readonly baseline?: string;
  /** Of a revert: quoted name of a table with the keys of rows of which nobody can say what it did to them. */
  readonly clashes?: string;
  /** Of a revert: quoted name of a table with the keys of rows before and after it (key-pairs.ts), where it changed any. */
  readonly pairs?: string;
  /** True where the table came along only because requested rows refer to it. */
  readonly dependency: boolean;
}

/** What the area cost, by phase, in milliseconds; and how much was loaded. */
export interface StagingMeasure {
  readonly loadMs: number;
  readonly replayMs: number;
  readonly settleMs: number;
  readonly rowsLoaded: number;
  readonly bytesLoaded: number;
  readonly changesReplayed: number;
}

/** A staged state: what the tenant's rows were at the target. `drop` removes the area and frees its lock; idempotent. */
export interface Staging {
  readonly id: string;
  /** Unquoted name of the staging schema. */
  readonly schema: string;
  readonly source: Source;
  /** The session that holds the area, for the next steps; absent where no session of this process does. */
  readonly session?: Connection | undefined;
  readonly tenant: TenantId;
  readonly ref: TenantRef;
  readonly target: Lsn;
  /** The server that the backup came from. */
  readonly server: ServerInfo;
  /** Tables, types and extensions as they were at the target. */
  readonly database: DatabaseSchema;
  readonly tables: readonly StagedTable[];
  /** Sequences at the snapshot: regclass → last_value (text). */
  readonly sequences: Readonly<Record<string, string>>;
  /** Sentences for people: types staged as text, tables that could not be replayed, rows left out. */
  readonly notes: readonly string[];
  readonly measure: StagingMeasure;
  /** Frees the advisory lock without dropping: the area is handed over (side-by-side restores). */
  release(): Promise<void>;
  drop(): Promise<void>;
}

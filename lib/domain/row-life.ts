/**
 * What happened to rows, for people and programs: the documents of `holdfast history` and `holdfast find`. Values are
 * texts as PostgreSQL prints them. They are the tenant's data: shown to who asked, and nowhere else.
 */
import type { TransactionContext } from './transaction-context.ts';

/** Texts by column; null is NULL. */
export type RowTextsByColumn = Readonly<Record<string, string | null>>;

export interface RowMoment {
  readonly lsn: string;
  /** ISO 8601 UTC with microseconds. */
  readonly time: string;
}

/** Whose work a change was. */
export interface RowTransaction extends RowMoment {
  readonly xid: number;
  /** What the application said of it. */
  readonly context?: TransactionContext;
}

/** `left`: the row no longer belongs to the tenant, since its parent does not. `truncate`: with the whole table. */
export type RowChangeOp = 'insert' | 'update' | 'delete' | 'truncate' | 'left';

export interface RowChange {
  readonly op: RowChangeOp;
  /** Null: the log does not tell which. */
  readonly transaction: RowTransaction | null;
  /** Of the row after the change; of a row that ended, before it. */
  readonly key: RowTextsByColumn;
  /** Where an update changed the key. */
  readonly keyBefore?: RowTextsByColumn;
  /** Of an update: the columns that it changed. */
  readonly changes?: Readonly<Record<string, { readonly before: string | null; readonly after: string | null }>>;
  /** The whole row after the change; of a row that ended, as it was last. */
  readonly row: RowTextsByColumn;
}

export interface RowHistory {
  readonly table: string;
  readonly from: RowMoment;
  readonly to: RowMoment;
  /** Newest first. */
  readonly changes: readonly RowChange[];
  /** Older ones are not listed. */
  readonly more: boolean;
  /** The row at the beginning of the range; null: there was none, or `more` hides it. */
  readonly first: RowTextsByColumn | null;
  /** The row at the end of the range. */
  readonly now: RowTextsByColumn | null;
  readonly notes: readonly string[];
}

/** What became of a row that was as the predicate says. */
export type RowFate =
  /** It still is. */
  | 'live'
  /** It exists, otherwise. */
  | 'changed'
  | 'deleted'
  | 'truncated'
  | 'left';

export interface FoundRow {
  readonly key: RowTextsByColumn;
  /** A few telling columns of the row when it was last as the predicate says. */
  readonly columns: RowTextsByColumn;
  readonly fate: RowFate;
  /** What ended it; null while it is live, and where the log does not tell. */
  readonly ended: RowTransaction | null;
  /** Of a changed row: the columns that this changed. */
  readonly changes?: RowChange['changes'];
  /** Its key now, where that is another. */
  readonly keyNow?: RowTextsByColumn;
  /** Whether no row of that key is there at the end of the range. */
  readonly gone: boolean;
}

export interface FoundRows {
  readonly table: string;
  readonly from: RowMoment;
  readonly to: RowMoment;
  /** Newest first: live rows, then by when they ended. */
  readonly rows: readonly FoundRow[];
  /** Of all that were found, also those not listed. */
  readonly counts: { readonly live: number; readonly changed: number; readonly gone: number };
  readonly more: boolean;
  readonly notes: readonly string[];
}

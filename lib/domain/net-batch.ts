/**
 * The net change per row: what folding a stream of row changes gives (net-changes.ts), what an incremental stores, and what
 * a replay applies set-wise. Applying the batches in order gives the same rows as applying every change one by one. What
 * applying a batch means, table by table:
 * 1. `truncatedAt`: remove all rows; 2. each row of `rows`, which have different keys, so that order does not matter:
 *   upsert  the whole row;   delete  the key, if it is there;
 *   update  only the columns that are not undefined; where there is no such row it is *pending*, until a later delete or
 *           upsert of that key, or a truncate, settles it; what is pending at the end is an incomplete row;
 *   rekey   always alone in its batch: the row of `key` if there is one, else the row of `oldKey`, gets `key` and the
 *           columns that are not undefined, and the row of `oldKey` goes; where there is neither it is pending.
 * A row that is `offered` is only put where it turns out to be the tenant's once the whole batch's parents are applied;
 * elsewhere whatever stands under its key goes, and a partial one that is not there is not pending. A row that is `claimed`
 * was changed, not inserted: where it is not there, it came from elsewhere.
 */
import type { Lsn } from './lsn.ts';
import type { NetValue } from './packed-tuple.ts';

/** Columns of one table at one time. Compared by identity: a new object is a new definition. */
export interface RowShape {
  readonly table: string;
  readonly columns: readonly string[];
  /** Indexes of the columns that identify a row. */
  readonly key: readonly number[];
}

export type NetChange =
  | {
      readonly kind: 'put';
      readonly lsn: Lsn;
      readonly shape: RowShape;
      readonly values: readonly NetValue[];
      readonly oldKey?: readonly NetValue[];
      /** Whose it is was not decided when the log was written. */
      readonly offered?: boolean;
      readonly claimed?: boolean;
    }
  | { readonly kind: 'delete'; readonly lsn: Lsn; readonly shape: RowShape; readonly key: readonly NetValue[] }
  | { readonly kind: 'truncate'; readonly lsn: Lsn; readonly table: string };

/** The net change of one row. Its bytes are valid as long as it is. */
export interface NetRow {
  readonly op: 'upsert' | 'update' | 'delete' | 'rekey';
  /** Of the row's last change. */
  readonly lsn: Lsn;
  /** Its packed tuple (packed-tuple.ts) begins at `start`, in the order of the shape's columns; of a delete only the key counts. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly key: readonly NetValue[];
  /** In the order of the shape's columns; absent for deletes. */
  readonly values: readonly NetValue[] | undefined;
  /** Only of rekey. */
  readonly oldKey: readonly NetValue[] | undefined;
  /** Whose it is must be decided when it is applied. */
  readonly offered: boolean;
  /** It was there before. */
  readonly claimed: boolean;
}

export interface NetTable {
  readonly table: string;
  /** Null where the table was only truncated. */
  readonly shape: RowShape | null;
  readonly truncatedAt: Lsn | null;
  /** By LSN. */
  readonly rows: readonly NetRow[];
}

export interface NetBatch {
  readonly tables: readonly NetTable[];
  /** It ends inside a transaction (its commit): whose its offered rows are, is decided when that one is through. */
  readonly within?: Lsn;
  /** That transaction is through. */
  readonly settles?: boolean;
}

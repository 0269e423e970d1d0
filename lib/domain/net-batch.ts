/**
 * The net change per row: the result of folding a stream of row changes (net-changes.ts), the content of an incremental,
 * and what a replay applies set-wise. Applying the batches in order gives the same rows as applying every single change.
 * A batch means, table by table:
 * 1. `truncatedAt`: remove all rows; 2. each row of `rows`, which have different keys, so that order does not matter:
 *   upsert  the complete row;   delete  the key, if it exists;
 *   update  only the columns that are not undefined; without such a row it is *pending*, until a later delete or
 *           upsert of that key, or a truncate, settles it; an update still pending at the end is an incomplete row;
 *   rekey   always alone in its batch: the row of `key` if it exists, else the row of `oldKey`, gets `key` and the
 *           columns that are not undefined, and the row of `oldKey` is removed; if neither exists it is pending.
 * An `offered` row is put only if it proves to be the tenant's once all parents of the batch are applied; otherwise the
 * existing row with its key is removed, and a missing partial one is not pending. A `claimed` row was changed, not
 * inserted: if it does not exist, it came from elsewhere.
 */
import type { Lsn } from './lsn.ts';
import type { NetValue } from './packed-tuple.ts';

/** The columns of one definition of a table. Compared by identity: a new object is a new definition. */
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
      /** Its tenant was undecided when the log was written. */
      readonly offered?: boolean;
      readonly claimed?: boolean;
    }
  | { readonly kind: 'delete'; readonly lsn: Lsn; readonly shape: RowShape; readonly key: readonly NetValue[] }
  | { readonly kind: 'truncate'; readonly lsn: Lsn; readonly table: string };

/** The net change of one row. Its bytes are valid as long as it is. */
export interface NetRow {
  readonly op: 'upsert' | 'update' | 'delete' | 'rekey';
  /** LSN of the row's last change. */
  readonly lsn: Lsn;
  /**
   * Its packed tuple (packed-tuple.ts) begins at `start`, in the order of the shape's columns; of a delete only the key
   * matters.
   */
  readonly bytes: Buffer;
  readonly start: number;
  readonly key: readonly NetValue[];
  /** In the order of the shape's columns; absent for deletes. */
  readonly values: readonly NetValue[] | undefined;
  /** Only of rekey. */
  readonly oldKey: readonly NetValue[] | undefined;
  /** Its tenant must be decided when it is applied. */
  readonly offered: boolean;
  /** The row existed before. */
  readonly claimed: boolean;
}

export interface NetTable {
  readonly table: string;
  /** Null if the table was only truncated. */
  readonly shape: RowShape | null;
  readonly truncatedAt: Lsn | null;
  /** By LSN. */
  readonly rows: readonly NetRow[];
}

export interface NetBatch {
  readonly tables: readonly NetTable[];
  /**
   * It ends inside a transaction (its commit): the tenant of its offered rows is decided at the end of that
   * transaction.
   */
  readonly within?: Lsn;
  /** That transaction is complete. */
  readonly settles?: boolean;
}

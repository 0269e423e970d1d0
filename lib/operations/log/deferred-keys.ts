/**
 * Detects what cannot be replayed in tables with a deferrable key: within a transaction two rows may have the same key
 * (swapped values), so that a change identified by its key is ambiguous. Such a table is suspect and is read again.
 * Invariant: every transaction in which that can have happened is detected; false positives are possible.
 */
import { type MessageCursor, NONE } from '../../codec/message-cursor.ts';
import { TupleScan } from '../../codec/tuple-scan.ts';
import { TEXT } from '../../domain/packed-tuple.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { RelationRoute } from './relation-route.ts';

export class DeferredKeys {
  /** Tables that are suspect now. */
  readonly swapped = new Set<TableName>();
  /** Key columns of the affected tables. */
  readonly #keys: ReadonlyMap<TableName, readonly string[]>;
  readonly #inserted = new Set<TableName>();
  readonly #scan = new TupleScan();

  constructor(keys: ReadonlyMap<TableName, readonly string[]>) {
    this.#keys = keys;
  }

  begun(): void {
    this.#inserted.clear();
  }

  inserted({ table }: RelationRoute): void {
    if (table !== undefined && this.#keys.has(table)) this.#inserted.add(table);
  }

  /** An earlier row may have the key of the deleted one. */
  deleted({ table }: RelationRoute): void {
    if (table !== undefined && this.#inserted.has(table)) this.swapped.add(table);
  }

  /** Without an old tuple no key changed. */
  updated({ table, relation }: RelationRoute, { bytes, old, tuple }: MessageCursor): void {
    const key = table === undefined ? undefined : this.#keys.get(table);
    if (key === undefined || old === NONE) return;
    const changed = key.some(name => {
      const column = relation.columns.findIndex(candidate => candidate.name === name);
      const before = this.#value(bytes, old, column);
      const after = this.#value(bytes, tuple, column);
      return before !== undefined && after !== undefined && !before.equals(after);
    });
    if (changed) this.swapped.add(table!);
  }

  #value(bytes: Buffer, offset: number, column: number): Buffer | undefined {
    return this.#scan.find(bytes, offset, column) === TEXT
      ? bytes.subarray(this.#scan.start, this.#scan.end)
      : undefined;
  }
}

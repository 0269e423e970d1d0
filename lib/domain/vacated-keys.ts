/**
 * Keys that rows left since the start of a replay. A base is read while changes continue, so it may already contain
 * changes of the log that are replayed onto it: the row under a key may be a later one than the log means. That is
 * harmless while every change brings all values of its row. But a row that moves to a key that another row left, with a
 * value that the log leaves out as unchanged, could take that value from the wrong row: such a change is not proved.
 * Bounded memory: with too many keys of a table, every key counts as vacated.
 */
import type { NetChange } from './net-batch.ts';
import { keyId, type NetValue, packTuple } from './packed-tuple.ts';

/** Keys per table; a key takes about 100 bytes. */
const MOST_KEYS = 100_000;

export class VacatedKeys {
  readonly #most: number;
  readonly #tables = new Map<string, Set<string> | 'every'>();
  #everywhere: boolean;

  /** `everywhere`: what was vacated before is not known, as when a replay is resumed. */
  constructor(everywhere = false, most = MOST_KEYS) {
    this.#everywhere = everywhere;
    this.#most = most;
  }

  /**
   * Whether the values of this change's row are proved by the base and the changes so far, which must be all since the
   * start of the replay, in order. `folded`: the change is the net result of several, which may include a deletion.
   */
  proves(change: NetChange, folded = false): boolean {
    if (change.kind === 'truncate') this.#tables.set(change.table, 'every');
    else if (change.kind === 'delete') this.#add(change.shape.table, idOf(change.key));
    else {
      const { shape, values, oldKey } = change;
      const to = idOf(shape.key.map(index => values[index]));
      const from = oldKey && idOf(oldKey);
      const moves = from !== undefined && from !== to;
      const proved = !moves || !values.includes(undefined) || !this.#has(shape.table, to);
      if (moves) this.#add(shape.table, from);
      if (folded) this.#add(shape.table, to);
      return proved;
    }
    return true;
  }

  #has(table: string, id: string): boolean {
    const keys = this.#tables.get(table);
    return this.#everywhere || keys === 'every' || (keys?.has(id) ?? false);
  }

  #add(table: string, id: string): void {
    const keys = this.#tables.get(table) ?? new Set();
    if (keys === 'every') return;
    keys.add(id);
    this.#tables.set(table, keys.size > this.#most ? 'every' : keys);
  }
}

function idOf(key: readonly NetValue[]): string {
  return keyId(
    packTuple(key),
    0,
    key.map((_, index) => index),
  );
}

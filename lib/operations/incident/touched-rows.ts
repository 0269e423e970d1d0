/**
 * Which transaction changed which rows since the last batch, so that a batch holds at most one transaction's change of a
 * row and its versions can be told apart. Also the key that a row had before its transaction, across several changes of
 * the key. Bounded memory: a row that is not found was changed by the open transaction.
 */
import type { NetValue } from '../../domain/packed-tuple.ts';
import { keyId, packTuple } from '../../domain/packed-tuple.ts';

type KeyValues = readonly NetValue[];

export interface Touch {
  /** Its number. */
  readonly transaction: number;
  readonly from?: KeyValues | undefined;
}

/** The keys that a row of the log concerns: the one that it has now or had, and the one before where it changed. */
export interface ChangedKey {
  readonly key: KeyValues;
  readonly oldKey?: KeyValues | undefined;
}

/** Rows; about 200 bytes each. */
const MOST_ROWS = 100_000;

export class TouchedRows {
  readonly #most: number;
  readonly #rows = new Map<string, Touch>();
  /** Of the open transaction: key → the key before it. */
  readonly #moves = new Map<string, KeyValues>();
  #transaction = 0;

  constructor(most = MOST_ROWS) {
    this.#most = most;
  }

  /** Another transaction begins. */
  begin(transaction: number): void {
    this.#transaction = transaction;
    this.#moves.clear();
  }

  /** Whether an earlier transaction changed one of these rows. */
  isTouched(keys: readonly ChangedKey[]): boolean {
    const other = (key: KeyValues | undefined) => {
      const touch = key && this.#rows.get(idOf(key));
      return touch !== undefined && touch.transaction !== this.#transaction;
    };
    return keys.some(({ key, oldKey }) => other(key) || other(oldKey));
  }

  /** The open transaction changes this row. */
  touch({ key, oldKey }: ChangedKey): void {
    const id = idOf(key);
    const oldId = oldKey && idOf(oldKey);
    if (oldId === undefined || oldId === id) {
      this.#put(id, this.#rows.get(id)?.from);
      return;
    }
    const from = this.#moves.get(oldId) ?? oldKey!.map(value => value && Buffer.from(value));
    if (this.#moves.size < this.#most) this.#moves.set(id, from);
    this.#put(oldId, this.#rows.get(oldId)?.from);
    this.#put(id, idOf(from) === id ? undefined : from);
  }

  #put(id: string, from: KeyValues | undefined): void {
    const transaction = this.#transaction;
    this.#rows.set(id, from ? { transaction, from } : { transaction });
  }

  /** What changed the row of a batch. */
  of(key: KeyValues): Touch {
    return this.#rows.get(idOf(key)) ?? { transaction: this.#transaction };
  }

  get isFull(): boolean {
    return this.#rows.size >= this.#most;
  }

  /** Everything so far was applied. */
  clear(): void {
    this.#rows.clear();
  }
}

function idOf(key: KeyValues): string {
  return keyId(
    packTuple(key),
    0,
    key.map((_, index) => index),
  );
}

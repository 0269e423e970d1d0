/**
 * Where in a run the event triggers told DDL. Only the first of each table matters: a gap begins just before it. Invariant:
 * where a message may have been lost, no position is given.
 */
import { type Lsn, lsn } from '../../domain/lsn.ts';
import { serverTimeText } from '../../domain/server-time.ts';

/** The last position before something, and its time by the server's clock. */
export interface Before {
  readonly lsn: Lsn;
  readonly time: string;
}

export class ToldDdl {
  readonly #tables = new Map<number, Before>();
  #all: Before | undefined;
  #lost = false;

  /** `tables`: oids; empty: all; null: it could not be told which. In commit order. */
  tell(tables: readonly number[] | null, commit: Lsn, commitTime: bigint): void {
    const before = { lsn: lsn(commit - 1n), time: serverTimeText(commitTime - 1n) };
    if (tables === null) this.#lost = true;
    else if (tables.length === 0) this.#all ??= before;
    else for (const oid of tables) if (!this.#tables.has(oid)) this.#tables.set(oid, before);
  }

  /** Just before the first DDL on any of these relations; undefined where none was told, or not all of it. */
  before(oids: readonly number[]): Before | undefined {
    if (this.#lost) return undefined;
    const found = [this.#all, ...oids.map(oid => this.#tables.get(oid))].filter(place => place !== undefined);
    return found.reduce<Before | undefined>(
      (first, place) => (first && first.lsn <= place.lsn ? first : place),
      undefined,
    );
  }
}

/**
 * Where in a run the event triggers recorded DDL: a gap begins just before the first DDL of each table, and after the
 * last its columns are as at the end of the run. Invariant: where a message may have been lost, no position is given.
 */
import { type Lsn, lsn } from '../../domain/lsn.ts';
import { serverTimeText } from '../../domain/server-time.ts';

/** The last position before something, and its time by the server's clock. */
export interface Before {
  readonly lsn: Lsn;
  readonly time: string;
}

/** From just before the first statement to the commit of the last. */
export interface DdlSpan {
  readonly from: Before;
  readonly to: Before;
}

export class RecordedDdl {
  readonly #tables = new Map<number, Before>();
  readonly #last = new Map<number, Before>();
  #all: Before | undefined;
  #lost = false;

  /** `tables`: oids; empty: all; null: unknown. In commit order. */
  record(tables: readonly number[] | null, commit: Lsn, commitTime: bigint): void {
    const before = { lsn: lsn(commit - 1n), time: serverTimeText(commitTime - 1n) };
    for (const oid of tables ?? [])
      this.#last.set(oid, later(this.#last.get(oid), { lsn: commit, time: serverTimeText(commitTime) }));
    if (tables === null) this.#lost = true;
    else if (tables.length === 0) this.#all ??= before;
    else for (const oid of tables) if (!this.#tables.has(oid)) this.#tables.set(oid, before);
  }

  /** Just before the first DDL on any of these relations; undefined where none was recorded, or not all of it. */
  before(oids: readonly number[]): Before | undefined {
    if (this.#lost) return undefined;
    const found = [this.#all, ...oids.map(oid => this.#tables.get(oid))].filter(place => place !== undefined);
    return found.reduce<Before | undefined>(
      (first, place) => (first && first.lsn <= place.lsn ? first : place),
      undefined,
    );
  }

  /** Around all recorded DDL of the table itself; undefined where none was recorded, or not all of it. */
  span(oid: number): DdlSpan | undefined {
    const [from, to] = [this.#tables.get(oid), this.#last.get(oid)];
    return this.#lost || from === undefined || to === undefined ? undefined : { from, to };
  }
}

/** Commit times need not increase with positions. */
function later(before: Before | undefined, now: Before): Before {
  return before && before.time > now.time ? { ...now, time: before.time } : now;
}

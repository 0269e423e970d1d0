/**
 * The keys that the transactions to take back changed: a row is one row under both, so it is taken back under both or not at
 * all. Several changes of one row are one, from its first key to its last.
 */
import type { Connection } from '../../../postgres/connection.ts';
import { type KeyPair, writeKeyPairs } from '../../../postgres/staging/key-pairs.ts';
import type { StagedTable } from '../../../postgres/staging/staging.ts';
import { cannotRevert } from './cannot-revert.ts';
import type { StepChange } from './logged-changes.ts';

/** Rows with a changed key, which are remembered. */
const MOST = 100_000;

export class KeyChanges {
  readonly #byTable = new Map<StagedTable, Map<string, KeyPair>>();
  #count = 0;

  /** InputError `cannot-revert` where there are too many. */
  note(change: StepChange): void {
    if (change.kind !== 'row' || !change.oldKey || !change.newKey) return;
    const { table, oldKey, newKey } = change;
    const [from, to] = [textOfKey(oldKey), textOfKey(newKey)];
    if (from === to) return;
    const pairs = this.#byTable.get(table) ?? new Map<string, KeyPair>();
    this.#byTable.set(table, pairs);
    const first = pairs.get(from)?.old ?? oldKey;
    if (pairs.delete(from)) this.#count -= 1;
    if (textOfKey(first) === to) return;
    // The block that holds the bytes is read on.
    pairs.set(to, { old: first.map(copy), now: newKey.map(copy) });
    this.#count += 1;
    if (this.#count > MOST) throw cannotRevert(`they changed the keys of more than ${MOST} rows`, table.table);
  }

  /** The tables with their pairs, where they have any. */
  async write(connection: Connection, schema: string, tables: readonly StagedTable[]): Promise<StagedTable[]> {
    const byName = new Map([...this.#byTable].map(([{ table }, pairs]) => [table, pairs]));
    const written: StagedTable[] = [];
    for (const [number, table] of tables.entries()) {
      const pairs = byName.get(table.table);
      if (!pairs?.size) written.push(table);
      else
        written.push({ ...table, pairs: await writeKeyPairs(connection, schema, { number, table }, pairs.values()) });
    }
    return written;
  }
}

const copy = (value: Buffer) => Buffer.from(value);

function textOfKey(key: readonly Buffer[]): string {
  return JSON.stringify(key.map(value => value.toString('latin1')));
}

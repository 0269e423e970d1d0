/**
 * The database's own count and checksum of every chunk that was read, in the same database snapshot, compared with what
 * the exporter cut. Runs beside the export on a second session that has joined the snapshot, or after it on the same.
 * Invariant: after drain() every chunk has a checksum and as many rows as the database counted.
 */
import { IntegrityError } from '../domain/errors.ts';
import { type KeyRange, readRangeFacts, type TenantTable } from '../postgres/chunk-query.ts';
import type { Connection } from '../postgres/connection.ts';

/** Ranges that wait before a statement asks about them, and the most that one statement asks about. */
const BATCH = 128;
const MOST = 240;

export interface RangeCheck {
  readonly table: TenantTable;
  readonly range: KeyRange;
  /** Rows that were read of the range. */
  readonly rows: number;
  readonly found: (checksum: string) => void;
}

export class RangeChecker {
  readonly #connection: Connection;
  /** Checks run while the export goes on, as the connection is not the exporter's. */
  readonly #beside: boolean;
  readonly #queue: RangeCheck[] = [];
  #running: Promise<void> | undefined;
  #failure: { reason: unknown } | undefined;

  constructor(connection: Connection, beside: boolean) {
    this.#connection = connection;
    this.#beside = beside;
  }

  push(check: RangeCheck): void {
    this.#queue.push(check);
    if (this.#beside && this.#queue.length >= BATCH) this.#start();
  }

  async drain(): Promise<void> {
    await this.#running;
    this.#start();
    await this.#running;
    if (this.#failure) throw this.#failure.reason;
  }

  #start(): void {
    if (this.#running || this.#failure) return;
    this.#running = this.#work()
      .catch(reason => {
        this.#failure = { reason };
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #work(): Promise<void> {
    for (let batch = this.#queue.splice(0, MOST); batch.length > 0; batch = this.#queue.splice(0, MOST)) {
      const facts = await readRangeFacts(this.#connection, batch);
      for (const [index, { table, rows, found }] of batch.entries()) {
        const fact = facts[index];
        if (fact?.rows !== rows) throw countMismatch(table.owned.table, rows, fact?.rows ?? 0);
        found(fact.checksum);
      }
    }
  }
}

export function countMismatch(table: string, read: number, counted: number): IntegrityError {
  return new IntegrityError(
    'count-mismatch',
    `${read} rows were read of ${table} where the database counts ${counted}.`,
    {
      hint: 'Nothing was listed as a backup. An index of the table may be damaged (run amcheck); then take the snapshot again.',
      details: { table, read, counted },
    },
  );
}

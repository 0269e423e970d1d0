/**
 * A changed row on its way into a fold: its packed tuple inside a larger buffer, and what is said of it. Whoever folds
 * makes one cursor and moves it from row to row, so that a million changes make no object of their own.
 */
import { type Lsn, ZERO_LSN } from './lsn.ts';

const NO_BYTES = Buffer.alloc(0);

export class RowCursor {
  lsn: Lsn = ZERO_LSN;
  bytes: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  /** Of a row that is put: whose it is was not decided when the log was written. */
  offered = false;
  /** Of a row that is put: it was there before. */
  claimed = false;

  /** A tuple that stands at [start, end), of which nothing is said as yet. */
  moveTo(lsn: Lsn, bytes: Buffer, start: number, end: number): this {
    this.lsn = lsn;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.offered = false;
    this.claimed = false;
    return this;
  }
}

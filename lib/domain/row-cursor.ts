/**
 * A changed row as input of a fold: its packed tuple inside a larger buffer, and its facts. A fold moves one cursor
 * from row to row, so that a million changes allocate no objects.
 */
import { type Lsn, ZERO_LSN } from './lsn.ts';

const NO_BYTES = Buffer.alloc(0);

export class RowCursor {
  lsn: Lsn = ZERO_LSN;
  bytes: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  /** Of an upsert: its tenant was undecided when the log was written. */
  offered = false;
  /** Of an upsert: the row existed before. */
  claimed = false;

  /** A tuple at [start, end), without facts so far. */
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

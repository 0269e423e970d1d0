/**
 * Reads values inside pgoutput tuples without parsing the rest and without allocating: the shipper reads one or two
 * columns of each of a million rows. Positions are offsets into the block that contains the message.
 */
import { NULL, TEXT, UNCHANGED } from '../domain/packed-tuple.ts';

/** The value that `find` found: bytes [start, end) of the block; the kind is NULL, UNCHANGED or TEXT. */
export class TupleScan {
  kind = NULL;
  start = 0;
  end = 0;

  /** Finds the value of a column in the tuple at `offset` (its column count). A missing column is NULL. */
  find(bytes: Buffer, offset: number, column: number): number {
    const count = bytes.readUInt16BE(offset);
    if (column >= count) {
      this.kind = NULL;
      return this.kind;
    }
    let at = offset + 2;
    for (let index = 0; index < column; index++) at = skip(bytes, at);
    this.kind = bytes[at]!;
    if (this.kind === TEXT) {
      this.start = at + 5;
      this.end = this.start + bytes.readUInt32BE(at + 1);
    }
    return this.kind;
  }
}

/** End of the tuple at `offset`. */
export function tupleEnd(bytes: Buffer, offset: number): number {
  const count = bytes.readUInt16BE(offset);
  let at = offset + 2;
  for (let index = 0; index < count; index++) at = skip(bytes, at);
  return at;
}

/** Whether the tuple lacks an unchanged TOASTed value. */
export function hasUnchanged(bytes: Buffer, offset: number): boolean {
  const count = bytes.readUInt16BE(offset);
  let at = offset + 2;
  for (let index = 0; index < count; index++) {
    if (bytes[at] === UNCHANGED) return true;
    at = skip(bytes, at);
  }
  return false;
}

function skip(bytes: Buffer, at: number): number {
  return bytes[at] === TEXT ? at + 5 + bytes.readUInt32BE(at + 1) : at + 1;
}

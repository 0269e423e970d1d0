/**
 * The positions of a log message and its parts in a larger block. A reader moves one cursor from message to message,
 * so that routing a million rows allocates no object per row, and only this file knows the offsets of the parts
 * (pgoutput.ts names the specification). Positions are offsets into the block.
 */
import { type Lsn, lsn } from '../domain/lsn.ts';
import { DATA_AT, POSITION_AT, wireEnd } from './copy-data.ts';
import { NEW, TAG } from './pgoutput.ts';
import { tupleEnd } from './tuple-scan.ts';

/** No tuple. */
export const NONE = -1;

/** Bytes of a position. */
const LSN_BYTES = 8;
/** Offsets in a row message: the relation's oid, the mark of its first tuple, and that tuple. */
const OID_AT = 1;
const MARK_AT = 5;
const TUPLE_AT = 6;
/** Offsets in M: its flags and its prefix. */
const FLAGS_AT = 1;
const PREFIX_AT = 10;
const NO_BYTES = Buffer.alloc(0);

export class MessageCursor {
  bytes: Buffer = NO_BYTES;
  /** Offset of its position, 8 bytes. */
  lsnAt = 0;
  /** The message is [start, end). */
  start = 0;
  end = 0;
  /** Of a row message, once found: the mark of its first tuple (KEY, OLD or NEW), its old tuple and its new one. */
  mark = 0;
  old: number = NONE;
  tuple: number = NONE;

  /**
   * Moves to the CopyData message at `at`; false if it contains no log message. The next CopyData message starts at
   * `end`.
   */
  toCopyData(bytes: Buffer, at: number): boolean {
    this.bytes = bytes;
    this.lsnAt = at + POSITION_AT;
    this.start = at + DATA_AT;
    this.end = wireEnd(bytes, at);
    return this.end > this.start;
  }

  /** Copies the other's position and message into memory of its own. */
  keep({ bytes, lsnAt, start, end }: MessageCursor): void {
    const length = LSN_BYTES + end - start;
    if (this.bytes.byteLength < length) this.bytes = Buffer.alloc(length);
    bytes.copy(this.bytes, 0, lsnAt, lsnAt + LSN_BYTES);
    bytes.copy(this.bytes, LSN_BYTES, start, end);
    this.lsnAt = 0;
    this.start = LSN_BYTES;
    this.end = length;
  }

  /** Finds the tuples of the row message. */
  findTuples(): void {
    const { bytes, start } = this;
    const first = start + TUPLE_AT;
    const mark = bytes[start + MARK_AT]!;
    this.mark = mark;
    this.old = mark === NEW ? NONE : first;
    this.tuple = mark === NEW ? first : bytes[start] === TAG.delete ? NONE : tupleEnd(bytes, first) + 1;
  }

  /** First byte of the message (TAG). */
  get tag(): number {
    return this.bytes[this.start]!;
  }

  get lsn(): Lsn {
    return lsn(this.bytes.readBigUInt64BE(this.lsnAt));
  }

  /** The relation of a row message or of R. */
  get relation(): number {
    return this.bytes.readUInt32BE(this.start + OID_AT);
  }

  /** Of B: where its transaction's commit record starts, by whose clock when, and its id. */
  get commitLsn(): Lsn {
    return lsn(this.bytes.readBigUInt64BE(this.start + 1));
  }
  get commitTime(): bigint {
    return this.bytes.readBigInt64BE(this.start + 9);
  }
  get xid(): number {
    return this.bytes.readUInt32BE(this.start + 17);
  }

  /** Of C: where the commit record ends. */
  get commitEnd(): Lsn {
    return lsn(this.bytes.readBigUInt64BE(this.start + 10));
  }

  /** Of M: whether it is part of its transaction. */
  get transactional(): boolean {
    return (this.bytes[this.start + FLAGS_AT]! & 1) === 1;
  }

  /** Of M: the bytes of its content; undefined where its prefix is another. `prefix` ends with a NUL. */
  contentBytes(prefix: Buffer): number | undefined {
    const at = this.start + PREFIX_AT;
    const after = at + prefix.byteLength;
    if (after > this.end || this.bytes.compare(prefix, 0, prefix.byteLength, at, after) !== 0) return undefined;
    return this.bytes.readUInt32BE(after);
  }

  /** Of T: the truncated relations. */
  get truncated(): number[] {
    const count = this.bytes.readUInt32BE(this.start + 1);
    return Array.from({ length: count }, (_, index) => this.bytes.readUInt32BE(this.start + 6 + 4 * index));
  }

  /** The message, as a view of the block. */
  get message(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }
}

/** The delete that an update means for the tenant that loses the row. */
export function deleteOfOld({ bytes, start, tuple }: MessageCursor): Buffer {
  return Buffer.concat([Buffer.from([TAG.delete]), bytes.subarray(start + OID_AT, tuple - 1)]);
}

/** The insert that an update means for the tenant that gets the row, if the new tuple is complete. */
export function insertOfNew({ bytes, start, tuple, end }: MessageCursor): Buffer {
  return Buffer.concat([
    Buffer.from([TAG.insert]),
    bytes.subarray(start + OID_AT, start + MARK_AT),
    Buffer.from([NEW]),
    bytes.subarray(tuple, end),
  ]);
}

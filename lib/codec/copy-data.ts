/**
 * CopyData messages of the streaming replication protocol, as they come over the wire: `d`, u32 length including
 * itself, content. The content is either a message of the log, preceded by its position, or the server's report of its
 * position.
 *
 * The server's LSNs become positions of the source epoch here, before anything reads them: the epoch is the highest byte
 * of each (domain/source-epoch.ts), so it is written in place.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-replication.html
 */
import { type Lsn, lsn } from '../domain/lsn.ts';
import { walOf } from '../domain/source-epoch.ts';
import { TAG } from './pgoutput.ts';

/** Types of the messages of the stream and of its end. */
export const COPY_DATA = 100;
export const COPY_BOTH = 87;
export const COPY_DONE: Buffer = Buffer.from([99, 0, 0, 0, 4]);

/** A message's type and length. */
export const WIRE_HEADER_BYTES = 5;
/** Kinds of content. */
const XLOG_DATA = 119;
const KEEPALIVE = 107;
const STATUS_UPDATE = 114;
const STATUS_BYTES = 34;

/** Offset of the position (8 bytes) in the content of a log message, after the kind. */
export const POSITION_AT: number = WIRE_HEADER_BYTES + 1;
/** Offset of the log message: after kind, position, end of log and clock. */
export const DATA_AT: number = WIRE_HEADER_BYTES + 25;

/** End of the message at `at`, of which at least the header has arrived. */
export function wireEnd(bytes: Buffer, at: number): number {
  return at + 1 + bytes.readUInt32BE(at + 1);
}

/** Offsets of the LSNs in the log's messages: of B, C and M. The LSN of O is one of another server. */
const LSNS_OF: Readonly<Record<number, readonly number[]>> = {
  [TAG.begin]: [1],
  [TAG.commit]: [2, 10],
  [TAG.message]: [2],
};

/** Turns the LSNs of the CopyData message at `at` into positions of the epoch. */
export function stampEpoch(bytes: Buffer, at: number, epoch: number): void {
  if (epoch === 0) return;
  bytes[at + POSITION_AT] = epoch;
  const tag = dataTag(bytes, at);
  for (const offset of (tag !== undefined && LSNS_OF[tag]) || []) bytes[at + DATA_AT + offset] = epoch;
}

/** The position that the server reports; undefined if the CopyData message at `at` has other content. */
export function keepalivePosition(bytes: Buffer, at: number): Lsn | undefined {
  if (bytes[at + WIRE_HEADER_BYTES] !== KEEPALIVE) return undefined;
  return lsn(bytes.readBigUInt64BE(at + POSITION_AT));
}

/** Tag of the message of the log in the CopyData message at `at`; undefined if it contains none. */
export function dataTag(bytes: Buffer, at: number): number | undefined {
  return bytes[at + WIRE_HEADER_BYTES] === XLOG_DATA ? bytes[at + DATA_AT] : undefined;
}

/** Commit record of the transaction that the B in the CopyData message at `at` begins. */
export function transactionOf(bytes: Buffer, at: number): Lsn {
  return lsn(bytes.readBigUInt64BE(at + DATA_AT + 1));
}

/**
 * Confirms to the server that everything before the position is durable, and requests a reply. Position zero confirms
 * nothing.
 */
export function statusUpdate(confirmed: Lsn): Buffer {
  const message = Buffer.alloc(WIRE_HEADER_BYTES + STATUS_BYTES);
  message[0] = COPY_DATA;
  message.writeUInt32BE(4 + STATUS_BYTES, 1);
  message[WIRE_HEADER_BYTES] = STATUS_UPDATE;
  for (const written of [6, 14, 22]) message.writeBigUInt64BE(walOf(confirmed), written);
  message[WIRE_HEADER_BYTES + STATUS_BYTES - 1] = 1;
  return message;
}

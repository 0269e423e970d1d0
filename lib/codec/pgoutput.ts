/**
 * The messages of PostgreSQL's `pgoutput` plugin, protocol version 1, text values, no streaming: the content of the
 * change log. Segments store these messages verbatim, so that nothing is lost in translation. Parsing copies no values:
 * results are views of the given bytes, valid as long as those are.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
import { IntegrityError } from '../domain/errors.ts';
import { type Lsn, lsn } from '../domain/lsn.ts';
import { NULL, TEXT, UNCHANGED } from '../domain/packed-tuple.ts';

/** The text of a value; null for SQL NULL; undefined for an unchanged TOASTed value that the message does not hold. */
export type TupleValue = Buffer | null | undefined;
export type Tuple = TupleValue[];

export interface RelationColumn {
  readonly name: string;
  /** Part of the replica identity (every column under REPLICA IDENTITY FULL). */
  readonly identity: boolean;
  readonly typeOid: number;
  readonly typmod: number;
}

export interface Relation {
  readonly type: 'relation';
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relreplident: d, n, f, i. */
  readonly replicaIdentity: string;
  /** In attribute order, without dropped and generated columns: the order of every tuple of this relation. */
  readonly columns: readonly RelationColumn[];
}

export interface Begin {
  readonly type: 'begin';
  /** Where the commit record starts: the commit LSN everywhere in Holdfast. */
  readonly commitLsn: Lsn;
  /** Microseconds since 2000-01-01 UTC, by the server's clock. */
  readonly commitTime: bigint;
  readonly xid: number;
}

export interface Commit {
  readonly type: 'commit';
  readonly commitLsn: Lsn;
  /** End of the commit record: a position to which a slot can be confirmed. */
  readonly endLsn: Lsn;
  readonly commitTime: bigint;
}

export interface RowMessage {
  readonly type: 'insert' | 'update' | 'delete';
  readonly oid: number;
  /** `key`: only identity columns of the old tuple are meaningful, the others are null. `full`: all are. */
  readonly oldKind?: 'key' | 'full';
  readonly old?: Tuple;
  /** Absent for deletes. */
  readonly new?: Tuple;
}

export interface Truncate {
  readonly type: 'truncate';
  /** 1 CASCADE, 2 RESTART IDENTITY. */
  readonly options: number;
  readonly oids: readonly number[];
}

export interface LogicalMessage {
  readonly type: 'message';
  readonly transactional: boolean;
  readonly lsn: Lsn;
  readonly prefix: string;
  readonly content: Buffer;
}

export interface TypeMessage {
  readonly type: 'type';
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

export interface Origin {
  readonly type: 'origin';
  readonly lsn: Lsn;
  readonly name: string;
}

export type Message = Relation | Begin | Commit | RowMessage | Truncate | LogicalMessage | TypeMessage | Origin;

/** Message types: the first byte. */
export const TAG = {
  begin: 66,
  commit: 67,
  delete: 68,
  insert: 73,
  message: 77,
  origin: 79,
  relation: 82,
  truncate: 84,
  update: 85,
  type: 89,
} as const;
/** Bytes that mark tuples. */
export const NEW = 78;
export const KEY = 75;
export const OLD = 79;

/** Parses one message. Throws IntegrityError `log-malformed` for anything that is not exactly one message. */
export function parseMessage(bytes: Buffer): Message {
  const reader = new Reader(bytes);
  let message: Message;
  try {
    message = read(reader);
  } catch (cause) {
    if (cause instanceof IntegrityError) throw cause;
    throw malformed('a message ends too early', cause);
  }
  if (reader.position !== bytes.byteLength) throw malformed('a message is longer than its content');
  return message;
}

function read(reader: Reader): Message {
  const tag = reader.u8();
  switch (tag) {
    case TAG.begin:
      return { type: 'begin', commitLsn: reader.lsn(), commitTime: reader.i64(), xid: reader.u32() };
    case TAG.commit:
      reader.u8();
      return { type: 'commit', commitLsn: reader.lsn(), endLsn: reader.lsn(), commitTime: reader.i64() };
    case TAG.insert:
      return { type: 'insert', oid: reader.u32(), new: newTuple(reader) };
    case TAG.update: {
      const oid = reader.u32();
      const old = oldTuple(reader, false);
      return { type: 'update', oid, ...old, new: newTuple(reader) };
    }
    case TAG.delete:
      return { type: 'delete', oid: reader.u32(), ...oldTuple(reader, true) };
    case TAG.relation:
      return relation(reader);
    case TAG.truncate: {
      const count = reader.u32();
      const options = reader.u8();
      return { type: 'truncate', options, oids: times(count, () => reader.u32()) };
    }
    case TAG.message: {
      const transactional = (reader.u8() & 1) === 1;
      const lsn = reader.lsn();
      const prefix = reader.text();
      return { type: 'message', transactional, lsn, prefix, content: reader.bytes(reader.u32()) };
    }
    case TAG.type:
      return { type: 'type', oid: reader.u32(), schema: reader.text(), name: reader.text() };
    case TAG.origin:
      return { type: 'origin', lsn: reader.lsn(), name: reader.text() };
    default:
      throw malformed(`a message has the unknown type ${tag}`);
  }
}

function relation(reader: Reader): Relation {
  const oid = reader.u32();
  // The protocol writes pg_catalog as an empty string.
  const schema = reader.text() || 'pg_catalog';
  const name = reader.text();
  const replicaIdentity = String.fromCharCode(reader.u8());
  const columns = times(reader.u16(), () => {
    const flags = reader.u8();
    return { name: reader.text(), identity: (flags & 1) === 1, typeOid: reader.u32(), typmod: reader.i32() };
  });
  return { type: 'relation', oid, schema, name, replicaIdentity, columns };
}

function newTuple(reader: Reader): Tuple {
  if (reader.u8() !== NEW) throw malformed('a new tuple is missing');
  return tuple(reader);
}

function oldTuple(reader: Reader, required: boolean): { oldKind?: 'key' | 'full'; old?: Tuple } {
  const mark = reader.peek();
  if (mark !== KEY && mark !== OLD) {
    if (required) throw malformed('an old tuple is missing');
    return {};
  }
  reader.u8();
  return { oldKind: mark === KEY ? 'key' : 'full', old: tuple(reader) };
}

function tuple(reader: Reader): Tuple {
  return times(reader.u16(), () => {
    const kind = reader.u8();
    if (kind === TEXT) return reader.bytes(reader.u32());
    if (kind === NULL) return null;
    if (kind === UNCHANGED) return undefined;
    throw malformed('a value is neither text, null nor unchanged');
  });
}

function times<T>(count: number, make: () => T): T[] {
  const made: T[] = [];
  for (let index = 0; index < count; index++) made.push(make());
  return made;
}

class Reader {
  position = 0;
  readonly #bytes: Buffer;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  peek(): number | undefined {
    return this.#bytes[this.position];
  }
  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }
  u16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }
  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }
  i32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }
  i64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }
  lsn(): Lsn {
    return lsn(this.#bytes.readBigUInt64BE(this.#take(8)));
  }
  bytes(length: number): Buffer {
    const start = this.#take(length);
    if (this.position > this.#bytes.byteLength) throw malformed('a value is longer than its message');
    return this.#bytes.subarray(start, this.position);
  }
  text(): string {
    const end = this.#bytes.indexOf(0, this.position);
    if (end < 0) throw malformed('a name is not terminated');
    const text = this.#bytes.toString('utf8', this.position, end);
    this.position = end + 1;
    return text;
  }
  #take(length: number): number {
    const start = this.position;
    this.position += length;
    return start;
  }
}

export function malformed(what: string, cause?: unknown): IntegrityError {
  return new IntegrityError('log-malformed', `The change log is damaged: ${what}.`, {
    hint: 'Nothing was written. Choose a target before this log, or restore its objects from a replica.',
    cause,
  });
}

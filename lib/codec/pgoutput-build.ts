/**
 * Builds pgoutput messages: for the halves of a row that moves between tenants, for folded incrementals, and for
 * tests. What is built parses back to the same message (held by a property test).
 */
import type { Lsn } from '../domain/lsn.ts';
import { NULL, TEXT, UNCHANGED } from '../domain/packed-tuple.ts';
import {
  type Begin,
  type Commit,
  KEY,
  type LogicalMessage,
  NEW,
  OLD,
  type Relation,
  TAG,
  type Truncate,
  type Tuple,
} from './pgoutput.ts';

export function buildBegin(begin: Omit<Begin, 'type'>): Buffer {
  return Buffer.concat([Buffer.from([TAG.begin]), u64(begin.commitLsn), i64(begin.commitTime), u32(begin.xid)]);
}

export function buildCommit(commit: Omit<Commit, 'type'>): Buffer {
  return Buffer.concat([
    Buffer.from([TAG.commit, 0]),
    u64(commit.commitLsn),
    u64(commit.endLsn),
    i64(commit.commitTime),
  ]);
}

export function buildInsert(oid: number, values: Tuple): Buffer {
  return Buffer.concat([Buffer.from([TAG.insert]), u32(oid), Buffer.from([NEW]), ...tupleParts(values)]);
}

export function buildUpdate(oid: number, values: Tuple, old?: { kind: 'key' | 'full'; values: Tuple }): Buffer {
  const before = old === undefined ? [] : [Buffer.from([old.kind === 'key' ? KEY : OLD]), ...tupleParts(old.values)];
  return Buffer.concat([Buffer.from([TAG.update]), u32(oid), ...before, Buffer.from([NEW]), ...tupleParts(values)]);
}

export function buildDelete(oid: number, old: { kind: 'key' | 'full'; values: Tuple }): Buffer {
  return Buffer.concat([
    Buffer.from([TAG.delete]),
    u32(oid),
    Buffer.from([old.kind === 'key' ? KEY : OLD]),
    ...tupleParts(old.values),
  ]);
}

export function buildTruncate(truncate: Omit<Truncate, 'type'>): Buffer {
  return Buffer.concat([
    Buffer.from([TAG.truncate]),
    u32(truncate.oids.length),
    Buffer.from([truncate.options]),
    ...truncate.oids.map(u32),
  ]);
}

export function buildRelation(relation: Omit<Relation, 'type'>): Buffer {
  const columns = relation.columns.map(column =>
    Buffer.concat([Buffer.from([column.identity ? 1 : 0]), text(column.name), u32(column.typeOid), i32(column.typmod)]),
  );
  return Buffer.concat([
    Buffer.from([TAG.relation]),
    u32(relation.oid),
    text(relation.schema === 'pg_catalog' ? '' : relation.schema),
    text(relation.name),
    Buffer.from(relation.replicaIdentity, 'latin1'),
    u16(columns.length),
    ...columns,
  ]);
}

export function buildMessage(message: Omit<LogicalMessage, 'type'>): Buffer {
  return Buffer.concat([
    Buffer.from([TAG.message, message.transactional ? 1 : 0]),
    u64(message.lsn),
    text(message.prefix),
    u32(message.content.byteLength),
    message.content,
  ]);
}

export function buildType(oid: number, schema: string, name: string): Buffer {
  return Buffer.concat([Buffer.from([TAG.type]), u32(oid), text(schema), text(name)]);
}

export function buildOrigin(lsn: Lsn, name: string): Buffer {
  return Buffer.concat([Buffer.from([TAG.origin]), u64(lsn), text(name)]);
}

function tupleParts(values: Tuple): Buffer[] {
  const parts = [u16(values.length)];
  for (const value of values) {
    if (value === null) parts.push(Buffer.from([NULL]));
    else if (value === undefined) parts.push(Buffer.from([UNCHANGED]));
    else parts.push(Buffer.from([TEXT]), u32(value.byteLength), value);
  }
  return parts;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function u16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function i64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

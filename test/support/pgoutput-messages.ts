/**
 * The pgoutput messages that only a server writes, for tests that act as one. lib/codec/pgoutput-build.ts builds the
 * others.
 */
import { u32, u64 } from '../../lib/codec/integers.ts';
import { type LogicalMessage, type Relation, TAG, type Truncate } from '../../lib/codec/pgoutput.ts';
import type { Lsn } from '../../lib/domain/lsn.ts';

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

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function u16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

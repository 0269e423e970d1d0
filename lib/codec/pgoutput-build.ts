import { NULL, TEXT, UNCHANGED } from '../domain/packed-tuple.ts';
import { type Begin, type Commit, KEY, NEW, OLD, TAG, type Tuple } from './pgoutput.ts';

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

function tupleParts(values: Tuple): Buffer[] {
  const parts = [u16(values.length)];
  for (const value of values) {
    if (value === null) parts.push(Buffer.from([NULL]));
    else if (value === undefined) parts.push(Buffer.from([UNCHANGED]));
    else parts.push(Buffer.from([TEXT]), u32(value.byteLength), value);
  }
  return parts;
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

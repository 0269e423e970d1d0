/**
 * Builds pgoutput messages: the halves of a row that moves between tenants, and folded incrementals. What is built parses
 * back to the same message (held by a property test).
 */
import { packTuple } from '../domain/packed-tuple.ts';
import { i64, u32, u64 } from './integers.ts';
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
  return Buffer.concat([Buffer.from([TAG.insert]), u32(oid), Buffer.from([NEW]), packTuple(values)]);
}

export function buildUpdate(oid: number, values: Tuple, old?: { kind: 'key' | 'full'; values: Tuple }): Buffer {
  const before = old === undefined ? [] : [Buffer.from([old.kind === 'key' ? KEY : OLD]), packTuple(old.values)];
  return Buffer.concat([Buffer.from([TAG.update]), u32(oid), ...before, Buffer.from([NEW]), packTuple(values)]);
}

export function buildDelete(oid: number, old: { kind: 'key' | 'full'; values: Tuple }): Buffer {
  return Buffer.concat([
    Buffer.from([TAG.delete]),
    u32(oid),
    Buffer.from([old.kind === 'key' ? KEY : OLD]),
    packTuple(old.values),
  ]);
}

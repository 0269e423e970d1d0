/**
 * Converts a pgoutput message to a row change that can be folded, and back. A row is identified by the table's key if
 * old tuples contain it, else by the columns of the replica identity.
 */
import type { Lsn } from '../domain/lsn.ts';
import type { NetBatch, NetChange, NetRow, RowShape } from '../domain/net-batch.ts';
import type { NetChanges } from '../domain/net-changes.ts';
import { endOfTuple, isWhole, keyId, tupleWidth } from '../domain/packed-tuple.ts';
import type { RowCursor } from '../domain/row-cursor.ts';
import { KEY, malformed, NEW, OLD, parseMessage, type Relation, type RowMessage, TAG, type Tuple } from './pgoutput.ts';
import { buildDelete, buildInsert, buildUpdate } from './pgoutput-build.ts';

/**
 * Indexes of the columns that identify rows in changes of this relation. `tableKey`: the table's key columns by name
 * (TableSchema.key). Empty where an old tuple identifies nothing (REPLICA IDENTITY NOTHING).
 */
export function identityIndexes(relation: Relation, tableKey: readonly string[]): number[] {
  const indexes = tableKey.map(name => relation.columns.findIndex(column => column.name === name));
  if (indexes.length > 0 && indexes.every(index => index >= 0 && relation.columns[index]!.identity)) return indexes;
  return relation.columns.flatMap((column, index) => (column.identity ? [index] : []));
}

export function rowShape(table: string, relation: Relation, tableKey: readonly string[]): RowShape {
  return { table, columns: relation.columns.map(column => column.name), key: identityIndexes(relation, tableKey) };
}

export function toNetChange(message: RowMessage, shape: RowShape, lsn: Lsn): NetChange {
  const oldKey = message.old && shape.key.map(index => message.old![index]);
  if (message.type === 'delete') return { kind: 'delete', lsn, shape, key: oldKey! };
  if (message.new!.length !== shape.columns.length) throw malformed('a row does not match its relation');
  const values = completed(message);
  return oldKey === undefined ? { kind: 'put', lsn, shape, values } : { kind: 'put', lsn, shape, values, oldKey };
}

/** Whether a message of this type is the change of one row. */
export function isRow(tag: number | undefined): boolean {
  return tag === TAG.insert || tag === TAG.update || tag === TAG.delete;
}

/** Bytes of a row message before its first tuple's mark: the tag and the relation's oid. */
const ROW_HEADER_BYTES = 5;

/** Oid of the relation in the row message (or R) at `start`. */
export function relationOf(bytes: Buffer, start: number): number {
  return bytes.readUInt32BE(start + 1);
}

/** Whether the message at `start` is an update that does not tell what its row was before. */
export function isBlindUpdate(bytes: Buffer, start: number): boolean {
  return bytes[start] === TAG.update && bytes[start + ROW_HEADER_BYTES] === NEW;
}

/**
 * Folds the row message at the cursor and returns the batches that must be applied now, like
 * `net.add(toNetChange(parseMessage(…)))`. A row that is complete or keeps its key is passed on in its form in the log,
 * without an object per value; only changes that need two tuples are parsed. Moves the cursor to the tuple.
 */
export function foldRow(net: NetChanges, shape: RowShape, at: RowCursor): readonly NetBatch[] {
  const { bytes, start, end } = at;
  const mark = start + ROW_HEADER_BYTES;
  const hasOld = bytes[mark] === KEY || bytes[mark] === OLD;
  const first = mark + 1;
  const firstEnd = tupleEnd(shape, bytes, first, end);
  if (bytes[start] === TAG.delete) {
    if (!hasOld) throw malformed('an old tuple is missing');
    if (firstEnd !== end) throw malformed('a message is longer than its content');
    at.start = first;
    return net.remove(shape, at);
  }
  const tuple = hasOld ? firstEnd + 1 : first;
  if (tuple > end || bytes[tuple - 1] !== NEW) throw malformed('a new tuple is missing');
  if ((hasOld ? tupleEnd(shape, bytes, tuple, end) : firstEnd) !== end)
    throw malformed('a message is longer than its content');
  if (hasOld && !(isWhole(bytes, tuple) && keyId(bytes, first, shape.key) === keyId(bytes, tuple, shape.key))) {
    const { lsn, offered, claimed } = at;
    const change = toNetChange(parseMessage(bytes.subarray(start, end)) as RowMessage, shape, lsn);
    return net.add(change.kind === 'put' ? { ...change, offered, claimed } : change);
  }
  at.start = tuple;
  return net.put(shape, at);
}

function tupleEnd(shape: RowShape, bytes: Buffer, start: number, limit: number): number {
  const end = endOfTuple(bytes, start, limit);
  if (end < 0) throw malformed('a value is incomplete or neither text, null nor unchanged');
  if (tupleWidth(bytes, start) !== shape.columns.length) throw malformed('a row does not match its relation');
  return end;
}

/**
 * The new row, with unchanged values filled from the old tuple as far as it has them: a full one has all, a key tuple
 * those of the identity, which are never NULL (the others are, whatever their value).
 */
export function completed({ new: values, old, oldKind }: RowMessage): Tuple {
  if (!old) return values!;
  return values!.map((value, index) =>
    value !== undefined ? value : oldKind === 'full' ? old[index] : old[index] || undefined,
  );
}

/** The message that an incremental stores: folding it gives the row again. */
export function netRowMessage(oid: number, shape: RowShape, row: NetRow): Buffer {
  const keyTuple = (key: NetRow['key']): Tuple => {
    const values: Tuple = shape.columns.map(() => null);
    shape.key.forEach((column, index) => {
      values[column] = asBuffer(key[index]);
    });
    return values;
  };
  const values = row.values?.map(asBuffer) ?? [];
  if (row.op === 'delete') return buildDelete(oid, { kind: 'key', values: keyTuple(row.key) });
  if (row.op === 'upsert') return buildInsert(oid, values);
  if (row.op === 'update') return buildUpdate(oid, values);
  return buildUpdate(oid, values, { kind: 'key', values: keyTuple(row.oldKey!) });
}

function asBuffer(value: Uint8Array | null | undefined): Buffer | null | undefined {
  return value && Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

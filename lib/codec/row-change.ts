/**
 * From a pgoutput message to the change of a row that can be folded, and back to a message. Which columns identify a
 * row follows what the log can tell: the table's key where old tuples carry it, else the replica identity's columns.
 */
import type { Lsn } from '../domain/lsn.ts';
import type { NetChange, NetRow, RowShape } from '../domain/net-changes.ts';
import { malformed, type Relation, type RowMessage, type Tuple } from './pgoutput.ts';
import { buildDelete, buildInsert, buildUpdate } from './pgoutput-build.ts';

/**
 * Indexes of the columns by which changes of this relation are told apart. `tableKey`: the table's key columns by name
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
  const values = message.new!;
  if (values.length !== shape.columns.length) throw malformed('a row does not fit its relation');
  if (message.oldKind === 'full')
    return { kind: 'put', lsn, shape, values: filled(values, message.old!), oldKey: oldKey! };
  return oldKey === undefined ? { kind: 'put', lsn, shape, values } : { kind: 'put', lsn, shape, values, oldKey };
}

/** Unchanged values taken from a full old tuple. */
export function filled(values: Tuple, old: Tuple): Tuple {
  return values.map((value, index) => (value === undefined ? old[index] : value));
}

/** The message that, folded alone, gives the row again: what an incremental stores. */
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

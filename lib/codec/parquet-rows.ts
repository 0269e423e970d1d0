/**
 * Rows as one Parquet file (hyparquet-writer). Memory: the rows of one row group and the list of groups. Statistics are
 * not written: the library orders text by UTF-16, readers by bytes, and a wrong bound would hide rows from a query.
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { ParquetForm } from '../domain/export-types.ts';
import { copyLines, lineFields } from './copy-lines.ts';

export interface ParquetColumn {
  readonly name: string;
  readonly form: ParquetForm;
}

/** Whichever is reached first ends a row group. */
const GROUP_BYTES = 8 * 1024 * 1024;
const GROUP_ROWS = 50_000;

type Value = string | number | bigint | boolean | Uint8Array | null;

/** `pieces`: COPY text of these columns; days and microseconds as numbers. At least one column. */
export async function* parquetRows(
  pieces: AsyncIterable<Uint8Array>,
  columns: readonly ParquetColumn[],
): AsyncGenerator<Uint8Array> {
  const buffer = new ByteWriter();
  const take = () => {
    const bytes = Buffer.from(buffer.getBytes());
    buffer.index = 0;
    return bytes;
  };
  const root: SchemaElement = { name: 'root', num_children: columns.length };
  const schema = [root, ...columns.map(elementOf)];
  const writer = new ParquetWriter({ writer: buffer, schema, statistics: false, createdBy: 'holdfast' });
  let group: Value[][] = columns.map(() => []);
  let bytes = 0;
  const write = async () => {
    const columnData = columns.map(({ name }, index) => ({ name, data: group[index]!, offsetIndex: false }));
    await writer.write({ columnData, rowGroupSize: group[0]!.length });
    group = columns.map(() => []);
    bytes = 0;
    return take();
  };
  for await (const line of copyLines(pieces)) {
    const values = lineFields(line);
    for (const [index, { form }] of columns.entries()) group[index]!.push(parquetValue(values[index]!, form));
    bytes += line.length;
    if (bytes >= GROUP_BYTES || group[0]!.length >= GROUP_ROWS) yield await write();
  }
  if (group[0]!.length > 0) yield await write();
  await writer.finish();
  yield take();
}

function elementOf({ name, form }: ParquetColumn): SchemaElement {
  const column = { name, repetition_type: 'OPTIONAL' } as const;
  switch (form) {
    case 'STRING':
      return { ...column, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'DATE':
      return { ...column, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'TIMESTAMP':
    case 'TIMESTAMP UTC': {
      const logical = { type: 'TIMESTAMP', isAdjustedToUTC: form === 'TIMESTAMP UTC', unit: 'MICROS' } as const;
      return { ...column, type: 'INT64', logical_type: logical };
    }
    case 'UUID':
      return { ...column, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } };
    default:
      return { ...column, type: form };
  }
}

function parquetValue(value: string | null, form: ParquetForm): Value {
  if (value === null) return null;
  switch (form) {
    case 'BOOLEAN':
      return value === 't';
    case 'INT32':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE':
      return Number(value);
    case 'INT64':
    case 'TIMESTAMP':
    case 'TIMESTAMP UTC':
      return BigInt(value);
    case 'BYTE_ARRAY':
      return Buffer.from(value.slice(2), 'hex');
    default:
      return value;
  }
}

/**
 * How values of PostgreSQL's types stand in exported files. Invariant: no value changes. A type has a form of its own only
 * where that form holds every value of it exactly; everything else is the text that PostgreSQL prints, which it reads back.
 */

export const JSON_FORMS = ['boolean', 'number', 'float', 'json', 'string'] as const;
/** `float`: a number, or one of the strings NaN, Infinity and -Infinity. */
export type JsonForm = (typeof JSON_FORMS)[number];

/** Of a type as format_type() prints it. Numbers that a reader would round are strings: bigint, numeric. */
export function jsonForm(type: string): JsonForm {
  switch (type) {
    case 'boolean':
      return 'boolean';
    case 'smallint':
    case 'integer':
    case 'oid':
      return 'number';
    case 'real':
    case 'double precision':
      return 'float';
    case 'json':
    case 'jsonb':
      return 'json';
    default:
      return 'string';
  }
}

export type ParquetForm =
  | 'BOOLEAN'
  | 'INT32'
  | 'INT64'
  | 'FLOAT'
  | 'DOUBLE'
  | 'DATE'
  | 'TIMESTAMP'
  | 'TIMESTAMP UTC'
  | 'BYTE_ARRAY'
  | 'UUID'
  | 'STRING';

const PARQUET_FORMS: Readonly<Record<string, ParquetForm>> = {
  ...{ boolean: 'BOOLEAN', smallint: 'INT32', integer: 'INT32', bigint: 'INT64', oid: 'INT64' },
  ...{ real: 'FLOAT', 'double precision': 'DOUBLE', bytea: 'BYTE_ARRAY', uuid: 'UUID', date: 'DATE' },
  ...{ 'timestamp without time zone': 'TIMESTAMP', 'timestamp with time zone': 'TIMESTAMP UTC' },
};

/** Dates and timestamps have their form only where all values of the column are finite and in its range. */
export function parquetForm(type: string): ParquetForm {
  return PARQUET_FORMS[type.replace(/^timestamp\(\d\)/, 'timestamp')] ?? 'STRING';
}

/** Whether the column's values must be looked at before its form is known. */
export function isBoundedForm(form: ParquetForm): boolean {
  return form === 'DATE' || form === 'TIMESTAMP' || form === 'TIMESTAMP UTC';
}

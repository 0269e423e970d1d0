/**
 * The schema of exported tables as two scripts for psql: what rows need before they are loaded, and the foreign keys and
 * sequence positions after them. Invariant: the scripts load into an empty database, whatever the application's schema is
 * made of; what that leaves out is said.
 */
import type { Omission } from '../../domain/export-document.ts';
import type { ColumnSchema, ForeignKey, TableName, TableSchema } from '../../domain/table-schema.ts';
import { columnList, parseTableName, quoteIdentifier, quoteLiteral, quoteTable } from '../sql.ts';
import type { StagedTable } from '../staging/staging.ts';
import { isPortableExpression } from './portable-sql.ts';
import { looseDomains, typeStatement, type UnloadedTypes, whyText } from './unloaded-types.ts';

export interface SchemaScript {
  readonly before: string;
  readonly after: string;
  readonly leftOut: readonly Omission[];
  /** The type in the script by table and column. */
  readonly typeOf: (table: TableName, column: string) => string;
}

/** How values were printed. They are read under the same settings. */
export function scriptSettings(encoding: string): string {
  return [
    `SET client_encoding = '${encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8'}';`,
    ...["SET datestyle = 'ISO, YMD';", "SET intervalstyle = 'postgres';", "SET timezone = 'UTC';"],
    ...["SET lc_monetary = 'C';", 'SET xmloption = content;', 'SET standard_conforming_strings = on;'],
    ...["SET search_path = '';", 'SET client_min_messages = warning;', ''],
  ].join('\n');
}

interface TableScript {
  readonly statement: string;
  readonly schema: TableSchema;
  /** Columns that the script does not make. */
  readonly without: ReadonlySet<string>;
  readonly asText: ReadonlySet<string>;
  readonly keys: readonly (readonly string[])[];
}

export function schemaScript(
  tables: readonly Pick<StagedTable, 'schema' | 'columns'>[],
  types: UnloadedTypes,
  encoding: string,
): SchemaScript {
  const leftOut: Omission[] = [...looseDomains(types.types)];
  const names = new Set(tables.map(({ schema }) => schema.table));
  // A row type comes with its table.
  const made = types.types.filter(({ name }) => !names.has(name));
  const scripts = tables.map(table => tableScript(table, { ...types, types: made }, names, leftOut));
  const objects = [
    ...[...names, ...made.map(({ name }) => name)],
    ...tables.flatMap(({ schema }) => schema.columns.filter(isSerial).map(column => column.sequence!)),
  ];
  const schemas = [
    ...objects.map(name => parseTableName(name).schema),
    ...types.extensions.flatMap(({ schema }) => (schema === null || schema === 'pg_catalog' ? [] : [schema])),
  ];
  const before = [
    scriptSettings(encoding),
    ...[...new Set(schemas)].map(name => `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(name)};\n`),
    ...types.extensions.map(
      ({ name, schema }) =>
        `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)}${schema === null || schema === 'pg_catalog' ? '' : ` SCHEMA ${quoteIdentifier(schema)}`};\n`,
    ),
    ...made.map(typeStatement),
    ...scripts.map(({ statement }) => statement),
  ].join('');
  const references = scripts.flatMap(script => foreignKeys(script, scripts, leftOut));
  const positions = scripts.flatMap(({ schema, asText }) => sequencePositions(schema, asText));
  const byName = new Map(scripts.map(script => [script.schema.table, script]));
  return {
    before,
    after: [scriptSettings(encoding), ...references, ...positions].join(''),
    leftOut,
    typeOf: (table, name) => {
      const { schema, asText } = byName.get(table)!;
      return asText.has(name) ? 'text' : schema.columns.find(column => column.name === name)!.type;
    },
  };
}

const isSerial = (column: ColumnSchema) => column.sequence !== null && column.identity === '';

function tableScript(
  { schema, columns }: Pick<StagedTable, 'schema' | 'columns'>,
  types: UnloadedTypes,
  tables: ReadonlySet<TableName>,
  leftOut: Omission[],
): TableScript {
  const { table } = schema;
  const leave = (what: string, why: string) => void leftOut.push({ table, what, why });
  const asText = new Set<string>();
  for (const column of schema.columns) {
    const why = whyText(
      column,
      columns.find(({ name }) => name === column.name),
      types,
      tables,
    );
    if (why === undefined) continue;
    asText.add(column.name);
    if (column.generated === '') leave(`the type ${column.type} of ${column.name}`, `text instead: ${why}`);
  }
  const without = new Set<string>();
  for (const { name, generated, default: expression } of schema.columns.filter(column => column.generated !== '')) {
    if (asText.size === 0 && isPortableExpression(expression ?? ''))
      leave(`values of ${name}`, 'computed from the others by the database that loads them');
    else {
      without.add(name);
      leave(
        `the column ${name}`,
        `it is generated (${generated === 'v' ? 'virtual' : 'stored'}) by functions or types of the application`,
      );
    }
  }
  const kept = schema.columns.filter(column => !without.has(column.name));
  const { lines, indexes, keys } = uniqueKeys(schema, { without, asText }, leave);
  const defined = [...kept.map(column => columnLine(column, asText, leave)), ...lines];
  const sequences = schema.columns.filter(column => isSerial(column) && !without.has(column.name));
  const statement = [
    '\n',
    ...sequences.map(column => `CREATE SEQUENCE IF NOT EXISTS ${quoteTable(column.sequence!)};\n`),
    `CREATE TABLE ${quoteTable(table)} (\n  ${defined.join(',\n  ')}\n);\n`,
    ...indexes,
    ...sequences.map(
      column =>
        `ALTER SEQUENCE ${quoteTable(column.sequence!)} OWNED BY ${quoteTable(table)}.${quoteIdentifier(column.name)};\n`,
    ),
  ].join('');
  if (schema.kind === 'p') leave('its partitions', 'it is an ordinary table here');
  return { statement, schema, without, asText, keys };
}

type Leave = (what: string, why: string) => void;

function columnLine(column: ColumnSchema, asText: ReadonlySet<string>, leave: Leave): string {
  const isText = asText.has(column.name);
  const parts = [quoteIdentifier(column.name), isText ? 'text' : column.type];
  const { generated, identity, default: expression } = column;
  if (generated !== '') parts.push(`GENERATED ALWAYS AS (${expression}) ${generated === 'v' ? 'VIRTUAL' : 'STORED'}`);
  else if (identity !== '') parts.push(`GENERATED ${identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`);
  else if (expression !== null) {
    const own = column.sequence !== null && expression === `nextval(${quoteLiteral(column.sequence)}::regclass)`;
    if (own || (!isText && isPortableExpression(expression))) parts.push(`DEFAULT ${expression}`);
    else leave(`the default of ${column.name}`, 'it needs functions or types of the application');
  }
  if (column.notNull) parts.push('NOT NULL');
  return parts.join(' ');
}

function uniqueKeys(
  { table, uniqueKeys: all }: TableSchema,
  { without, asText }: Pick<TableScript, 'without' | 'asText'>,
  leave: Leave,
): { lines: string[]; indexes: string[]; keys: string[][] } {
  const found = { lines: [] as string[], indexes: [] as string[], keys: [] as string[][] };
  for (const { name, columns, primary, nullsNotDistinct, predicate } of all) {
    const nulls = nullsNotDistinct && !primary ? ' NULLS NOT DISTINCT' : '';
    if (columns.some(column => without.has(column)))
      leave(`the unique key ${name}`, 'it has a column that is left out');
    else if (predicate === null) {
      found.lines.push(`${primary ? 'PRIMARY KEY' : `UNIQUE${nulls}`} (${columnList(columns)})`);
      found.keys.push([...columns]);
    } else if (asText.size > 0 || !isPortableExpression(predicate))
      leave(`the unique index ${name}`, 'its condition needs functions or types of the application');
    else
      found.indexes.push(
        `CREATE UNIQUE INDEX ON ${quoteTable(table)} (${columnList(columns)})${nulls} WHERE ${predicate};\n`,
      );
  }
  return found;
}

/** Not validated: rows may refer to what is of no tenant or of another one, or was erased. */
function foreignKeys(script: TableScript, all: readonly TableScript[], leftOut: Omission[]): string[] {
  const { schema, without, asText } = script;
  return schema.foreignKeys.flatMap(key => {
    const { name, columns, references, referencedColumns, deferrable } = key;
    const parent = all.find(candidate => candidate.schema.table === references);
    const why = whyNoReference(key, parent, new Set([...without, ...asText]));
    if (why !== undefined) {
      leftOut.push({ table: schema.table, what: `the foreign key ${name}`, why });
      return [];
    }
    return [
      `ALTER TABLE ${quoteTable(schema.table)} ADD CONSTRAINT ${quoteIdentifier(name)} FOREIGN KEY (${columnList(columns)})\n  REFERENCES ${quoteTable(references)} (${columnList(referencedColumns)})${deferrable ? ' DEFERRABLE' : ''} NOT VALID;\n`,
    ];
  });
}

function whyNoReference(
  key: ForeignKey,
  parent: TableScript | undefined,
  without: ReadonlySet<string>,
): string | undefined {
  if (parent === undefined) return `${key.references} is not part of it`;
  const lost = (names: readonly string[], gone: ReadonlySet<string>) => names.some(name => gone.has(name));
  if (lost(key.columns, without) || lost(key.referencedColumns, parent.asText))
    return 'a column of it is left out or text';
  const wanted = [...key.referencedColumns].sort().join('\0');
  return parent.keys.some(columns => [...columns].sort().join('\0') === wanted)
    ? undefined
    : 'the key that it refers to is left out';
}

const COUNTED = new Set(['smallint', 'integer', 'bigint']);

/** Sequences go on behind the greatest value that was loaded. */
function sequencePositions({ table, columns }: TableSchema, asText: ReadonlySet<string>): string[] {
  return columns
    .filter(
      column => (column.identity !== '' || isSerial(column)) && COUNTED.has(column.type) && !asText.has(column.name),
    )
    .map(({ name }) => {
      const sequence = `pg_catalog.pg_get_serial_sequence(${quoteLiteral(quoteTable(table))}, ${quoteLiteral(name)})`;
      const greatest = `(SELECT pg_catalog.max(${quoteIdentifier(name)}) FROM ${quoteTable(table)})`;
      return `SELECT pg_catalog.setval(${sequence}, greatest(${greatest}, 1)) WHERE ${greatest} IS NOT NULL;\n`;
    });
}

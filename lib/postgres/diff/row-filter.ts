/**
 * `--rows 'predicate'`: user input that becomes part of a statement. Invariant: only tokens from allow-lists (columns
 * of the table, constants, operators, a few immutable functions of pg_catalog) reach SQL, each generated again; so it
 * can only compare the row's own columns. As a second safeguard it is first run in a READ ONLY transaction.
 */
import { type HoldfastError, InputError } from '../../domain/errors.ts';
import type { ColumnSchema, TableName, TableSchema, TypeSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { equalValues, valueType } from '../equality.ts';
import { columnReference, fromTable, quoteIdentifier, quoteLiteral } from '../sql.ts';
import { plainType } from '../staging/type-choice.ts';
import { comparableColumn } from './comparable-value.ts';

/** The condition over a row of that alias, in parentheses. */
export type RowCondition = (alias: string) => string;

const KEYWORDS = new Set(
  'and or not is null true false unknown in between symmetric like ilike escape distinct from case when then else end array any all at time zone'.split(
    ' ',
  ),
);
const PLAIN_FUNCTIONS = new Set(['coalesce', 'nullif', 'greatest', 'least']);
const FUNCTIONS = new Set(
  'lower upper length char_length octet_length btrim ltrim rtrim left right strpos substr starts_with abs round floor ceil ceiling trunc mod sign date_trunc date_part jsonb_typeof jsonb_array_length array_length cardinality num_nulls isempty lower_inc upper_inc'.split(
    ' ',
  ),
);
const TYPE =
  /^(timestamp with time zone|timestamp without time zone|timestamptz|timestamp|date|time|interval|integer|int4|int8|int2|int|bigint|smallint|numeric(?:\(\d{1,4}(?:,\s*\d{1,4})?\))?|real|double precision|float8|float4|boolean|bool|text|varchar|uuid|jsonb|bytea|inet|cidr)(?![A-Za-z0-9_])((?:\[\])?)/i;
const TYPED_LITERALS = new Set(['date', 'timestamp', 'timestamptz', 'time', 'interval', 'uuid']);
const OPERATOR =
  /^(<=|>=|<>|!=|->>|->|#>>|#>|@>|<@|&&|\|\||\?\||\?&|\?|!~\*|!~|~\*|~|=|<|>|\+|-|\*|\/|%)(?![<>=~!@#%^&|`?+*/])/;
const MAX_DEPTH = 50;

interface Token {
  readonly kind:
    | 'column'
    | 'literal'
    | 'number'
    | 'keyword'
    | 'function'
    | 'operator'
    | 'cast'
    | 'type'
    | 'open'
    | 'close'
    | 'other';
  readonly text: string;
}

/**
 * Parses the predicate with the table's columns. InputError `bad-predicate` with the character position and the reason.
 */
export function parsePredicate(table: TableName, predicate: string, columns: readonly string[]): RowCondition {
  const tokens = tokenize(table, predicate, new Set(columns));
  checkShape(table, tokens);
  return alias =>
    `(${tokens.map(token => (token.kind === 'column' ? columnReference(token.text, alias) : token.text)).join(' ')})`;
}

function tokenize(table: TableName, predicate: string, columns: ReadonlySet<string>): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const refuse = (why: string): never => {
    throw badPredicate(table, `${why} (at character ${at + 1})`);
  };
  while (at < predicate.length) {
    const rest = predicate.slice(at);
    const space = /^\s+/.exec(rest);
    if (space) {
      at += space[0].length;
      continue;
    }
    if (/^(--|\/\*|\*\/)/.test(rest)) refuse('comments are not allowed');
    const [token, length] = readToken(rest, columns, refuse);
    tokens.push(token);
    at += length;
  }
  return tokens;
}

function readToken(rest: string, columns: ReadonlySet<string>, refuse: (why: string) => never): [Token, number] {
  const literal = /^'((?:[^']|'')*)'/.exec(rest);
  if (literal) {
    if (literal[1]!.includes('\0')) refuse('a NUL character');
    return [{ kind: 'literal', text: quoteLiteral(literal[1]!.replaceAll("''", "'")) }, literal[0].length];
  }
  const quoted = /^"((?:[^"]|"")+)"/.exec(rest);
  if (quoted) {
    const name = quoted[1]!.replaceAll('""', '"');
    return columns.has(name) ? [{ kind: 'column', text: name }, quoted[0].length] : refuse('not a column of the table');
  }
  const number = /^(\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z0-9_.])/.exec(rest);
  if (number) return [{ kind: 'number', text: number[0] }, number[0].length];
  const cast = /^::\s*/.exec(rest);
  if (cast) return readCast(rest, cast[0].length, refuse);
  const word = /^[A-Za-z_][A-Za-z0-9_$]*/.exec(rest);
  if (word) return readWord(word[0], rest, columns, refuse);
  if (rest[0] === '(') return [{ kind: 'open', text: '(' }, 1];
  if (rest[0] === ')') return [{ kind: 'close', text: ')' }, 1];
  if (/^[,[\]]/.test(rest)) return [{ kind: 'other', text: rest[0]! }, 1];
  const operator = OPERATOR.exec(rest);
  if (operator) return [{ kind: 'operator', text: operator[0] }, operator[0].length];
  return refuse('not allowed');
}

function readCast(rest: string, offset: number, refuse: (why: string) => never): [Token, number] {
  const type = TYPE.exec(rest.slice(offset));
  if (!type) return refuse('a cast to a type that is not allowed');
  return [{ kind: 'cast', text: `::${type[1]}${type[2]}` }, offset + type[0].length];
}

function readWord(
  word: string,
  rest: string,
  columns: ReadonlySet<string>,
  refuse: (why: string) => never,
): [Token, number] {
  const lower = word.toLowerCase();
  const called = /^\s*\(/.test(rest.slice(word.length));
  const beforeLiteral = /^\s*'/.test(rest.slice(word.length));
  if (called && PLAIN_FUNCTIONS.has(lower)) return [{ kind: 'function', text: lower }, word.length];
  if (called && FUNCTIONS.has(lower))
    return [{ kind: 'function', text: `pg_catalog.${quoteIdentifier(lower)}` }, word.length];
  if (beforeLiteral && TYPED_LITERALS.has(lower)) return [{ kind: 'type', text: lower }, word.length];
  if (columns.has(lower) && !KEYWORDS.has(lower)) return [{ kind: 'column', text: lower }, word.length];
  if (KEYWORDS.has(lower)) return [{ kind: 'keyword', text: lower.toUpperCase() }, word.length];
  return refuse(called ? 'a function that is not allowed' : 'neither a column of the table nor an allowed word');
}

/** PostgreSQL would read a column next to `(` or a constant as a function or a type. */
function checkShape(table: TableName, tokens: readonly Token[]): void {
  let depth = 0;
  if (tokens.length === 0) throw badPredicate(table, 'it is empty');
  for (const [i, token] of tokens.entries()) {
    const next = tokens[i + 1];
    if (token.kind === 'column' && next && ['open', 'literal', 'column', 'number'].includes(next.kind))
      throw badPredicate(table, `an operator is missing after word ${i + 1}`);
    if (token.kind === 'open') depth++;
    if (token.kind === 'close') depth--;
    if (depth < 0 || depth > MAX_DEPTH) throw badPredicate(table, 'its parentheses do not match');
  }
  if (depth !== 0) throw badPredicate(table, 'its parentheses do not match');
}

/**
 * The rows with these keys. Each key is the text values of `keyColumns` in order, or of those without `tenantColumn`.
 * InputError `bad-key`.
 */
export function parseKeys(
  schema: TableSchema,
  keyColumns: readonly string[],
  tenantColumn: string | null,
  keys: readonly (readonly string[])[],
  types: readonly TypeSchema[],
): RowCondition {
  const short = keyColumns.filter(column => column !== tenantColumn);
  const columnOf = (name: string) => schema.columns.find(candidate => candidate.name === name)!;
  // Types of the application are compared by their text (difference-sql.ts).
  const isText = (name: string) => plainType(columnOf(name), types) === 'text';
  const typed = (name: string, value: string) =>
    `${quoteLiteral(value)}::${isText(name) ? 'text' : valueType(columnOf(name))}`;
  const columnsFor = (key: readonly string[]) => {
    if (key.length === keyColumns.length) return keyColumns;
    if (key.length === short.length) return short;
    throw new InputError('bad-key', `A key of ${schema.table} has ${key.length} values, not ${short.length}.`, {
      hint: `Give the values of ${short.join(', ')}, in that order.`,
      details: { table: schema.table, columns: short },
    });
  };
  const groups = new Map<readonly string[], string[][]>();
  for (const key of keys) {
    const columns = columnsFor(key);
    groups.set(columns, [...(groups.get(columns) ?? []), [...key]]);
  }
  return alias =>
    `(${[...groups]
      .map(([columns, list]) => {
        const own = columns.map(column => columnReference(column, alias));
        const tuples = list.map(key => key.map((value, i) => typed(columns[i]!, value)));
        // An IN list finds many keys at once; only an operator of an extension must be written out.
        if (columns.every(name => columnOf(name).equality === undefined))
          return `(${own.join(', ')}) IN (${tuples.map(tuple => `(${tuple.join(', ')})`).join(', ')})`;
        const same = (tuple: readonly string[]) =>
          tuple.map((value, i) => equalValues(columnOf(columns[i]!), own[i]!, value)).join(' AND ');
        return tuples.map(tuple => `(${same(tuple)})`).join(' OR ');
      })
      .join(' OR ')})`;
}

/** Runs a condition on no rows, in a READ ONLY transaction. InputError `bad-predicate` if the database refuses it. */
export async function tryCondition(
  connection: Connection,
  schema: TableSchema,
  condition: RowCondition,
  code: 'bad-predicate' | 'bad-key',
  types: readonly TypeSchema[],
): Promise<void> {
  const columns = schema.columns.map(
    column => `${comparableColumn(column, types, 'r')} AS ${quoteIdentifier(column.name)}`,
  );
  await connection.query('BEGIN READ ONLY');
  try {
    await connection.query(
      `SELECT 1 FROM (SELECT ${columns.join(', ')} FROM ${fromTable(schema)} AS r WHERE false) AS s WHERE ${condition('s')} AND false LIMIT 0`,
    );
  } catch (error) {
    const state = (error as { code?: string }).code ?? 'unknown';
    if (code === 'bad-key') throw badKey(schema.table, state);
    throw badPredicate(schema.table, `the database refuses it (SQLSTATE ${state})`);
  } finally {
    await connection.query('ROLLBACK');
  }
}

export function badPredicate(table: TableName, why: string): HoldfastError {
  return new InputError('bad-predicate', `The row predicate for ${table} cannot be used: ${why}.`, {
    hint: "Write a boolean expression over the columns of that table, for example: status = 'open' AND total > 100. No subqueries, comments or semicolons; functions such as lower, length, coalesce, date_trunc.",
    details: { table },
  });
}

export function badKey(table: TableName, state: string): HoldfastError {
  return new InputError('bad-key', `A key for ${table} does not match its key columns (SQLSTATE ${state}).`, {
    hint: "Give the values in PostgreSQL's text form, in the order of the key columns.",
    details: { table },
  });
}

/** The names that a predicate can use: all columns of the live table. */
export function filterColumns(schema: TableSchema): string[] {
  return schema.columns.map((column: ColumnSchema) => column.name);
}

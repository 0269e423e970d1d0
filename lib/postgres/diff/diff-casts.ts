/**
 * Functions in the staging schema that convert one value, or return NULL if that fails. Types are only in their
 * signatures, never in their text. Invariant: none calls a cast, a check or a function of the application: base types
 * convert as in an assignment (so that nothing is truncated silently), and values of the application's types are parsed
 * by their input functions, except if that runs a domain's CHECK: these stay text until the restore is applied.
 */
import type { Connection } from '../connection.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';
import { isByText } from './comparable-value.ts';
import type { DiffTable, MatchedColumn } from './diff-shape.ts';

interface Place {
  readonly connection: Connection;
  readonly schema: string;
}

/** c: to the comparable form; b: back from it; i: from text into the live type. */
export function castName(
  diff: Pick<Place, 'schema'>,
  table: DiffTable,
  match: MatchedColumn,
  kind: 'c' | 'b' | 'i',
): string {
  return `${quoteIdentifier(diff.schema)}.${kind}${table.index}_${match.live.number}`;
}

/** True if parsing a value into the live type would run CHECK constraints: the diff keeps its text. */
export function isHeld(match: MatchedColumn): boolean {
  return isByText(match) && match.checked;
}

/** A table with the target types of values, with length and precision: one column for each function. */
const shapeName = (diff: Pick<Place, 'schema'>, table: DiffTable) => `${quoteIdentifier(diff.schema)}.s${table.index}`;

/** Creates the functions for the table's difference, replacing those from before a type change. */
export async function createCasts(diff: Place, table: DiffTable): Promise<void> {
  const shape: string[] = [];
  const gone: string[] = [];
  const functions: string[] = [];
  const create = (match: MatchedColumn, kind: 'c' | 'b' | 'i', from: string, to: string, value: string) => {
    const field = `${kind}${match.live.number}`;
    const body = `DECLARE r ${shapeName(diff, table)}.${field}%TYPE; BEGIN r := ${value}; RETURN r; EXCEPTION WHEN OTHERS THEN RETURN NULL; END`;
    const name = castName(diff, table, match, kind);
    gone.push(`DROP FUNCTION IF EXISTS ${name}`);
    functions.push(`CREATE FUNCTION ${name}(v ${from}) RETURNS ${to} LANGUAGE plpgsql STABLE AS ${quoteLiteral(body)}`);
  };
  for (const match of table.matched.filter(({ cast }) => cast)) {
    const { stagedType: then } = match.staged;
    shape.push(`c${match.live.number} ${match.comparable}`, `b${match.live.number} ${then}`);
    create(match, 'c', then, match.comparable, 'v');
    create(match, 'b', match.comparable, then, 'v');
  }
  for (const match of table.matched.filter(isByText)) {
    shape.push(`i${match.live.number} ${match.typed}`);
    if (!isHeld(match)) create(match, 'i', 'text', match.typed, readSql(diff, table, match, 'v'));
  }
  if (shape.length === 0) return;
  gone.push(`DROP TABLE IF EXISTS ${shapeName(diff, table)}`);
  const made = `CREATE UNLOGGED TABLE ${shapeName(diff, table)} (${shape.join(', ')})`;
  await diff.connection.query([...gone, made, ...functions].join(';\n'));
}

/** SQL of a diff row's target value for the live column: parsed into its type if it was kept as text. */
export function writtenValue(diff: Pick<Place, 'schema'>, table: DiffTable, number: number, alias: string): string {
  const match = table.matched.find(candidate => candidate.live.number === number);
  const value = `${alias}.n${number}`;
  return match && isHeld(match) ? readSql(diff, table, match, value) : value;
}

/**
 * Through a record, with fields parsed by their types' input functions: a cast could be defined by the application.
 */
function readSql(diff: Pick<Place, 'schema'>, table: DiffTable, match: MatchedColumn, value: string): string {
  const field = `i${match.live.number}`;
  return `(pg_catalog.jsonb_populate_record(NULL::${shapeName(diff, table)}, pg_catalog.jsonb_build_object(${quoteLiteral(field)}, ${value}))).${field}`;
}

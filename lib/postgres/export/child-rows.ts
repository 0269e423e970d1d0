/**
 * The rows of a via table below given parents, whosever they are: those that may have changed hands with a parent. The
 * values are compared as each reference compares, under its own operator and collation.
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { childAt, type PathStep, pathOf } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { readTexts, refersTo, textOf } from '../equality.ts';
import { asSourceError } from '../source-error.ts';
import { columnReference, fromTable } from '../sql.ts';
import type { TableShape } from './chunk-query.ts';

/** A via table and one step of its path, counted from the child. */
export interface ChildPath {
  readonly shape: TableShape;
  readonly depth: number;
  /** The tables of the path. */
  readonly schemas: ReadonlyMap<TableName, TableSchema>;
}

/**
 * The chunk keys, as text, of the rows that reach a parent with one of these values through the step; `all` where there
 * are more than `limit`, or where rows are not identified. `values`: of the referenced columns, as the database prints
 * them. Throws SourceError.
 */
export async function keysOfChildren(
  connection: Connection,
  { shape, depth, schemas }: ChildPath,
  values: readonly (readonly string[])[],
  limit: number,
): Promise<string[][] | 'all'> {
  const step = pathOf(shape.owned)[depth];
  const parent = step && schemas.get(step.references);
  const columns = step?.referencedColumns.map(name => parent?.columns.find(column => column.name === name));
  if (!step || !columns || columns.includes(undefined) || shape.key.length === 0) return 'all';
  const asked = columns.map((column, i) => readTexts(column!, `$${i + 1}`));
  const names = asked.map((_, i) => `v${i}`).join(', ');
  const above = pathOf(shape.owned)
    .slice(0, depth)
    .map((each, level) => join(schemas, childAt(shape.owned, level), each, level));
  if (above.includes(undefined)) return 'all';
  const child = schemas.get(childAt(shape.owned, depth));
  const is = refersTo(
    child,
    parent,
    step,
    i => columnReference(step.columns[i]!, aliasAt(depth)),
    i => asked[i]!.value(`v.v${i}`),
  );
  const keys = shape.key.map((name, i) => `${textOf(columnReference(name, 'a_0'))} AS k${i}`).join(', ');
  try {
    const { rows } = await connection.query(
      `SELECT ${keys} FROM ${fromTable(shape.schema)} AS a_0 ${above.join(' ')}
       WHERE EXISTS (SELECT 1 FROM unnest(${asked.map(({ array }) => array).join(', ')}) AS v (${names}) WHERE ${is})
       LIMIT ${limit + 1}`,
      columns.map((_, i) => values.map(value => value[i]!)),
    );
    return rows.length > limit ? 'all' : rows.map(row => shape.key.map((_, i) => row[`k${i}`] as string));
  } catch (error) {
    throw asSourceError(error, 'looking for rows that changed hands');
  }
}

const aliasAt = (level: number) => `a_${level}`;

function join(schemas: ChildPath['schemas'], child: TableName, step: PathStep, level: number): string | undefined {
  const parent = schemas.get(step.references);
  if (parent === undefined) return undefined;
  const on = refersTo(
    schemas.get(child),
    parent,
    step,
    i => columnReference(step.columns[i]!, aliasAt(level)),
    i => columnReference(step.referencedColumns[i]!, aliasAt(level + 1)),
  );
  return `JOIN ${fromTable(parent)} AS ${aliasAt(level + 1)} ON ${on}`;
}

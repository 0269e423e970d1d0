/**
 * A shape's columns as the staged table has them, and how rows of the log are matched with those staged. Invariant: keys
 * are matched by their bytes; what the type holds equal (2 and 2.0) may be two rows, one of which goes where the other
 * comes.
 */
import type { RowShape } from '../../domain/net-batch.ts';
import type { Equality } from '../../domain/table-schema.ts';
import { sameBytes } from '../equality.ts';
import { routing, type StageTable } from './stage-table.ts';

export interface Binding {
  /** Physical names, in the shape's order. */
  readonly columns: readonly string[];
  /** Physical names of the identifying columns. */
  readonly key: readonly string[];
  readonly ident: string;
  /** Physical names of the columns that say whose row it is. */
  readonly routing: readonly string[];
  readonly types: readonly string[];
  readonly equalities: ReadonlyMap<string, Equality | undefined>;
}

export function bind(stage: StageTable, shape: RowShape): Binding {
  const columns = stage.physical(shape.columns);
  const key = shape.key.map(index => columns[index]!);
  const types = shape.columns.map(name => stage.column(name)!.stagedType);
  const equalities = new Map(stage.columns.map(column => [column.physical, column.equality]));
  return { columns, key, ident: key.join(), routing: routing(stage), types, equalities };
}

/** SQL condition: two rows have one key. `pair`: what the column of the key is on either side. */
export function matchKey(binding: Binding, pair: (name: string, index: number) => [string, string]): string {
  return binding.key.map((name, index) => sameBytes(binding.equalities.get(name), ...pair(name, index))).join(' AND ');
}

/** The key as the rows that are pending have it. */
export function keyArray(binding: Binding, alias: string): string {
  return `ARRAY[${binding.key.map(name => `${alias}.${name}::text`).join(', ')}]`;
}

/** What says whose row it is, likewise. */
export function routingArray(binding: Binding, alias: string): string {
  return `ARRAY[${binding.routing.map(name => `${alias}.${name}::text`).join(', ')}]::text[]`;
}

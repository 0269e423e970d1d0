/**
 * References that no foreign key declares: found by name and type, and weighed with the caller's sample of the data.
 * They are offered as an answer, never used silently.
 */
import { GENERIC_COLUMN, namesTable, spelling, stemOf } from './name-match.ts';
import type { ColumnSchema, TableName, TableSchema } from './table-schema.ts';
import { comparableTypes } from './type-family.ts';

export interface UndeclaredReference {
  readonly table: TableName;
  readonly column: string;
  readonly notNull: boolean;
  readonly references: TableName;
  readonly referencedColumn: string;
  /** 2: the column's name is the table's; 1: the end of it; 0: only the data can show it. */
  readonly named: 0 | 1 | 2;
  /** Distinct sampled values, and how many of them exist; both 0 without a sample. */
  readonly sampled: number;
  readonly found: number;
}

/** Share of the sample below which only the name supports a reference. */
const CONTAINED = 0.95;

/** By name and type, for the given tables; not yet weighed. */
export function possibleReferences(tables: readonly TableSchema[], of: ReadonlySet<TableName>): UndeclaredReference[] {
  const parents = tables.filter(table => table.key.length === 1);
  return tables
    .filter(table => of.has(table.table))
    .flatMap(table => table.columns.flatMap(column => ofColumn(table, column, parents)));
}

/** References to ask about: with a matching name, or supported by the data. The most convincing first. */
export function convincing(references: readonly UndeclaredReference[]): UndeclaredReference[] {
  const contained = (reference: UndeclaredReference, atLeast: number) =>
    reference.sampled >= atLeast && reference.found >= reference.sampled * CONTAINED;
  const good = references.filter(reference => {
    if (reference.named === 2) return true;
    return contained(reference, reference.named === 1 ? 1 : 3);
  });
  const weight = (reference: UndeclaredReference) =>
    (reference.notNull ? 8 : 0) + (contained(reference, 1) ? 4 : 0) + reference.named;
  return good.sort((a, b) => weight(b) - weight(a));
}

/** The two columns of a polymorphic reference: `record_type`, `record_id`; Django's `content_type_id`, `object_id`. */
export function polymorphicPair(table: TableSchema): { type: string; id: string } | undefined {
  const keyed = new Set(table.foreignKeys.filter(key => key.columns.length === 1).map(key => key.columns[0]!));
  for (const { name } of table.columns) {
    if (keyed.has(name)) continue;
    const stem = /^(.*?)_?(id|pk|uuid|key)$/i.exec(name)?.[1];
    if (stem === undefined || stem === '') continue;
    const wanted = [`${spelling(stem)}type`, ...(spelling(stem) === 'object' ? ['contenttypeid', 'contenttype'] : [])];
    const type = table.columns.find(column => wanted.includes(spelling(column.name)));
    if (type) return { type: type.name, id: name };
  }
  return undefined;
}

function ofColumn(table: TableSchema, column: ColumnSchema, parents: readonly TableSchema[]): UndeclaredReference[] {
  const declared = table.foreignKeys.some(key => key.columns.includes(column.name));
  if (declared || column.generated !== '' || GENERIC_COLUMN.test(column.name)) return [];
  if (polymorphicPair(table)?.id === column.name) return [];
  const stem = stemOf(column.name);
  const fitting = parents.filter(parent => {
    const type = parent.columns.find(candidate => candidate.name === parent.key[0])?.type ?? '';
    return parent.table !== table.table && comparableTypes(column.type, type);
  });
  const named = fitting.map(parent => ({ parent, named: stem === undefined ? 0 : namesTable(stem, parent.table) }));
  const best = Math.max(0, ...named.map(item => item.named));
  // Numbers also exist elsewhere and prove nothing; data alone is proof only if ids are globally unique.
  if (best === 0 && column.type !== 'uuid') return [];
  return named
    .filter(item => item.named === best)
    .map(({ parent, named }) => ({
      ...{ table: table.table, column: column.name, notNull: column.notNull },
      ...{ references: parent.table, referencedColumn: parent.key[0]!, named: named as 0 | 1 | 2 },
      ...{ sampled: 0, found: 0 },
    }));
}

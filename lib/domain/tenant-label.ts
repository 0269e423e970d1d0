/**
 * The column that gives tenants names (`label: public.accounts.name` in the tenant model), so that people need not know
 * ids. A label is the tenant's data: it is read when it is shown, and stored nowhere.
 */
import type { TableName, TableSchema } from './table-schema.ts';

export interface LabelColumn {
  readonly table: TableName;
  readonly column: string;
}

/** Undefined where the text is not `schema.table.column`. */
export function parseLabel(text: string): LabelColumn | undefined {
  const part = '("(?:[^"]|"")+"|[^."]+)';
  const match = new RegExp(`^(${part}\\.${part})\\.${part}$`).exec(text);
  if (!match) return undefined;
  const column = match[4]!;
  return { table: match[1]!, column: column.startsWith('"') ? column.slice(1, -1).replaceAll('""', '"') : column };
}

export function formatLabel({ table, column }: LabelColumn): string {
  return `${table}.${/^[a-z_][a-z0-9_]*$/.test(column) ? column : `"${column.replaceAll('"', '""')}"`}`;
}

const NAMES = [
  /^(?:display_?|full_?|company_?|organi[sz]ation_?)?name$/,
  /^(?:company|organi[sz]ation)$/,
  /^title$/,
  /^slug$/,
];
const TEXTS = /^(?:text|character varying|(?:[a-z_]+\.)?citext)(?:\(\d+\))?$/;

/** The column of a tenants' table that looks like their name. */
export function likelyLabel({ table, columns }: Pick<TableSchema, 'table' | 'columns'>): LabelColumn | undefined {
  const texts = columns.filter(({ type }) => TEXTS.test(type));
  const snake = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  for (const pattern of NAMES) {
    const found = texts.find(({ name }) => pattern.test(snake(name)));
    if (found) return { table, column: found.name };
  }
  return undefined;
}

/**
 * How far a tenant model is proved by the database's own declarations, and what in it is assumed. Pure. A score is no
 * judgement of the schema: it tells a reviewer where to look. Entries with a question count as open, whatever they say.
 */
import { isNullable } from './binding-keys.ts';
import type { TableName, TableSchema } from './table-schema.ts';
import {
  declares,
  isOwned,
  type ModelTable,
  type OwnedTable,
  routingColumns,
  type TenantModel,
} from './tenant-model.ts';

export interface ModelAssumption {
  readonly table: TableName;
  /** A sentence. */
  readonly assumed: string;
}

export interface ModelQuality {
  /** 0 to 100: tables that are proved count as whole, those with an assumption as half, open ones not at all. */
  readonly score: number;
  /** Tables. */
  readonly proved: number;
  readonly assumed: number;
  readonly open: number;
  readonly assumptions: readonly ModelAssumption[];
}

export function modelQuality({ tables }: TenantModel, schemas: readonly TableSchema[]): ModelQuality {
  const known = new Map(schemas.map(schema => [schema.table, schema]));
  const root = tables.find(table => table.kind === 'root');
  const judged = tables.filter(table => table.kind !== 'excluded');
  const isOpen = ({ kind, question }: ModelTable) => kind === 'undecided' || question !== undefined;
  const open = judged.filter(isOpen).length;
  const assumptions = judged
    .filter(table => !isOpen(table))
    .flatMap(table => {
      const assumed = assumptionOf(table, known.get(table.table), root?.table);
      return assumed === undefined ? [] : [{ table: table.table, assumed }];
    });
  const proved = judged.length - open - assumptions.length;
  const score = judged.length === 0 ? 0 : Math.round((100 * (proved + assumptions.length / 2)) / judged.length);
  return { score, proved, assumed: assumptions.length, open, assumptions };
}

function assumptionOf(
  table: ModelTable,
  schema: TableSchema | undefined,
  root: TableName | undefined,
): string | undefined {
  if (schema === undefined) return 'The table does not exist in the database.';
  if (!isOwned(table)) return table.kind === 'shared' && isGuess(table) ? SHARED : undefined;
  if (table.kind === 'root') return undefined;
  return looseEnd(table, schema) ?? undeclared(table, schema, root);
}

const SHARED = 'Nothing leads from it to a tenant: assumed to be reference data of all.';

/** Not the answer of a person, and not a framework's. */
function isGuess({ why = '' }: ModelTable): boolean {
  return why.startsWith('No tenant column');
}

function looseEnd(table: OwnedTable, schema: TableSchema): string | undefined {
  const columns = routingColumns(table);
  if (!isNullable(schema, columns)) return undefined;
  return `${columns.join(', ')} can be NULL: such rows are assumed to belong to no tenant.`;
}

function undeclared(table: OwnedTable, schema: TableSchema, root: TableName | undefined): string | undefined {
  if (table.kind === 'via') {
    const [step] = table.path;
    return declares(schema, step!)
      ? undefined
      : `${step!.columns.join(', ')} is assumed to refer to ${step!.references}: no foreign key declares it.`;
  }
  if (table.kind !== 'direct' || root === undefined) return undefined;
  const leads = schema.foreignKeys.some(key => key.columns.includes(table.column));
  return leads ? undefined : `${table.column} is assumed to hold the tenant by its name: no foreign key declares it.`;
}

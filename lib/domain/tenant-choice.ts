/**
 * Finds the tenant table and the tenant column: the table that most tables' same-named column references. Where two
 * stand out equally, or none does, a person must say; a wrong guess here would spoil everything after it.
 */
import { InputError } from './errors.ts';
import type { TableName, TableSchema } from './table-schema.ts';
import { comparableTypes } from './type-family.ts';

/** What the person said, if anything. */
export interface TenantHints {
  readonly tenantTable?: TableName;
  readonly tenantColumn?: string;
}

export interface TenantChoice {
  /** Undefined where tables have a tenant column, but no table lists the tenants. */
  readonly root?: { readonly table: TableName; readonly column: string };
  /** The tenant column's name in most direct tables. */
  readonly column: string;
  readonly type?: string;
  readonly why: string;
  readonly question?: string;
}

interface Candidate {
  table: TableName;
  referencedColumn: string;
  column: string;
  /** Tables whose column of that name references it. */
  referencing: number;
  /** Further tables that have a column of that name and kind, without a foreign key. */
  likeNamed: number;
}

const TENANT_WORD =
  /(tenant|organi[sz]ation|org|account|workspace|company|companies|customer|client|shop|store|site|practice|school)/i;

/** Names that say nothing about what they identify: having such a column means nothing without a foreign key. */
export const GENERIC_COLUMN = /^(id|uuid|guid|key|code|name|slug|pk)$/i;

/** InputError `no-such-table`, `no-such-column`, `tenant-table-unclear`, `no-tenant-key`, `no-tenant-table`. */
export function chooseTenant(tables: readonly TableSchema[], hints: TenantHints): TenantChoice {
  checkHints(tables, hints);
  const candidates = findCandidates(tables).filter(
    candidate =>
      (hints.tenantTable === undefined || candidate.table === hints.tenantTable) &&
      (hints.tenantColumn === undefined || candidate.column === hints.tenantColumn),
  );
  candidates.sort((a, b) => score(b) - score(a) || (a.table + a.column < b.table + b.column ? -1 : 1));
  const best = candidates[0];
  const bare = said(hints) ? undefined : mostCommonTenantColumn(tables, {});
  if (bare && bare.tables.length > (best ? score(best) : 0) && best?.column !== bare.column) {
    return withoutForeignKeys(tables, { tenantColumn: bare.column });
  }
  if (!best) return withoutForeignKeys(tables, hints);
  const rival = candidates.find(candidate => candidate.table !== best.table);
  if (rival && !said(hints) && score(rival) > score(best) * 0.8) throw unclear([best, rival]);
  const type = tables
    .find(table => table.table === best.table)
    ?.columns.find(column => column.name === best.referencedColumn)?.type;
  const further = best.likeNamed > 0 ? `, and ${best.likeNamed} more have that column` : '';
  return {
    root: { table: best.table, column: best.referencedColumn },
    column: best.column,
    ...(type === undefined ? {} : { type }),
    why: `${best.referencing} tables reference it by a column ${best.column}${further}.`,
  };
}

function findCandidates(tables: readonly TableSchema[]): Candidate[] {
  const found = new Map<string, Candidate & { tables: Set<TableName> }>();
  for (const table of tables) {
    for (const key of table.foreignKeys) {
      if (key.columns.length !== 1 || key.references === table.table) continue;
      const id = JSON.stringify([key.references, key.referencedColumns[0], key.columns[0]]);
      const candidate = found.get(id) ?? {
        table: key.references,
        referencedColumn: key.referencedColumns[0]!,
        column: key.columns[0]!,
        referencing: 0,
        likeNamed: 0,
        tables: new Set(),
      };
      candidate.tables.add(table.table);
      found.set(id, candidate);
    }
  }
  return [...found.values()].map(({ tables: referencing, ...candidate }) => {
    const type = tables
      .find(table => table.table === candidate.table)
      ?.columns.find(column => column.name === candidate.referencedColumn)?.type;
    const likeNamed = tables.filter(
      table =>
        !GENERIC_COLUMN.test(candidate.column) &&
        !referencing.has(table.table) &&
        table.table !== candidate.table &&
        table.columns.some(column => column.name === candidate.column && comparableTypes(column.type, type ?? '')),
    ).length;
    return { ...candidate, referencing: referencing.size, likeNamed };
  });
}

function score(candidate: Candidate): number {
  const named = TENANT_WORD.test(bareName(candidate.table)) || TENANT_WORD.test(candidate.column);
  return (candidate.referencing + candidate.likeNamed / 2) * (named ? 2 : 1);
}

/** No foreign key names the tenant table: the column that was named, or one that most tables have and that sounds like it. */
function withoutForeignKeys(tables: readonly TableSchema[], hints: TenantHints): TenantChoice {
  const { column, tables: having } = mostCommonTenantColumn(tables, hints) ?? { column: undefined, tables: [] };
  const type = having[0]?.columns.find(candidate => candidate.name === column)?.type;
  const root = rootByName(tables, hints, column, type);
  if (hints.tenantTable !== undefined && !root) throw noTenantKey(hints.tenantTable);
  if (column === undefined && !root) throw noTenantTable();
  const unsure = root !== undefined && hints.tenantTable === undefined;
  return {
    ...(root ? { root } : {}),
    column: column ?? root!.column,
    ...(type === undefined ? {} : { type }),
    why:
      column === undefined
        ? 'Named as the tenant table; no foreign key references it.'
        : `${having.length} tables have a column ${column}; no foreign key says what it references.`,
    ...(unsure ? { question: `No foreign key says so: is ${root.table} the tenant table?` } : {}),
  };
}

function said(hints: TenantHints): boolean {
  return hints.tenantTable !== undefined || hints.tenantColumn !== undefined;
}

function mostCommonTenantColumn(
  tables: readonly TableSchema[],
  hints: TenantHints,
): { column: string; tables: TableSchema[] } | undefined {
  const counts = new Map<string, TableSchema[]>();
  for (const table of tables) {
    for (const { name } of table.columns) {
      const wanted =
        hints.tenantColumn === undefined
          ? TENANT_WORD.test(name) && /id$|key$|slug$/i.test(name)
          : name === hints.tenantColumn;
      if (wanted) counts.set(name, [...(counts.get(name) ?? []), table]);
    }
  }
  const [first] = [...counts].sort((a, b) => b[1].length - a[1].length);
  return first && { column: first[0], tables: first[1] };
}

function rootByName(
  tables: readonly TableSchema[],
  hints: TenantHints,
  column: string | undefined,
  type: string | undefined,
): { table: TableName; column: string } | undefined {
  const stem = column?.toLowerCase().replace(/_?(id|key|slug)$/i, '');
  const root = tables.find(table =>
    hints.tenantTable === undefined
      ? stem !== undefined && [stem, `${stem}s`, `${stem}es`].includes(bareName(table.table).toLowerCase())
      : table.table === hints.tenantTable,
  );
  const key = root?.key.length === 1 ? root.key[0]! : undefined;
  if (!root || key === undefined) return undefined;
  const fits = type === undefined || comparableTypes(root.columns.find(item => item.name === key)?.type ?? '', type);
  return fits ? { table: root.table, column: key } : undefined;
}

function checkHints(tables: readonly TableSchema[], hints: TenantHints): void {
  if (hints.tenantTable !== undefined && !tables.some(table => table.table === hints.tenantTable)) {
    throw new InputError('no-such-table', `There is no table ${hints.tenantTable}.`, {
      hint: 'Name the tenant table with its schema, quoted as in SQL: public.tenants, "My Schema"."Tenant".',
    });
  }
  const has = (table: TableSchema) => table.columns.some(column => column.name === hints.tenantColumn);
  if (hints.tenantColumn !== undefined && !tables.some(has)) {
    throw new InputError('no-such-column', `No table has a column ${hints.tenantColumn}.`, {
      hint: 'Name the tenant column as the tables have it, without quotes.',
    });
  }
}

function unclear(candidates: readonly Candidate[]): InputError {
  const list = candidates
    .map(candidate => `${candidate.table} (${candidate.referencing} tables by ${candidate.column})`)
    .join(', ');
  return new InputError('tenant-table-unclear', `More than one table could be the tenant table: ${list}.`, {
    hint: 'Say which one: --tenant-table public.tenants, or --tenant-column tenant_id.',
    details: { candidates: candidates.map(candidate => candidate.table) },
  });
}

function noTenantKey(table: TableName): InputError {
  return new InputError('no-tenant-key', `${table} has no key of one column that fits the tenant column.`, {
    hint: 'Name the tenant column too (--tenant-column), or give the table a primary key of one column of the same type.',
    details: { table },
  });
}

function noTenantTable(): InputError {
  return new InputError('no-tenant-table', 'No table and no column looks like the tenant.', {
    hint: 'Say it: --tenant-table public.tenants, or --tenant-column tenant_id.',
  });
}

function bareName(table: TableName): string {
  return table.replace(/^("(?:[^"]|"")+"|[^".]+)\./, '').replaceAll('"', '');
}

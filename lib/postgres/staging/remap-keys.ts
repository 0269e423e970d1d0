/**
 * A tenant's staged rows as another tenant's: the tenant id replaced, surrogate keys (identity, serial, uuid) given new
 * values, foreign keys following. Works on the staging tables only; drawing from the live sequences is the one trace it
 * leaves. Values that refer to keys without a foreign key (inside json, by convention) cannot follow.
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { OwnedTable } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { isTenant, unlimitedType, valueType } from '../equality.ts';
import { columnList, quoteIdentifier, quoteLiteral } from '../sql.ts';
import type { StagedTable } from './staging.ts';

export interface RemapInput {
  readonly connection: Connection;
  /** Unquoted name of the staging schema. */
  readonly schema: string;
  readonly tables: readonly StagedTable[];
  readonly live: ReadonlyMap<TableName, TableSchema>;
  readonly from: string;
  readonly to: string;
  /** Table → column → template of its values: `{}` is the old one, `{tenant}` the new tenant's id. */
  readonly templates: ReadonlyMap<TableName, ReadonlyMap<string, string>>;
}

/** Where a column's new values come from: a mapping table, or the tenant's id. */
type Source = { readonly kind: 'mapping'; readonly name: string } | { readonly kind: 'tenant' };

/** Rewrites the staging tables. Returns the remapped columns as `table.column`. */
export async function remapKeys(input: RemapInput): Promise<string[]> {
  const mappings = new Map<string, Source>();
  const remapped: string[] = [];
  for (const [i, table] of input.tables.entries()) {
    for (const column of surrogateKeys(input, table)) {
      const name = `${quoteIdentifier(input.schema)}.r${i}_${column.number}`;
      await input.connection.query(
        `CREATE UNLOGGED TABLE ${name} AS SELECT old, ${column.next}::${unlimitedType(column.type)} AS new
           FROM (SELECT DISTINCT ${quoteIdentifier(column.name)} AS old FROM ${table.staged} ORDER BY 1) q`,
      );
      await input.connection.query(`CREATE INDEX ON ${name} (old)`);
      await input.connection.query(`ANALYZE ${name}`);
      mappings.set(`${table.table} ${column.name}`, { kind: 'mapping', name });
      remapped.push(`${table.table}.${column.name}`);
    }
  }
  for (const [i, table] of input.tables.entries()) await rewrite(input, table, i, mappings);
  return remapped;
}

function surrogateKeys(
  input: RemapInput,
  table: StagedTable,
): { name: string; number: number; type: string; next: string }[] {
  const live = input.live.get(table.table);
  const referring = new Set(table.schema.foreignKeys.flatMap(key => key.columns));
  return table.schema.key.flatMap(name => {
    const column = live?.columns.find(candidate => candidate.name === name);
    if (!column || name === tenantColumn(table.owned) || referring.has(name)) return [];
    const next =
      column.sequence !== null
        ? `nextval(${quoteLiteral(column.sequence)}::regclass)`
        : column.type === 'uuid'
          ? 'gen_random_uuid()'
          : undefined;
    return next ? [{ name, number: column.number, type: valueType(column), next }] : [];
  });
}

const tenantColumn = (table: OwnedTable) => (table.kind === 'via' ? undefined : table.column);

/** Follows a column through foreign keys to what decides its new value. */
function sourceOf(
  input: RemapInput,
  mappings: ReadonlyMap<string, Source>,
  table: StagedTable,
  column: string,
  seen: ReadonlySet<string> = new Set(),
): Source | undefined {
  const here = `${table.table} ${column}`;
  if (column === tenantColumn(table.owned)) return { kind: 'tenant' };
  const own = mappings.get(here);
  if (own || seen.has(here)) return own;
  for (const key of table.schema.foreignKeys) {
    const at = key.columns.indexOf(column);
    const parent = at < 0 ? undefined : input.tables.find(candidate => candidate.table === key.references);
    const found = parent && sourceOf(input, mappings, parent, key.referencedColumns[at]!, new Set([...seen, here]));
    if (found) return found;
  }
  return undefined;
}

/** SQL of a template with the old value and the new tenant in it; NULL stays NULL. */
function fillSql(input: RemapInput, template: string, own: string): string {
  const parts = template.split(/(\{\}|\{tenant\})/).filter(part => part !== '');
  const sql = parts.map(part => (part === '{}' ? `${own}::text` : quoteLiteral(part === '{tenant}' ? input.to : part)));
  return `(CASE WHEN ${own} IS NOT NULL THEN ${sql.join(' || ')} END)`;
}

async function rewrite(
  input: RemapInput,
  table: StagedTable,
  index: number,
  mappings: ReadonlyMap<string, Source>,
): Promise<void> {
  const joins: string[] = [];
  const values = table.columns.map(column => {
    const own = `s.${quoteIdentifier(column.name)}`;
    const source = sourceOf(input, mappings, table, column.name);
    const name = quoteIdentifier(column.name);
    const template = input.templates.get(table.table)?.get(column.name);
    if (template !== undefined) return `${fillSql(input, template, own)}::${column.stagedType} AS ${name}`;
    if (!source) return own;
    if (source.kind === 'tenant')
      return `CASE WHEN ${isTenant({ type: column.stagedType, equality: column.equality }, own, quoteLiteral(input.from))} THEN ${quoteLiteral(input.to)}::${unlimitedType(column.stagedType)}::${column.stagedType} ELSE ${own} END AS ${name}`;
    const alias = `m${joins.length}`;
    joins.push(`LEFT JOIN ${source.name} ${alias} ON ${alias}.old = ${own}`);
    return `coalesce(${alias}.new::${column.stagedType}, ${own}) AS ${name}`;
  });
  const made = `${quoteIdentifier(input.schema)}.w${index}`;
  const bare = table.staged.slice(table.staged.lastIndexOf('.') + 1);
  await input.connection.query(
    `CREATE UNLOGGED TABLE ${made} AS SELECT ${values.join(', ')} FROM ${table.staged} s ${joins.join(' ')}`,
  );
  await input.connection.query(`DROP TABLE ${table.staged}`);
  await input.connection.query(`ALTER TABLE ${made} RENAME TO ${bare}`);
  if (table.key.length > 0)
    await input.connection.query(`CREATE UNIQUE INDEX ON ${table.staged} (${columnList(table.key)})`);
  await input.connection.query(`ANALYZE ${table.staged}`);
}

/**
 * How names and values get into SQL text, and the one predicate that says which rows are a tenant's. Invariant: no name
 * and no value reaches a statement but through these functions, so that odd names work and nothing can be injected.
 */
import { InputError } from '../domain/errors.ts';
import type { ColumnSchema, TableName, TableSchema } from '../domain/table-schema.ts';
import { childAt, type OwnedTable, type TenantModel } from '../domain/tenant-model.ts';
import { isTenant, refersTo } from './equality.ts';

/** Always quoted: a keyword or an upper-case name needs no special thought. InputError `bad-name` for a NUL. */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0'))
    throw new InputError('bad-name', 'A name contains a NUL character.', { hint: 'Correct the name.' });
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string constant, whatever standard_conforming_strings says. InputError `bad-value` for a NUL, which text cannot hold. */
export function quoteLiteral(text: string): string {
  if (text.includes('\0'))
    throw new InputError('bad-value', 'A value contains a NUL character.', { hint: 'Correct the value.' });
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** A string constant of a replication command, which knows no escapes: a quote is doubled, a backslash is itself. */
export function quoteReplicationText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `"a", "b"`, or `t."a", t."b"` with an alias. */
export function columnList(columns: readonly string[], alias?: string): string {
  return columns.map(column => columnReference(column, alias)).join(', ');
}

export function columnReference(column: string, alias?: string): string {
  return alias === undefined ? quoteIdentifier(column) : `${alias}.${quoteIdentifier(column)}`;
}

/** The parts of a table name, without quotes. InputError `bad-table-name` where it is not `schema.table`. */
export function parseTableName(name: TableName): { schema: string; table: string } {
  const match = /^("(?:[^"]|"")+"|[^".]+)\.("(?:[^"]|"")+"|[^".]+)$/.exec(name);
  if (!match) {
    throw new InputError('bad-table-name', `Not a table name: ${name}`, {
      hint: 'Write schema.table, each part in double quotes where SQL needs them: public.orders, "My Schema"."Order".',
    });
  }
  const unquote = (part: string) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);
  return { schema: unquote(match[1]!), table: unquote(match[2]!) };
}

/** The name for a statement, both parts quoted. */
export function quoteTable(name: TableName): string {
  const { schema, table } = parseTableName(name);
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/**
 * What to write after FROM: `ONLY` for ordinary tables, because the rows of an inheritance child belong to the child
 * (a table of its own in the model) and must not be read twice; a partitioned table is read with its partitions.
 */
export function fromTable(schema: Pick<TableSchema, 'table' | 'kind'>): string {
  return schema.kind === 'p' ? quoteTable(schema.table) : `ONLY ${quoteTable(schema.table)}`;
}

/**
 * SQL condition: the row `alias` of the table is the tenant's. `tenant` is an SQL expression (a literal from
 * quoteLiteral or `$1`). Direct: one comparison that an index on the tenant column serves; via: nested EXISTS along the
 * path. InputError `model-mismatch` where the model names a table or column that `schemas` does not have.
 */
export function tenantPredicate(
  table: OwnedTable,
  schemas: ReadonlyMap<TableName, TableSchema>,
  alias: string,
  tenant: string,
  model: TenantModel,
): string {
  if (table.kind !== 'via') {
    return isTenant(tenantColumn(schemas, table.table, table.column), columnReference(table.column, alias), tenant);
  }
  return viaPredicate({ table, schemas, tenant, model }, 0, alias);
}

/** A path to walk: what stays the same at every step of it. */
interface Path {
  readonly table: Extract<OwnedTable, { kind: 'via' }>;
  readonly schemas: ReadonlyMap<TableName, TableSchema>;
  readonly tenant: string;
  readonly model: TenantModel;
}

function viaPredicate(path: Path, depth: number, alias: string): string {
  const { table, schemas, tenant, model } = path;
  const step = table.path[depth]!;
  const parent = `${alias}_${depth + 1}`;
  const join = refersTo(
    schemas.get(childAt(table, depth)),
    schemaOf(schemas, step.references),
    step,
    i => columnReference(step.columns[i]!, alias),
    i => columnReference(step.referencedColumns[i]!, parent),
  );
  const rest =
    depth + 1 < table.path.length
      ? viaPredicate(path, depth + 1, parent)
      : tenantPredicate(endOfPath(table, model), schemas, parent, tenant, model);
  return `EXISTS (SELECT 1 FROM ${fromTable(schemaOf(schemas, step.references))} AS ${parent} WHERE ${join} AND ${rest})`;
}

/** The root or direct table in which a via table's path ends. InputError `model-mismatch` where it is neither. */
function endOfPath(table: Extract<OwnedTable, { kind: 'via' }>, model: TenantModel): OwnedTable {
  const name = table.path.at(-1)!.references;
  const end = model.tables.find(candidate => candidate.table === name);
  if (end?.kind !== 'root' && end?.kind !== 'direct') {
    throw new InputError(
      'model-mismatch',
      `The path of ${table.table} ends at ${name}, which has no tenant column in the model.`,
      {
        hint: `Extend the path of ${table.table}, or make ${name} root or direct.`,
        details: { table: table.table, references: name },
      },
    );
  }
  return end;
}

/**
 * The columns by which a table is cut into chunks and ordered: its key without the tenant column, which is the same in
 * all rows of a tenant; the whole key where nothing else would be left. Empty for a table without a key.
 */
export function chunkKey(table: OwnedTable, schema: TableSchema): string[] {
  if (table.kind === 'via') return schema.key;
  const rest = schema.key.filter(column => column !== table.column);
  return rest.length > 0 ? rest : schema.key;
}

function schemaOf(schemas: ReadonlyMap<TableName, TableSchema>, table: TableName): TableSchema {
  const schema = schemas.get(table);
  if (schema) return schema;
  throw new InputError(
    'model-mismatch',
    `The tenant model names the table ${table}, which does not exist in the database.`,
    {
      hint: 'Run `holdfast doctor` and correct the tenant model.',
      details: { table },
    },
  );
}

function tenantColumn(schemas: ReadonlyMap<TableName, TableSchema>, table: TableName, column: string): ColumnSchema {
  const found = schemaOf(schemas, table).columns.find(candidate => candidate.name === column);
  if (found) return found;
  throw new InputError(
    'model-mismatch',
    `The tenant model names the column ${column} of ${table}, which does not exist in the database.`,
    {
      hint: 'Run `holdfast doctor` and correct the tenant model.',
      details: { table, column },
    },
  );
}

/**
 * The types that exported rows need, as an empty database can have them: definitions from the backup with what the live
 * database knows besides (types and labels made since). A column whose type cannot be made there, or no longer fits its
 * values, becomes text: no value is lost, and the script always loads. Domains are made without their constraints, which may
 * call the application's functions or be stricter today than for these rows.
 */
import type { Omission } from '../../domain/export-document.ts';
import type { ColumnSchema, DatabaseSchema, TableName, TypeSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';
import type { StagedColumn } from '../staging/staging.ts';
import { belowDomains } from '../staging/type-choice.ts';
import { asComment, withoutCollations } from './portable-sql.ts';

export interface UnloadedTypes {
  /** Dependencies first. */
  readonly types: readonly TypeSchema[];
  /** With the schemas that they have in the live database. */
  readonly extensions: readonly { readonly name: string; readonly schema: string | null }[];
}

/** What the script makes: types of the backup, then those that only the live database has. SourceError. */
export async function unloadedTypes(
  connection: Connection,
  backup: Pick<DatabaseSchema, 'types' | 'extensions'>,
  live: Pick<DatabaseSchema, 'types' | 'extensions'>,
): Promise<UnloadedTypes> {
  const now = new Map(live.types.map(type => [type.name, type]));
  const then = new Set(backup.types.map(type => type.name));
  const types = [
    ...backup.types.map(type => withNewLabels(type, now.get(type.name))),
    ...live.types.filter(type => !then.has(type.name)),
  ];
  const names = [...new Set([...backup.extensions, ...live.extensions])].sort();
  const { rows } = await connection.query(
    `SELECT x.extname::text AS name, n.nspname::text AS schema FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
      WHERE x.extname::text = ANY ($1::text[])`,
    [names],
  );
  const schemas = new Map(rows.map(row => [row.name as string, row.schema as string]));
  return { types, extensions: names.map(name => ({ name, schema: schemas.get(name) ?? null })) };
}

/** An enum also with the labels that it got since the snapshot: rows of the log may have them. */
function withNewLabels(type: TypeSchema, now: TypeSchema | undefined): TypeSchema {
  if (type.kind !== 'e' || type.labels === undefined || now?.labels === undefined) return type;
  const known = new Set(type.labelIds ?? []);
  const added = now.labels.filter((label, i) => !known.has(now.labelIds?.[i] ?? -1) && !type.labels!.includes(label));
  if (added.length === 0) return type;
  const labels = [...type.labels, ...added];
  return { ...type, labels, ddl: `CREATE TYPE ${type.name} AS ENUM (${labels.map(quoteLiteral).join(', ')})` };
}

/** The statement that makes the type; of a domain, its whole definition as a comment. */
export function typeStatement(type: TypeSchema): string {
  if (type.kind === 'd' && type.base !== undefined) {
    const plain = `CREATE DOMAIN ${type.name} AS ${type.base}`;
    return plain === type.ddl ? `${plain};\n` : `${asComment(type.ddl)}${plain};\n`;
  }
  return `${withoutCollations(type.ddl)};\n`;
}

/** Domains that the script makes without what restricts them. */
export function looseDomains(types: readonly TypeSchema[]): Omission[] {
  return types
    .filter(
      type => type.kind === 'd' && type.base !== undefined && type.ddl !== `CREATE DOMAIN ${type.name} AS ${type.base}`,
    )
    .map(({ name }) => ({
      table: null,
      what: `constraints, default and collation of the domain ${name}`,
      why: 'they may call functions of the application; the whole definition is a comment in schema.sql',
    }));
}

/** Names of objects and roles, which another database has not. */
const NAMES_OBJECTS = /^(reg[a-z]+|aclitem)$/;

/** Why the script gives the column the type text; undefined where it has its own. */
export function whyText(
  column: ColumnSchema,
  staged: StagedColumn | undefined,
  { types, extensions }: UnloadedTypes,
  tables: ReadonlySet<TableName>,
): string | undefined {
  const below = elementOf(belowDomains(column, types));
  if (NAMES_OBJECTS.test(below)) return 'its values name objects of the other database';
  if (staged?.relabel !== undefined) return 'labels of its type were renamed since';
  if (staged?.reshaped !== undefined) return 'its type has other attributes since';
  const wanted = elementOf(column.type);
  if (!wanted.includes('.')) return undefined;
  if (tables.has(wanted)) return 'its type is the row type of a table';
  const known = types.some(({ name, ddl }) => name === wanted || ddl.includes(`MULTIRANGE_TYPE_NAME = ${wanted}`));
  if (known || extensions.length > 0) return undefined;
  return 'its type is not in the backup';
}

const elementOf = (type: string) => type.replace(/(\[\])+$/, '');

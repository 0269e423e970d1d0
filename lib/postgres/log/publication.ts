/**
 * The publication: which tables the change log sees. Invariant: a table that is left out, filtered or cut to some
 * columns is found here, because logical decoding itself would say nothing and simply leave rows out.
 */
import { SourceError } from '../../domain/errors.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { parseTableName, quoteIdentifier, quoteTable } from '../sql.ts';

export interface PublicationState {
  readonly exists: boolean;
  /** publish_via_partition_root, insert, update, delete and truncate are all published, and no generated columns. */
  readonly complete: boolean;
  /** It publishes generated columns (since PostgreSQL 18): the log then tells other columns than those that are stored. */
  readonly generated: boolean;
  /** Wanted tables that it does not name. */
  readonly missing: TableName[];
  /** Wanted tables of which it hides rows or columns, or names generated columns. */
  readonly filtered: TableName[];
  /** FOR ALL TABLES or FOR TABLES IN SCHEMA: it takes in tables whose UPDATE and DELETE then fail for want of a key. */
  readonly tooWide: boolean;
}

/** Before PostgreSQL 18 the catalog has no such column. */
const GENERATED = `(coalesce(to_jsonb(p) ->> 'pubgencols', 'n') <> 'n')`;

export async function publicationState(
  connection: Connection,
  publication: string,
  wanted: readonly TableName[],
): Promise<PublicationState> {
  const { rows } = await connection.query(
    `SELECT pubviaroot AND pubinsert AND pubupdate AND pubdelete AND pubtruncate AND NOT ${GENERATED} AS complete,
            ${GENERATED} AS generated,
            current_setting('server_version_num')::int >= 180000 AND NOT ${GENERATED} AS lists,
            puballtables OR EXISTS (SELECT FROM pg_publication_namespace n WHERE n.pnpubid = p.oid) AS "tooWide"
     FROM pg_publication p WHERE pubname = $1`,
    [publication],
  );
  if (rows.length === 0) {
    return { exists: false, complete: false, generated: false, tooWide: false, missing: [...wanted], filtered: [] };
  }
  const { lists, ...about } = rows[0];
  if (wanted.length === 0) return { exists: true, ...about, missing: [], filtered: [] };
  const names = wanted.map(parseTableName);
  // Only where each table says so itself is it mended there; before PostgreSQL 18 the view lists what is not published.
  const published = await connection.query(
    `SELECT w.number, p.tablename IS NOT NULL AS named,
            p.rowfilter IS NOT NULL OR EXISTS (
              SELECT FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND CASE a.attgenerated WHEN '' THEN NOT a.attname = ANY (p.attnames)
                    ELSE $4 AND a.attname = ANY (p.attnames) END
            ) AS filtered
     FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS w(schema, name, number)
     LEFT JOIN pg_publication_tables p ON p.pubname = $1 AND p.schemaname = w.schema AND p.tablename = w.name
     LEFT JOIN pg_namespace n ON n.nspname = w.schema
     LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
     ORDER BY w.number`,
    [publication, names.map(name => name.schema), names.map(name => name.table), lists],
  );
  const pick = (test: (row: { named: boolean; filtered: boolean }) => boolean) =>
    published.rows.filter(test).map(row => wanted[Number(row.number) - 1]!);
  return {
    exists: true,
    ...about,
    missing: pick(row => !row.named),
    filtered: pick(row => row.named && row.filtered),
  };
}

/** Statements that make the publication fit, to be shown or run; none where it fits already. */
export function publicationSql(publication: string, wanted: readonly TableName[], state: PublicationState): string[] {
  const name = quoteIdentifier(publication);
  if (!state.exists || state.tooWide) {
    const tables = wanted.length > 0 ? ` FOR TABLE ${list(wanted)}` : '';
    const create = `CREATE PUBLICATION ${name}${tables} WITH (publish_via_partition_root = true)`;
    // In one transaction: no change is decoded in between.
    return [state.exists ? `BEGIN; DROP PUBLICATION ${name}; ${create}; COMMIT` : create];
  }
  const statements: string[] = [];
  if (!state.complete) {
    const stored = state.generated ? ', publish_generated_columns = none' : '';
    statements.push(
      `ALTER PUBLICATION ${name} SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = true${stored})`,
    );
  }
  if (state.filtered.length > 0) statements.push(`ALTER PUBLICATION ${name} DROP TABLE ${list(state.filtered)}`);
  const add = [...state.missing, ...state.filtered];
  if (add.length > 0) statements.push(addTablesSql(publication, add));
  return statements;
}

export function addTablesSql(publication: string, tables: readonly TableName[]): string {
  return `ALTER PUBLICATION ${quoteIdentifier(publication)} ADD TABLE ${list(tables)}`;
}

function list(tables: readonly TableName[]): string {
  return tables.map(table => `ONLY ${quoteTable(table)}`).join(', ');
}

/**
 * Throws SourceError `publication-missing` or `publication-unfit` where no table can be followed. What is wrong with single
 * tables stops nobody's log: see readLogSource.
 */
export function checkPublication(publication: string, state: PublicationState): void {
  if (!state.exists) {
    throw new SourceError('publication-missing', `The database has no publication ${publication}.`, {
      hint: 'Run holdfast doctor --fix to create it.',
      details: { publication },
    });
  }
  if (state.complete) return;
  throw new SourceError(
    'publication-unfit',
    `The publication ${publication} omits kinds of changes, publishes partitions under their own names, or publishes generated columns.`,
    {
      hint: 'Run holdfast doctor --fix to correct it.',
      details: { publication },
    },
  );
}

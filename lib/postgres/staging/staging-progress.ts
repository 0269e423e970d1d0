/**
 * How far the work in a staging area has come, kept in the area itself: an item is written in the transaction of the rows
 * that it stands for, so that a killed call loses nothing and repeats nothing. Unlogged like the staged tables: a crash of
 * the server empties both, and work that finds nothing noted begins anew. Holds what the staged tables hold: no more secret
 * than they are, and gone with them.
 */
import { SourceError } from '../../domain/errors.ts';
import type { Connection } from '../connection.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';

const tableOf = (schema: string) => `${quoteIdentifier(schema)}.progress`;

/** SQL that makes the table; nothing where it is there. */
export function createProgress(schema: string): string {
  return `SET LOCAL client_min_messages = warning; CREATE UNLOGGED TABLE IF NOT EXISTS ${tableOf(schema)} (item text PRIMARY KEY, value text NOT NULL)`;
}

/** SQL that notes items, for the end of the transaction that they belong to. */
export function noteProgress(schema: string, items: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(items).map(
    ([item, value]) => `(${quoteLiteral(item)}, ${quoteLiteral(asciiJson(value))})`,
  );
  return `INSERT INTO ${tableOf(schema)} VALUES ${rows.join(', ')} ON CONFLICT (item) DO UPDATE SET value = excluded.value`;
}

/** Escaped, because a database in another encoding does not have every character of a sentence or a name. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Begins a piece of work. What is unlogged need not wait for the disk. */
export async function beginPiece(connection: Connection): Promise<void> {
  await connection.query('BEGIN; SET LOCAL synchronous_commit = off');
}

/** Commits a piece together with what is to be known of it. */
export async function commitPiece(
  connection: Connection,
  schema: string,
  items: Readonly<Record<string, unknown>>,
): Promise<void> {
  await connection.query(`${noteProgress(schema, items)}; COMMIT`);
}

/** The same where the area may not have the table yet. */
export async function commitFirstPiece(
  connection: Connection,
  schema: string,
  items: Readonly<Record<string, unknown>>,
): Promise<void> {
  await connection.query(`${createProgress(schema)}; ${noteProgress(schema, items)}; COMMIT`);
}

/** Notes items in a transaction of their own. */
export async function notePiece(
  connection: Connection,
  schema: string,
  items: Readonly<Record<string, unknown>>,
): Promise<void> {
  await connection.query(noteProgress(schema, items));
}

/** SQL that removes the table: the area is handed over to people. */
export function dropProgress(schema: string): string {
  return `SET LOCAL client_min_messages = warning; DROP TABLE IF EXISTS ${tableOf(schema)}`;
}

/**
 * What is noted, as text: everything, or one item. Empty where nothing is, or where the area has no such table.
 */
export async function readProgress(
  connection: Connection,
  schema: string,
  item?: string,
): Promise<Map<string, string>> {
  const there = await connection.query('SELECT to_regclass($1) IS NOT NULL AS there', [tableOf(schema)]);
  if (!there.rows[0].there) return new Map();
  const { rows } = await connection.query(
    `SELECT item, value FROM ${tableOf(schema)} WHERE item = coalesce($1::text, item)`,
    [item ?? null],
  );
  return new Map(rows.map(noted => [noted.item, noted.value]));
}

/** The item that is noted once the state is complete, with its description. */
export const STAGED = 'staged';

/**
 * To be called in each transaction that takes something from a complete state: a server that crashed since, or one that took over,
 * has the tables, and they are empty. SourceError `staging-lost`.
 */
export async function mustBeStaged(connection: Connection, schema: string): Promise<void> {
  if ((await readProgress(connection, schema, STAGED)).has(STAGED)) return;
  throw stagingLost('The staging schema no longer holds the restored state.');
}

export function stagingLost(message: string): SourceError {
  return new SourceError('staging-lost', message, {
    hint: 'The database server crashed or was replaced meanwhile, or something else wrote into the schema. Nothing was restored; start the restore again.',
  });
}

/**
 * Runs the statements of one fix so that all of them take effect or none does: in one transaction where PostgreSQL allows
 * it, else one by one, and what was done is taken back where a later one fails. Replica identities are set one by one, so
 * that no table stays locked while the next one is waited for.
 */
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';
import { runStatement } from './short-locks.ts';

const ALONE = /\bCONCURRENTLY\b|^\s*BEGIN\b|replication_slot|\bREPLICA IDENTITY\b/;

/** `lockMs`: how long a statement may wait for a lock. Throws the error of the statement that failed. */
export async function runWholeStep(
  connection: Connection,
  statements: readonly string[],
  lockMs: number,
): Promise<void> {
  if (statements.length < 2) {
    for (const statement of statements) await runStatement(connection, statement, lockMs);
  } else if (statements.some(statement => ALONE.test(statement))) {
    await runOneByOne(connection, statements, lockMs);
  } else {
    await runInTransaction(connection, statements, lockMs);
  }
}

async function runInTransaction(connection: Connection, statements: readonly string[], lockMs: number): Promise<void> {
  try {
    await connection.query(`BEGIN; SET LOCAL lock_timeout = ${lockMs}`);
    for (const statement of statements) await connection.query(statement);
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function runOneByOne(connection: Connection, statements: readonly string[], lockMs: number): Promise<void> {
  const inverses: string[] = [];
  try {
    for (const statement of statements) {
      const inverse = await inverseOf(connection, statement);
      await runStatement(connection, statement, lockMs);
      if (inverse !== undefined) inverses.unshift(inverse);
    }
  } catch (error) {
    // A connection that was lost takes nothing back: the next doctor finds what is left.
    for (const inverse of inverses) await runStatement(connection, inverse, lockMs).catch(() => {});
    throw error;
  }
}

/** What takes the statement back; undefined where nothing has to be, or can be. */
async function inverseOf(connection: Connection, statement: string): Promise<string | undefined> {
  const slot = /pg_create_logical_replication_slot\(\s*'((?:[^']|'')+)'/.exec(statement)?.[1];
  if (slot !== undefined) return `SELECT pg_catalog.pg_drop_replication_slot('${slot}')`;
  const relation = /^ALTER TABLE (.+) REPLICA IDENTITY /.exec(statement)?.[1];
  if (relation === undefined) return undefined;
  const { rows } = await connection.query(
    `SELECT c.relreplident AS identity, (SELECT pg_catalog.quote_ident(i.relname) FROM pg_catalog.pg_index x
       JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisreplident) AS index
     FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(${quoteLiteral(relation)})`,
  );
  const before = rows[0] && identityText(rows[0].identity, rows[0].index);
  return before && `ALTER TABLE ${relation} REPLICA IDENTITY ${before};`;
}

function identityText(identity: string, index: string | null): string | undefined {
  if (identity === 'i') return index === null ? undefined : `USING INDEX ${index}`;
  return { d: 'DEFAULT', f: 'FULL', n: 'NOTHING' }[identity];
}

/**
 * Runs the statements of one fix so that all of them take effect or none does: in one transaction where PostgreSQL allows
 * it, else one by one, and what was done is taken back where a later one fails. Replica identities are set one by one, so
 * that no table stays locked while the next one is waited for.
 */
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';
import { runStatement } from './short-locks.ts';

const ALONE = /\bCONCURRENTLY\b|^\s*BEGIN\b|replication_slot|\bREPLICA IDENTITY\b/;

/**
 * `lockMs`: how long a statement may wait for a lock. Returns the statements that take the step back, in their order, as far
 * as it can be. Throws the error of the statement that failed.
 */
export async function runWholeStep(
  connection: Connection,
  statements: readonly string[],
  lockMs: number,
): Promise<string[]> {
  if (statements.length < 2 || statements.some(statement => ALONE.test(statement)))
    return runOneByOne(connection, statements, lockMs);
  return runInTransaction(connection, statements, lockMs);
}

async function runInTransaction(
  connection: Connection,
  statements: readonly string[],
  lockMs: number,
): Promise<string[]> {
  const inverses: string[] = [];
  try {
    await connection.query(`BEGIN; SET LOCAL lock_timeout = ${lockMs}`);
    for (const statement of statements) {
      const inverse = await inverseOf(connection, statement);
      await connection.query(statement);
      if (inverse !== undefined) inverses.unshift(inverse);
    }
    await connection.query('COMMIT');
    return inverses;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function runOneByOne(connection: Connection, statements: readonly string[], lockMs: number): Promise<string[]> {
  const inverses: string[] = [];
  try {
    for (const statement of statements) {
      const inverse = await inverseOf(connection, statement);
      await runStatement(connection, statement, lockMs);
      if (inverse !== undefined) inverses.unshift(inverse);
    }
    return inverses;
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
  const [, created, changed, added] =
    /^CREATE PUBLICATION ("(?:[^"]|"")+"|\S+)|^ALTER PUBLICATION ("(?:[^"]|"")+"|\S+) ADD TABLE (.+?);?$/.exec(
      statement,
    ) ?? [];
  if (created !== undefined) return `DROP PUBLICATION ${created}`;
  if (changed !== undefined) return `ALTER PUBLICATION ${changed} DROP TABLE ${added}`;
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

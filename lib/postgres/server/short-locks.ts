/**
 * DDL that waits for the application's locks. While it waits, the application queues behind it: so it waits for a moment
 * only, and where that matters asks again and again. What holds nobody up may wait for as long as it takes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SourceError } from '../../domain/errors.ts';
import type { Connection } from '../connection.ts';
import { describeHolders } from '../lock-holders.ts';

/** An ALTER TABLE waits for the application's transactions, and the application then waits for it: never for longer. */
const SHORT_LOCK_MS = 200;
const LOCK_ATTEMPTS = 20;
const LOCK_PAUSE_MS = 500;

/**
 * Runs one statement of the doctor's; `lockMs`: how long it may wait for a lock. A replica identity is set by many short
 * attempts instead: SourceError `lock-not-available`, which names who held the table all the time.
 */
export async function runStatement(connection: Connection, statement: string, lockMs: number): Promise<void> {
  const relation = /^ALTER TABLE (.+) REPLICA IDENTITY /.exec(statement)?.[1];
  if (relation !== undefined) return alterSoon(connection, statement, relation);
  // An index that goes concurrently waits for old transactions without holding anybody up.
  await connection.query(`SET lock_timeout = ${statement.includes(' CONCURRENTLY ') ? 0 : lockMs}`);
  await connection.query(statement);
}

/** Runs the statement where its locks are to be had within `lockMs`. SQLSTATE of the failure, undefined where it worked. */
export async function tryStatement(
  connection: Connection,
  statement: string,
  lockMs: number,
): Promise<string | undefined> {
  try {
    await connection.query(`BEGIN; SET LOCAL lock_timeout = ${lockMs}; ${statement}; COMMIT`);
    return undefined;
  } catch (error) {
    await connection.query('ROLLBACK');
    return (error as { code?: string }).code ?? 'unknown';
  }
}

async function alterSoon(connection: Connection, statement: string, relation: string): Promise<void> {
  await connection.query(`SET lock_timeout = ${SHORT_LOCK_MS}`);
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.query(statement);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03') throw error;
      const holders = await describeHolders(connection, relation);
      if (attempt >= LOCK_ATTEMPTS) throw lockNotAvailable(relation, holders, error);
    }
    await wait(LOCK_PAUSE_MS);
  }
}

function lockNotAvailable(relation: string, holders: string | null, cause: unknown): SourceError {
  return new SourceError(
    'lock-not-available',
    `Timed out waiting for a lock on ${relation}${holders === null ? '' : `, held by ${holders}`}; the statement changed nothing.`,
    { hint: 'Run holdfast doctor --fix again when that transaction has ended.', cause },
  );
}

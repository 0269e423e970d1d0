/**
 * The advisory locks that Holdfast takes in a database, and what each of them guards. All belong to a session: they go when
 * it ends, however it ends. Their keys are the same in every version, so that two versions side by side exclude each other.
 */
import { type Connection, noteHolding } from './connection.ts';

/** The key of each lock, of the name that stands for `$1`. A class of ours keeps names of different locks apart. */
const KEYS = {
  /** The schema of a staging area, by its name: who works in it, and whether anybody does ("hold" in ASCII). */
  staging: '1752132708, hashtext($1)',
  /** A tenant, by its reference: one restore of it is applied at a time ("home" in ASCII). */
  apply: '1752132965, hashtext($1)',
  /** A replication slot, by its name: one shipper at a time reads it. */
  ship: "hashtextextended('holdfast ' || $1, 0)",
} as const;

export type LockName = keyof typeof KEYS;

/** How many each session holds: the end of one that holds any is waited for. */
const HELD = new WeakMap<Connection, number>();

function count(connection: Connection, change: 1 | -1): void {
  const held = (HELD.get(connection) ?? 0) + change;
  HELD.set(connection, held);
  noteHolding(connection, held > 0);
}

/** False where another session holds it. Does not wait. */
export async function tryLock(connection: Connection, lock: LockName, of: string): Promise<boolean> {
  const { rows } = await connection.query(`SELECT pg_try_advisory_lock(${KEYS[lock]}) AS locked`, [of]);
  if (rows[0].locked) count(connection, 1);
  return rows[0].locked;
}

/** Frees a lock that this session took. */
export async function unlock(connection: Connection, lock: LockName, of: string): Promise<void> {
  const { rows } = await connection.query(`SELECT pg_advisory_unlock(${KEYS[lock]}) AS unlocked`, [of]);
  if (rows[0].unlocked) count(connection, -1);
}

/** SQL condition: some session holds the staging lock of this schema. `schema`: an SQL expression. */
export function isStagingLockedSql(schema: string): string {
  const [lockClass] = KEYS.staging.split(',');
  return `EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid::int8 = ${lockClass} AND l.objsubid = 2
                  AND l.objid::int8 = (hashtext(${schema})::int8 & 4294967295)
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;
}

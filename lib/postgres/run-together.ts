/**
 * Several statements in one round trip. Inside the caller's transaction, else as one of their own: all or nothing.
 * Invariant: statements without parameters, built by the quoting functions of sql.ts; one that fails ends the rest.
 */
import type { QueryResult } from 'pg';
import type { Connection } from './connection.ts';

export type Statement = string;

/**
 * One tenant's rows lie scattered among all others'. At the default price of a page read out of order the planner reads
 * whole tables instead, which takes longer the more the other tenants have. For the rest of the transaction.
 */
export const INDEX_FRIENDLY = 'SET LOCAL random_page_cost = 1.1';

/** One result per statement, in order. Throws what the database says of the first that fails. */
export async function runTogether(connection: Connection, statements: readonly Statement[]): Promise<QueryResult[]> {
  if (statements.length === 0) return [];
  const results = (await connection.query(statements.join(';\n'))) as unknown as QueryResult | QueryResult[];
  return Array.isArray(results) ? results : [results];
}

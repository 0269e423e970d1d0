/** Counts the statements that a session completes, also those that share a round trip. */
import type { Connection } from './connection.ts';

export interface StatementCount {
  count: number;
}

export function countStatements(connection: Connection, into: StatementCount): void {
  const { connection: protocol } = connection as unknown as { connection: NodeJS.EventEmitter };
  protocol.on('commandComplete', () => {
    into.count += 1;
  });
}

/** What the doctor found: in words, with the SQL that mends it. No row values. */
import type { TableName } from './table-schema.ts';

export interface Finding {
  /** Stable, for programs: `replica-identity`, `wal-level` … */
  readonly code: string;
  /** `error`: data is or will be missing from backups. `warning`: weaker or slower than it could be. `info`: good to know. */
  readonly severity: 'error' | 'warning' | 'info';
  /** Null where it is about the server, the role or the database. */
  readonly table: TableName | null;
  readonly message: string;
  /** Statements that mend it, in order, each to be run outside a transaction; empty where SQL cannot. */
  readonly sql: readonly string[];
  /** True where `doctor --fix` may run the statements: no data is rewritten and the application is not blocked. */
  readonly safe: boolean;
  /** What to know or do beside the SQL. */
  readonly advice?: string;
}

/** A finding about no one table, which no SQL mends, unless `more` says otherwise. */
export function finding(
  code: string,
  severity: Finding['severity'],
  message: string,
  more: Partial<Pick<Finding, 'table' | 'sql' | 'safe' | 'advice'>> = {},
): Finding {
  return { code, severity, table: null, message, sql: [], safe: false, ...more };
}

const WEIGHT = { error: 0, warning: 1, info: 2 } as const;

/** The worst first; the order of discovery within one severity. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]);
}

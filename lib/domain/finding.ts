/** What the doctor found: a message, and the SQL that fixes it. No row values. */
import type { TableName } from './table-schema.ts';

export interface Finding {
  /** Stable, for programs: `replica-identity`, `wal-level` … */
  readonly code: string;
  /** `error`: data is or will be missing from backups. `warning`: weaker or slower than necessary. `info`: for information. */
  readonly severity: 'error' | 'warning' | 'info';
  /** Null for the server, the role or the database. */
  readonly table: TableName | null;
  readonly message: string;
  /** Statements that fix it, in order, each to be run outside a transaction; empty where SQL cannot. */
  readonly sql: readonly string[];
  /** True where `doctor --fix` can run the statements: they rewrite no data and do not block the application. */
  readonly safe: boolean;
  /** What to know or do in addition to the SQL. */
  readonly advice?: string;
}

/** A finding without a table and without SQL, unless `more` gives them. */
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

/** What an error is, for whoever reports it: what PostgreSQL says to a statement is its answer, not a fault of Holdfast. */
import { asSourceError } from '../postgres/source-error.ts';

/** An error of ours for one of PostgreSQL's, without its message, which may quote rows; others as they are. */
export function knownError(error: unknown): unknown {
  const { code, severity } = (error ?? {}) as { code?: string; severity?: string };
  return severity !== undefined && code !== undefined ? asSourceError(error, 'working with the database') : error;
}

/** What an error is, for whoever reports it: what PostgreSQL says to a statement is its answer, not a fault of Holdfast. */
import { HoldfastError } from '../domain/errors.ts';
import { asConnectionLost } from '../postgres/connection-failure.ts';
import { asSourceError } from '../postgres/source-error.ts';

/** An error of ours for one of PostgreSQL's, without its message, which may quote rows; others as they are. */
export function knownError(error: unknown): unknown {
  if (error instanceof HoldfastError) return error;
  const { code, severity } = (error ?? {}) as { code?: string; severity?: string };
  const doing = 'working with the database';
  return severity !== undefined && code !== undefined
    ? asSourceError(error, doing)
    : (asConnectionLost(error, doing) ?? error);
}

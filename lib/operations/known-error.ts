/**
 * Classifies an error for reporting: an error that PostgreSQL returns for a statement is an answer, not a fault of
 * Holdfast.
 */
import { HoldfastError } from '../domain/errors.ts';
import { asConnectionLost } from '../postgres/connection-failure.ts';
import { asSourceError } from '../postgres/source-error.ts';

/**
 * Converts an error of PostgreSQL into one of ours, without its message, which may quote rows; other errors stay as
 * they are.
 */
export function knownError(error: unknown): unknown {
  if (error instanceof HoldfastError) return error;
  const { code, severity } = (error ?? {}) as { code?: string; severity?: string };
  const doing = 'working with the database';
  return severity !== undefined && code !== undefined
    ? asSourceError(error, doing)
    : (asConnectionLost(error, doing) ?? error);
}

/**
 * Explains an apply that the database rejected, and what to do about it. Names of constraints, types and functions are
 * reported; the database's own message is not, because it may quote values of rows.
 */

import type { CodeOf } from '../../../domain/error-catalog.ts';
import { ConflictError } from '../../../domain/errors.ts';
import { asSourceError } from '../../../postgres/source-error.ts';

interface Refusal {
  readonly code?: string;
  readonly message?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
  readonly dataType?: string;
  readonly where?: string;
}

const BY_OTHERS = new Set(['40001', '40P01', '23505', '23P01', '23503']);
const NAME_NOT_FOUND = new Set(['42P01', '42883', '42703', '42704', '3F000']);

export function explain(error: unknown): unknown {
  if (error instanceof Error && !('code' in error) && !/^(Connection terminated|Client has)/.test(error.message))
    return error;
  const refusal = error as Refusal;
  const state = refusal.code ?? '';
  if (BY_OTHERS.has(state))
    return conflict(
      'rows-changed',
      `The application changed the tenant's rows during the restore (SQLSTATE ${state}${about(refusal)}); it was rolled back.`,
      'Nothing was written. Make a new preview; if nothing else writes these rows, another row holds a value that they need.',
      { state, ...(refusal.constraint && { constraint: refusal.constraint }) },
    );
  if (state === '23514') return checkRefused(refusal);
  const functions = functionsIn(refusal.where);
  if (functions.length > 0) return codeRefused(state, functions);
  if (NAME_NOT_FOUND.has(state) && /holdfast_stage_/.test(refusal.message ?? ''))
    return conflict(
      'preview-gone',
      'The staged state of this preview no longer exists.',
      'Nothing was written. Make a new preview.',
    );
  return asSourceError(error, 'applying the restore, which was rolled back');
}

function checkRefused({ schema, table, constraint, dataType }: Refusal): ConflictError {
  if (constraint === undefined)
    return conflict(
      'check-refused',
      `A row as of the target fits no partition of ${schema}.${table}, or a type rejects it; it was rolled back.`,
      'Create the partition again, leave the table out (--exclude), or restore side by side.',
    );
  const where = dataType === undefined ? `the table ${schema}.${table}` : `the type ${schema}.${dataType}`;
  return conflict(
    'check-refused',
    `The constraint ${constraint} of ${where} rejects rows as of the target; it was rolled back.`,
    'It was added or changed since, was never validated, or depends on rows that this restore does not include. Restore those rows too, leave these out (--exclude, --rows, --keys), or restore side by side.',
    { constraint: constraint ?? null, table: table ?? null, type: dataType ?? null },
  );
}

function codeRefused(state: string, functions: readonly string[]): ConflictError {
  const search = NAME_NOT_FOUND.has(state)
    ? ' It uses a name without its schema: qualify the name, or give the function a search_path (ALTER FUNCTION … SET search_path = …).'
    : '';
  return conflict(
    'application-code-failed',
    `The application's function ${functions.join(', called by ')} failed while rows were written (SQLSTATE ${state}); the restore was rolled back.`,
    `A trigger, a constraint or a generated column calls it.${search} Or grant SET ON PARAMETER session_replication_role to the restore role, so that triggers do not fire.`,
    { state, functions },
  );
}

/** Names of functions from the context of the database's error, innermost first, without their arguments. */
function functionsIn(where = ''): string[] {
  return [...where.matchAll(/^(?:PL\/\w+|SQL) function "?([^\s"(]+)"?/gm)].map(match => match[1]!);
}

const about = ({ constraint }: Refusal) => (constraint === undefined ? '' : `, ${constraint}`);

function conflict(
  code: CodeOf<'conflict'>,
  message: string,
  hint: string,
  details: Readonly<Record<string, unknown>> = {},
): ConflictError {
  return new ConflictError(code, message, { hint, details });
}

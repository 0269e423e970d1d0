/**
 * Turns the driver's errors into ours, by SQLSTATE. The server's own message may quote values of rows (a failed cast
 * names the text), so it is kept as the cause and never repeated in the message.
 */

import type { CodeOf } from '../domain/error-catalog.ts';
import { HoldfastError, InputError, SourceError } from '../domain/errors.ts';
import { asConnectionLost } from './connection-failure.ts';
import { isTooLarge } from './log/slot-error.ts';

interface Known {
  readonly code: CodeOf<'source'>;
  readonly says: string;
  readonly hint: string;
}

const SCHEMA_CHANGED: Known = {
  code: 'schema-changed',
  says: 'a table or column no longer exists',
  hint: 'The schema changed during the run: run it again. If it recurs, run `holdfast doctor`.',
};
const NOT_ALLOWED: Known = {
  code: 'privilege',
  says: 'the role lacks a privilege',
  hint: 'Run `holdfast doctor`: it prints the GRANT statements that the role needs.',
};
const ROW_SECURITY: Known = {
  code: 'row-security',
  says: 'a row-level security policy would hide rows from this role',
  hint: 'Give the role BYPASSRLS (ALTER ROLE … BYPASSRLS): a backup with rows hidden by a policy is not a backup.',
};
const BY_STATE: Readonly<Record<string, Known>> = {
  '42P01': SCHEMA_CHANGED,
  '42703': SCHEMA_CHANGED,
  '3F000': SCHEMA_CHANGED,
  '40001': {
    code: 'snapshot-cancelled',
    says: 'the server cancelled the read of the database snapshot',
    hint: 'Run it again; on a standby raise max_standby_streaming_delay or turn hot_standby_feedback on.',
  },
  '40P01': {
    code: 'deadlock',
    says: 'the server rolled back the transaction because of a deadlock',
    hint: 'Run it again.',
  },
  '53100': {
    code: 'source-full',
    says: 'the database server has no disk space for temporary files',
    hint: 'Free disk space on the database server, then run it again.',
  },
};

/** The typed error for what went wrong while `doing` (a gerund: "copying rows"). Errors of ours pass through. */
export function asSourceError(error: unknown, doing: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const lost = asConnectionLost(error, doing);
  if (lost) return lost;
  const { code: state, message = '' } = error as { code?: string; message?: string };
  if (isTooLarge(state, message)) return valueTooLargeFor(doing, error);
  const known = BY_STATE[state ?? ''] ?? (state === '42501' ? forbidden(message) : undefined);
  if (known) {
    return new SourceError(known.code, `Failed while ${doing}: ${known.says}.`, {
      hint: known.hint,
      cause: error,
      details: { state: state ?? null },
    });
  }
  return new SourceError(
    'source-failed',
    `Failed while ${doing}: the server answered with SQLSTATE ${state ?? 'none'}.`,
    {
      hint: 'The server log has the full message.',
      cause: error,
      details: { state: state ?? null },
    },
  );
}

/** The value given for a tenant is none that the tenant column can hold, or none that has rows. */
export function unknownTenant(cause?: unknown): InputError {
  return new InputError('unknown-tenant', 'There is no such tenant in the database.', {
    hint: 'Use the value of the tenant column exactly as the database prints it.',
    retry: 'never',
    cause,
  });
}

function valueTooLargeFor(doing: string, cause: unknown): SourceError {
  return new SourceError(
    'value-too-large',
    `Failed while ${doing}: a row is larger than the server can write as text (1 GB; a bytea doubles).`,
    {
      hint: 'Store such values in smaller parts or outside the database: this tenant cannot be backed up with them. Other tenants are not affected.',
      cause,
    },
  );
}

function forbidden(message: string): Known {
  return message.includes('row-level security') ? ROW_SECURITY : NOT_ALLOWED;
}

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
  says: 'a table or column is no longer there',
  hint: 'The schema changed while this ran: run it again. If it goes on, run the model check.',
};
const NOT_ALLOWED: Known = {
  code: 'privilege',
  says: 'the role may not do this',
  hint: 'Run `holdfast doctor`: it prints the GRANT statements that the role needs.',
};
const ROW_SECURITY: Known = {
  code: 'row-security',
  says: 'a row-level security policy would hide rows from this role',
  hint: 'Give the role BYPASSRLS (ALTER ROLE … BYPASSRLS): a backup that a policy thins out is not a backup.',
};
const BY_STATE: Readonly<Record<string, Known>> = {
  '42P01': SCHEMA_CHANGED,
  '42703': SCHEMA_CHANGED,
  '3F000': SCHEMA_CHANGED,
  '40001': {
    code: 'snapshot-cancelled',
    says: 'the server cancelled the database snapshot',
    hint: 'Run it again; on a standby raise max_standby_streaming_delay or turn hot_standby_feedback on.',
  },
  '40P01': {
    code: 'deadlock',
    says: 'the server ended the transaction because of a deadlock with another one',
    hint: 'Nothing of it was kept. Run it again.',
  },
  '53100': {
    code: 'source-full',
    says: 'the database server has no room for temporary files',
    hint: 'Make room on the database server, then run it again.',
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
      hint: 'The cause names the server’s own message; look it up in the server log.',
      cause: error,
      details: { state: state ?? null },
    },
  );
}

/** The value given for a tenant is none that the tenant column can hold, or none that has rows. */
export function unknownTenant(cause?: unknown): InputError {
  return new InputError('unknown-tenant', 'There is no such tenant in the database.', {
    hint: 'Give the value of the tenant column exactly as the database prints it.',
    retry: 'never',
    cause,
  });
}

function valueTooLargeFor(doing: string, cause: unknown): SourceError {
  return new SourceError(
    'value-too-large',
    `Failed while ${doing}: a row is larger than the server can write as text (1 GB; a bytea doubles).`,
    {
      hint: 'Store such values in pieces or outside the database: this tenant cannot be backed up with them. All others can.',
      cause,
    },
  );
}

function forbidden(message: string): Known {
  return message.includes('row-level security') ? ROW_SECURITY : NOT_ALLOWED;
}

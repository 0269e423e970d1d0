/** What can go wrong with the replication slot and the publication that it decodes by, as errors of ours. */
import { SourceError } from '../../domain/errors.ts';
import { formatLsn, type Lsn } from '../../domain/lsn.ts';
import { asConnectionLost } from '../connection-failure.ts';
import { quoteLiteral } from '../sql.ts';

export function publicationMissing(publication: string, cause: unknown): SourceError {
  return new SourceError(
    'publication-missing',
    `The publication ${publication} did not exist when some unread changes were made, so they cannot be decoded.`,
    {
      hint: 'Create the publication (holdfast doctor --fix), drop the replication slot, and ship: the next run records the gap, creates a new slot and requests new snapshots.',
      cause: cause instanceof Error ? cause : undefined,
      details: { publication },
    },
  );
}

export function slotError(slot: string, cause: unknown): SourceError {
  const code = (cause as { code?: string } | undefined)?.code ?? 'unknown';
  if (code === '55006') {
    return new SourceError('slot-busy', `The replication slot ${slot} is being read by another process.`, {
      hint: 'Only one shipper runs at a time: wait for the other one, or stop it.',
      cause,
    });
  }
  const lost = asConnectionLost(cause, 'reading the change log');
  if (lost) return lost;
  const hints: Record<string, string> = {
    '42501': 'Give the role the REPLICATION attribute (on RDS: grant rds_replication).',
    '55000': 'Set wal_level = logical and restart the server; on a lost slot run the shipper again.',
    '53400': 'Raise max_replication_slots, or drop an unused slot.',
    '42704': 'The slot no longer exists: ship again, which records the gap and creates a new slot.',
  };
  return new SourceError('slot-failed', `The replication slot ${slot} cannot be used (${code}).`, {
    hint: hints[code] ?? 'Check the server log, then ship again.',
    cause,
    details: { code },
  });
}

/** The server cannot write a value as text: none may exceed 1 GB, and a bytea doubles. */
export function isTooLarge(code: string | undefined, message: string): boolean {
  return (
    (code === 'XX000' && /^invalid memory alloc request size/.test(message)) ||
    (code === '54000' && /string buffer|out of memory/.test(message))
  );
}

/** `commit`: the record of the transaction that it is in; undefined where the server failed before it said so. */
export function valueTooLarge(slot: string, commit: Lsn | undefined, cause: unknown): SourceError {
  return new SourceError(
    'value-too-large',
    'The server cannot decode a transaction: a value in it, or a row’s old image, exceeds 1 GB as text (a bytea doubles).',
    {
      hint: `Store such values in smaller parts or outside the database. To continue without that transaction: SELECT pg_replication_slot_advance(${quoteLiteral(slot)}, …) past its commit, then ship, which records a gap and takes new snapshots.`,
      cause,
      details: commit === undefined ? {} : { commit: formatLsn(commit) },
    },
  );
}

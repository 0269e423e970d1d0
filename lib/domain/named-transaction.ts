/**
 * How people name a transaction: by its id, or by the position of its commit, both as listings and PostgreSQL print them.
 * One set of notations for every command. A position is exact: a commit is there, or the name means nothing.
 */
import { InputError } from './errors.ts';
import type { Lsn } from './lsn.ts';
import { LAST_XID, parsePosition } from './recovery-target.ts';

export type NamedTransaction =
  /** The lower 32 bits of its id, as the log has them. */
  { readonly kind: 'xid'; readonly xid: number } | { readonly kind: 'commit'; readonly lsn: Lsn };

/** `81244`, `16/B374D848`, or with its source epoch `1:16/B374D848`. InputError `bad-transaction`. */
export function parseTransaction(text: string): NamedTransaction {
  const wanted = text.trim();
  if (/^\d+$/.test(wanted)) return { kind: 'xid', xid: parseXid(wanted) };
  const position = parsePosition(wanted);
  if (position) return { kind: 'commit', lsn: position.lsn };
  throw new InputError(
    'bad-transaction',
    `"${text}" is neither the id of a transaction nor the position of a commit.`,
    {
      hint: 'Write an id like 81244 or an LSN like 16/B374D848: `holdfast transactions TENANT` lists both.',
    },
  );
}

function parseXid(digits: string): number {
  const xid = BigInt(digits);
  if (xid <= LAST_XID) return Number(xid);
  throw new InputError('bad-transaction', `The transaction id ${digits} has more than 32 bits.`, {
    hint: `The log holds the lower 32 bits of it: write ${xid & LAST_XID}.`,
  });
}

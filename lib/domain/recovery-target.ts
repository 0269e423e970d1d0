/**
 * Parses a recovery target as people write it: a time (target-time.ts), an LSN, `before:` or `after:` a transaction or a
 * position, a marker's name, `before:<restore id>`, `snapshot:<backup id>`, `cluster-read:<id>`, `latest`. Pure: the clock and the time zone
 * are parameters. Ambiguous or impossible input is refused with the possible meanings; nothing is guessed, because
 * restoring a wrong moment is data loss.
 */
import { InputError } from './errors.ts';
import { formatLsn, isLsnText, type Lsn, parseLsn } from './lsn.ts';
import { epochOf, LAST_EPOCH, positionIn, walLsn } from './source-epoch.ts';
import { looksLikeTime, parseTime, sinceEpoch, type TargetClock } from './target-time.ts';

export type RecoveryTarget =
  /**
   * Everything that committed at or before the position; before it, for `before-lsn`. `named`: the source epoch was
   * written too. Without it, a small position can also mean that of a later server.
   */
  | { readonly kind: 'lsn' | 'before-lsn' | 'after-lsn'; readonly lsn: Lsn; readonly named?: true }
  /** Just before or just after the commit of the tenant's transaction with this 32-bit id. */
  | { readonly kind: 'before-transaction' | 'after-transaction'; readonly xid: number }
  /** ISO 8601 UTC with six fractional digits. */
  | { readonly kind: 'time'; readonly time: string }
  | { readonly kind: 'marker'; readonly name: string }
  | { readonly kind: 'before-restore'; readonly restore: string }
  | { readonly kind: 'snapshot'; readonly backup: string }
  /** What was read of a copy of the database that the cluster's own backups gave. */
  | { readonly kind: 'cluster-read'; readonly backup: string }
  | { readonly kind: 'latest' };

const FORMS =
  'Write a time (2026-03-01T10:04:59Z, "2 hours ago", "yesterday 14:00 Europe/Berlin"), before:XID or after:XID, an LSN (16/B374D848), a marker (mark:NAME), before:RESTORE, snapshot:BACKUP or latest.';
/** The log holds the lower 32 bits of transaction ids. */
export const LAST_XID = 0xffff_ffffn;

/**
 * Parses a target. Throws InputError `bad-target`, `ambiguous-target`, `impossible-target`, `future-target`,
 * `bad-time-zone`.
 */
export function parseTarget(text: string, clock: TargetClock): RecoveryTarget {
  const wanted = text.trim();
  const prefixed = /^(mark|marker|before|after|snapshot|cluster-read|lsn|time):(.+)$/is.exec(wanted);
  if (prefixed) return parsePrefixed(prefixed[1]!.toLowerCase(), prefixed[2]!.trim(), clock);
  if (/^(latest|now)$/i.test(wanted)) return { kind: 'latest' };
  const position = parsePosition(wanted);
  if (position) return { kind: 'lsn', ...position };
  if (/^\d+$/.test(wanted)) throw bareDigits(wanted);
  const time = parseTime(wanted, clock);
  if (time !== undefined) return { kind: 'time', time };
  if (wanted === '' || looksLikeTime(wanted)) throw bad(text);
  return { kind: 'marker', name: wanted };
}

/** The target as text: exact, and parsed to the same target. */
export function formatTarget(target: RecoveryTarget): string {
  switch (target.kind) {
    case 'lsn':
      return position(target);
    case 'before-lsn':
      return `before:${position(target)}`;
    case 'after-lsn':
      return `after:${position(target)}`;
    case 'before-transaction':
      return `before:${target.xid}`;
    case 'after-transaction':
      return `after:${target.xid}`;
    case 'time':
      return target.time;
    case 'marker':
      return `mark:${target.name}`;
    case 'before-restore':
      return `before:${target.restore}`;
    case 'snapshot':
      return `snapshot:${target.backup}`;
    case 'cluster-read':
      return `cluster-read:${target.backup}`;
    case 'latest':
      return 'latest';
  }
}

/** How the marker of this name is written as a target; undefined where the name reads as a target of another kind. */
export function markerTarget(name: string, clock: TargetClock): string | undefined {
  try {
    const target = parseTarget(name, clock);
    return target.kind === 'marker' && target.name === name ? name : undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // Reads as nothing: only the prefix says what it is.
    return error.code === 'bad-target' && name.trim() === name && name !== '' ? `mark:${name}` : undefined;
  }
}

function position({ lsn, named }: { readonly lsn: Lsn; readonly named?: true }): string {
  return `${named && epochOf(lsn) === 0 ? '0:' : ''}${formatLsn(lsn)}`;
}

function parsePrefixed(prefix: string, rest: string, clock: TargetClock): RecoveryTarget {
  if (prefix === 'mark' || prefix === 'marker') return { kind: 'marker', name: rest };
  if (prefix === 'before' || prefix === 'after') return parseSide(prefix, rest);
  if (prefix === 'snapshot' || prefix === 'cluster-read') return { kind: prefix, backup: rest };
  if (prefix === 'lsn') return { kind: 'lsn', ...(parsePosition(rest) ?? { lsn: parseLsn(rest) }) };
  const time = parseTime(rest, clock);
  if (time === undefined) throw bad(rest);
  return { kind: 'time', time };
}

/** Restore ids contain a dash: they are neither digits only nor a position. */
function parseSide(side: 'before' | 'after', rest: string): RecoveryTarget {
  if (/^\d+$/.test(rest)) return { kind: `${side}-transaction`, xid: parseXid(side, rest) };
  const found = parsePosition(rest);
  if (found) return { kind: `${side}-lsn`, ...found };
  if (side === 'before') return { kind: 'before-restore', restore: rest };
  throw new InputError('bad-target', `"after:${rest}" is not a recovery target.`, {
    hint: 'Write after:XID with the id of a transaction, or after:LSN with its position.',
  });
}

function parseXid(side: string, digits: string): number {
  const xid = BigInt(digits);
  if (xid <= LAST_XID) return Number(xid);
  throw new InputError('bad-target', `The transaction id ${digits} has more than 32 bits.`, {
    hint: `The log holds the lower 32 bits of it: write ${side}:${xid & LAST_XID}.`,
  });
}

/** `16/B374D848`, or with its source epoch in front, `1:16/B374D848`; undefined where the text is neither. */
export function parsePosition(text: string): { lsn: Lsn; named?: true } | undefined {
  if (isLsnText(text)) return { lsn: parseLsn(text) };
  const match = /^(\d{1,3}):(.+)$/.exec(text);
  if (!match || Number(match[1]) > LAST_EPOCH || !isLsnText(match[2]!)) return undefined;
  return { lsn: positionIn(Number(match[1]), walLsn(parseLsn(match[2]!))), named: true };
}

function bareDigits(digits: string): InputError {
  const time = sinceEpoch(`@${digits}`);
  const choices = [
    ...(BigInt(digits) <= LAST_XID ? [`before:${digits} or after:${digits} (a transaction)`] : []),
    ...(time === undefined ? [] : [`@${digits} (the time ${time})`]),
    `mark:${digits} (a marker)`,
  ];
  return new InputError('ambiguous-target', `"${digits}" can mean several things.`, {
    hint: `Write ${choices.join(', ')}.`,
    details: { choices },
  });
}

function bad(text: string): InputError {
  const zone = /\d\s+([A-Z]{3,5})$/.exec(text.trim())?.[1];
  const why = zone === undefined ? '' : ` ${zone} is not a zone: write +02:00 or Europe/Berlin.`;
  return new InputError('bad-target', `"${text}" is not a recovery target.${why}`, { hint: FORMS });
}

/**
 * A position in PostgreSQL's write-ahead log. A bigint brand, so that it is never confused with a count; formatted
 * as in PostgreSQL (`16/B374D848`), and as 16 hex digits if the text must sort like the number.
 *
 * The highest byte is the source epoch, the rest the server's own LSN (source-epoch.ts). The position of a transaction is
 * the start of its commit record. A range of log is [from, to): commits at `from` are
 * in it, commits at `to` in the next one.
 */
import * as z from 'zod';
import { InputError } from './errors.ts';

export type Lsn = bigint & { readonly __lsn: unique symbol };

/** The format of PostgreSQL in upper case, used in documents. Equal positions have equal texts, which do not sort. */
export const LsnText = z
  .string()
  .regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/)
  .brand('LsnText');
export type LsnText = z.infer<typeof LsnText>;

const TEXT = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

export function isLsnText(text: string): boolean {
  return TEXT.test(text);
}

/** Parses `XXXXXXXX/XXXXXXXX`. Throws InputError `bad-lsn`. */
export function parseLsn(text: string): Lsn {
  const match = TEXT.exec(text);
  if (!match) {
    throw new InputError('bad-lsn', `"${text}" is not a WAL position.`, {
      hint: 'Write it in the format of PostgreSQL, for example 16/B374D848.',
    });
  }
  return lsn((BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`));
}

export function lsn(value: bigint): Lsn {
  return value as Lsn;
}

export function formatLsn(value: Lsn): LsnText {
  return `${(value >> 32n).toString(16).toUpperCase()}/${(value & 0xffffffffn).toString(16).toUpperCase()}` as LsnText;
}

/** 16 lower-case hex digits: text order is numeric order. For object keys and catalog sort keys. */
export function sortableLsn(value: Lsn): string {
  return value.toString(16).padStart(16, '0');
}

export function parseSortableLsn(text: string): Lsn {
  return lsn(BigInt(`0x${text}`));
}

export function maxLsn(a: Lsn, b: Lsn): Lsn {
  return a > b ? a : b;
}

export function minLsn(a: Lsn, b: Lsn): Lsn {
  return a < b ? a : b;
}

export const ZERO_LSN = lsn(0n);

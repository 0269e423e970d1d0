/**
 * Lists page by page. A cursor is the sort key of the last item shown, opaque to callers. Invariant: a cursor carries no
 * authority: what a page shows is decided again for each request, so a cursor of somebody else leads nowhere new.
 */
import * as z from 'zod';
import { InputError } from '../domain/errors.ts';

export const MOST_ON_PAGE = 200;

export const PageAsked = z.object({
  cursor: z.string().max(500).optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(MOST_ON_PAGE).default(50),
});
export type PageAsked = z.infer<typeof PageAsked>;

export const NextPage = z.string().nullable().describe('Pass it as `cursor`; null: this is the last page.');

export function cursorOf(sort: string): string {
  return Buffer.from(JSON.stringify([sort])).toString('base64url');
}

/** The sort key. InputError `bad-cursor`. */
export function sortOf(cursor: string): string {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parsed) && parsed.length === 1 && typeof parsed[0] === 'string') return parsed[0];
  } catch {
    // Refused below.
  }
  throw badCursor();
}

export function badCursor(): InputError {
  return new InputError('bad-cursor', 'The cursor is not one that this API gave.', {
    hint: 'Ask for the first page, without a cursor.',
  });
}

/** One page of a list that is in memory, in its order. `sort` must be unique. */
export function pageOf<T>(
  all: readonly T[],
  { cursor, limit }: PageAsked,
  sort: (item: T) => string,
): { items: T[]; next: string | null } {
  const after = cursor === undefined ? undefined : sortOf(cursor);
  const begin = after === undefined ? 0 : all.findIndex(item => sort(item) === after) + 1;
  if (after !== undefined && begin === 0) return { items: [], next: null };
  const items = all.slice(begin, begin + limit);
  const isLast = begin + limit >= all.length;
  return { items, next: isLast || items.length === 0 ? null : cursorOf(sort(items.at(-1)!)) };
}

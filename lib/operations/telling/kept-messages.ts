/**
 * What recipients wait for and were sent, in the catalog: one item for each recipient and event, and an index by the time at
 * which it is due. Invariants: an item and its place in the index change in one write; a change names the revision that it
 * read, so that two processes never both take a message.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { KeptMessage } from '../../domain/message-queue.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';

const MESSAGES = 'messages';
const DUE = 'messages-due';

type Of = Pick<KeptMessage, 'recipient' | 'key'>;

/**
 * Applies the change to the newest state, again where another process was first. Undefined from it, or the state itself:
 * nothing is written. Returns what is stored, undefined if nothing was written. Throws what the catalog throws.
 */
export async function changeMessage(
  catalog: Catalog,
  of: Of,
  change: (kept: KeptMessage | undefined) => KeptMessage | undefined,
): Promise<KeptMessage | undefined> {
  for (;;) {
    const item = await catalog.get(MESSAGES, sortOf(of));
    const before = item && KeptMessage.parse(item.value);
    const after = change(before);
    if (after === undefined || after === before) return undefined;
    const put = { partition: MESSAGES, sort: sortOf(of), value: after };
    const writes: CatalogWrite[] = [
      { put, onlyIf: item === undefined ? 'absent' : { revision: item.revision } },
      ...indexWrites(before, after),
    ];
    if (await wroteFirst(catalog, writes)) return after;
  }
}

/** Messages that are due, the oldest first, at most so many. */
export async function dueMessages(catalog: Catalog, now: Date, limit: number): Promise<Of[]> {
  const due: Of[] = [];
  for await (const { value } of catalog.query(DUE, { to: `${now.toISOString()}~`, limit })) due.push(value as Of);
  return due;
}

/** How many messages wait, at most so many. */
export async function countWaiting(catalog: Catalog, limit: number): Promise<number> {
  let count = 0;
  for await (const _ of catalog.query(DUE, { limit })) count += 1;
  return count;
}

/** False if another process was first. */
export async function wroteFirst(catalog: Catalog, writes: readonly CatalogWrite[]): Promise<boolean> {
  try {
    await catalog.write(writes);
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'lost-race') return false;
    throw error;
  }
}

function indexWrites(before: KeptMessage | undefined, after: KeptMessage): CatalogWrite[] {
  const [old, next] = [before && placeOf(before), placeOf(after)];
  if (old === next) return [];
  const { recipient, key } = after;
  return [
    ...(old === undefined ? [] : [{ remove: { partition: DUE, sort: old } }]),
    ...(next === undefined ? [] : [{ put: { partition: DUE, sort: next, value: { recipient, key } } }]),
  ];
}

/** While it is sent: the end of the lease. A process that stopped in between leaves it to the next. */
function placeOf(kept: KeptMessage): string | undefined {
  const at = kept.sending?.until ?? kept.waiting?.due;
  return at === undefined ? undefined : `${at}#${sortOf(kept)}`;
}

function sortOf({ recipient, key }: Of): string {
  return `${recipient}#${key}`;
}

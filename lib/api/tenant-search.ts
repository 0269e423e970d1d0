/**
 * Tenants by a part of an id, a name or a reference. The part can be anywhere in them, so that no order helps: the texts of all
 * tenants are kept in memory and looked through, and read again in the background. Invariants: a tenant is found by its whole
 * id or reference at once, by a part of it once the texts were read again; what a page shows of it is read anew.
 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import { parseTenantRef, type TenantRef, tenantId, tenantRef } from '../domain/tenant.ts';
import { tenants } from '../operations/catalog/catalog-index.ts';
import type { Deps } from '../ports.ts';
import { keptValue } from './kept-value.ts';

export interface Searched {
  readonly part: string;
  /** In the order of the list: those after this one. */
  readonly after: string | undefined;
  readonly most: number;
}

/** References in the order of the list. */
export type TenantSearch = (asked: Searched) => Promise<TenantRef[]>;

interface Texts {
  readonly refs: readonly TenantRef[];
  /** Of the same places: reference, id and name, in lower case. */
  readonly texts: readonly string[];
}

const READ_AT_ONCE = 5000;

/** `labels`: names by id. `keptMs`: for how long the texts are good, in milliseconds. */
export function tenantSearch(
  deps: Pick<Deps, 'catalog' | 'clock' | 'installation'>,
  labels: () => Promise<ReadonlyMap<string, string>>,
  keptMs: number,
): TenantSearch {
  const texts = keptValue(
    async () => readTexts(deps, await labels()),
    keptMs,
    () => deps.clock.now().getTime(),
  );
  return async ({ part, after = '', most }) => {
    const named = [parseTenantRef(part), tenantRef(deps.installation, tenantId(part))].filter(ref => ref !== undefined);
    const items = await Promise.all(named.map(ref => tenants.get(deps.catalog, ref)));
    const whole = items.flatMap(item => (item !== undefined && item.ref > after ? [item.ref] : []));
    const parts = matching(await texts(), part.toLowerCase(), { after, most });
    return [...new Set([...whole, ...parts])].sort().slice(0, most);
  };
}

/** With a pause after each few thousand: other requests are answered meanwhile. */
async function readTexts({ catalog }: Pick<Deps, 'catalog'>, labels: ReadonlyMap<string, string>): Promise<Texts> {
  const refs: TenantRef[] = [];
  const texts: string[] = [];
  for (;;) {
    const items = await tenants.after(catalog, refs.at(-1), READ_AT_ONCE);
    for (const { ref, tenantId: id } of items) {
      refs.push(ref);
      // No typed text has the separator.
      texts.push([ref, id ?? '', labels.get(id ?? '') ?? ''].join('\0').toLowerCase());
    }
    if (items.length < READ_AT_ONCE) return { refs, texts };
    await othersFirst();
  }
}

function matching({ refs, texts }: Texts, part: string, { after, most }: { after: string; most: number }): TenantRef[] {
  const found: TenantRef[] = [];
  for (let at = placeAfter(refs, after); at < refs.length && found.length < most; at++)
    if (texts[at]!.includes(part)) found.push(refs[at]!);
  return found;
}

/** The first place of a sorted list whose value is greater. */
function placeAfter(sorted: readonly string[], value: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

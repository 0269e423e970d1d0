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
  readonly ofRefs: JoinedTexts;
  /** Ids and names, in lower case. */
  readonly ofNames: JoinedTexts;
}

/** Many texts in one, which is looked through ten times as quickly as each of them. No typed text has the separator. */
interface JoinedTexts {
  readonly text: string;
  /** Where each of them begins. */
  readonly begins: Uint32Array;
}
const SEPARATOR = '\0';

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
  const names: string[] = [];
  for (;;) {
    const items = await tenants.after(catalog, refs.at(-1), READ_AT_ONCE);
    for (const { ref, tenantId: id } of items) {
      refs.push(ref);
      names.push([id ?? '', labels.get(id ?? '') ?? ''].join(SEPARATOR).toLowerCase());
    }
    if (items.length < READ_AT_ONCE) return { refs, ofRefs: joined(refs), ofNames: joined(names) };
    await othersFirst();
  }
}

function joined(texts: readonly string[]): JoinedTexts {
  const begins = new Uint32Array(texts.length);
  for (let place = 1; place < texts.length; place++)
    begins[place] = begins[place - 1]! + texts[place - 1]!.length + SEPARATOR.length;
  return { text: texts.join(SEPARATOR), begins };
}

const PART_OF_REF = /^[a-z2-7]+$/;

function matching(
  { refs, ofRefs, ofNames }: Texts,
  part: string,
  { after, most }: { after: string; most: number },
): TenantRef[] {
  if (part.includes(SEPARATOR)) return [];
  const from = firstAfter(refs, after);
  const inNames = placesOf(ofNames, part, { from, most });
  const inRefs = PART_OF_REF.test(part) ? placesOf(ofRefs, part, { from, most }) : [];
  const places = [...new Set([...inNames, ...inRefs])].sort((a, b) => a - b);
  return places.slice(0, most).map(place => refs[place]!);
}

/** Of the texts that have the part, in order, from that place on. */
function placesOf(
  { text, begins }: JoinedTexts,
  part: string,
  { from, most }: { from: number; most: number },
): number[] {
  const found: number[] = [];
  for (let next = from; next < begins.length && found.length < most; ) {
    const at = text.indexOf(part, begins[next]);
    if (at < 0) break;
    const place = firstAfter(begins, at) - 1;
    found.push(place);
    next = place + 1;
  }
  return found;
}

/** The first place of a sorted list whose value is greater. */
function firstAfter<T extends string | number>(sorted: ArrayLike<T>, value: T): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

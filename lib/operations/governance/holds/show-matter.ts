/** A matter as people know it: all holds for it that stand, on every tenant. Who may not see a hidden one is not told of it. */
import type { Principal } from '../../../domain/principal.ts';
import { type HoldDocumentDeps, unknownMatter } from './hold-documents.ts';
import { listHeld, type ShownHold, showHold } from './show-holds.ts';

export interface ShownMatter {
  /** Null where the record of the hold does not verify. */
  readonly matter: string | null;
  readonly holds: readonly ShownHold[];
}

/** The matter of one of its holds. InputError `unknown-matter`. */
export async function showMatter(deps: HoldDocumentDeps, who: Principal, hold: string): Promise<ShownMatter> {
  const listed = await listHeld(deps, who);
  const named = listed.find(each => each.hold === hold);
  if (named === undefined) throw unknownMatter();
  const { matter } = named;
  const own = matter === null ? [named] : listed.filter(each => each.matter === matter);
  const holds: ShownHold[] = [];
  for (const each of own) holds.push(await showHold(deps, who, each.tenant, each.hold));
  return { matter, holds };
}

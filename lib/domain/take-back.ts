/**
 * The three-way rule for one row: what a transaction did to it is taken back, column by column, as far as the row is still
 * as the transaction left it; and the same for several transactions among others, newest first. Pure: the statement in
 * three-way-sql.ts says the same for all rows of a table.
 */

/** Texts by column; null is NULL. A row that does not exist is null itself. */
export type VersionRow = Readonly<Record<string, string | null>>;

/** Another transaction changed what was to be taken back. */
export const CLASH = 'clash';

/** `live` without the step from `before` to `after`. */
export function withoutStep(
  before: VersionRow | null,
  after: VersionRow | null,
  live: VersionRow | null,
): VersionRow | null | typeof CLASH {
  if (before === null && after === null) return live;
  if (before === null) return live === null || isSame(live, after!) ? null : CLASH;
  if (after === null) return live === null || isSame(live, before) ? before : CLASH;
  const changed = Object.keys(before).filter(column => before[column] !== after[column]);
  if (changed.length === 0) return live;
  if (live === null) return CLASH;
  const result: Record<string, string | null> = { ...live };
  for (const column of changed) {
    if (live[column] !== after[column] && live[column] !== before[column]) return CLASH;
    result[column] = before[column]!;
  }
  return result;
}

function isSame(one: VersionRow, other: VersionRow): boolean {
  return Object.keys(other).every(column => one[column] === other[column]);
}

export interface RowVersion {
  /** The row after the change. */
  readonly row: VersionRow | null;
  /** The change is one of those to take back. */
  readonly selected: boolean;
}

/**
 * The one step that has the effect of all selected changes, among changes of others: to take it back is to take them back,
 * newest first. `first`: the row before all of them.
 */
export function oneStep(
  first: VersionRow | null,
  changes: readonly RowVersion[],
): { readonly before: VersionRow | null; readonly after: VersionRow | null } | typeof CLASH {
  const last = changes.findLastIndex(change => change.selected);
  if (last < 0) return { before: first, after: first };
  const after = changes[last]!.row;
  let before = after;
  for (let index = last; index >= 0; index--) {
    const change = changes[index]!;
    if (!change.selected) continue;
    const left = withoutStep(index === 0 ? first : changes[index - 1]!.row, change.row, before);
    if (left === CLASH) return CLASH;
    before = left;
  }
  return { before, after };
}

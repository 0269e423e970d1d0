/**
 * Whether rows of a table may have changed between two sightings without a change in the log. Pure. Invariant: every
 * change of the facts that is not proved harmless makes the table suspect; what changes no fact (an index, a GRANT, a
 * constraint, a comment, ANALYZE) makes nothing suspect.
 */

import { storedColumns, type TableSchema } from './table-schema.ts';
import type { MemberTrace, TableTrace } from './table-trace.ts';

export interface Sighting {
  readonly schema: TableSchema;
  readonly trace: TableTrace;
}

/** Facts about a member at the time of the sighting only. */
interface MemberSeen extends MemberTrace {
  readonly born: boolean;
  readonly classXmin: string;
}

export interface SightingNow extends Sighting {
  readonly trace: TableTrace & { readonly members: Readonly<Record<string, MemberSeen>> };
}

export interface Suspicion {
  /** What happened; undefined if the log has everything. */
  readonly cause?: string | undefined;
  /**
   * It did not wait for writers: earlier changes of a transaction that commits in a later run are also missing, since
   * changes are decoded with the publication of their own time.
   */
  readonly outlived?: boolean;
  /** Members with a new file: harmless (VACUUM FULL, CLUSTER) if they still have a row from before. */
  readonly rewritten: readonly string[];
}

/** `truncated`: transactions (32-bit ids, as text) with a TRUNCATE of the table in the log and nothing after it. */
export function suspicionOf(before: Sighting | undefined, now: SightingNow, truncated: ReadonlySet<string>): Suspicion {
  const published = now.trace.published;
  if ((before?.trace.published ?? null) !== published) {
    const what =
      before?.trace.published && published
        ? 'the publication was changed'
        : 'it was added to or removed from the publication';
    return { cause: what, outlived: true, rewritten: [] };
  }
  if (before === undefined) return { rewritten: [] };
  if (before.schema.table !== now.schema.table) return { cause: 'it was renamed', rewritten: [] };
  const cause =
    changesHands(before, now) ??
    reshapesValues(before, now) ??
    dropsExpression(before, now) ??
    membersMoved(before, now);
  if (cause) return { cause, rewritten: [] };
  const rewritten = Object.entries(now.trace.members).filter(([oid, member]) => {
    const known = before.trace.members[oid];
    return known && known.file !== member.file && !isExplained(now, oid, known, member, truncated);
  });
  const added = storedColumns(now.schema).some(({ number }) => number > before.trace.layout.last);
  if (rewritten.length > 0 && added) return { cause: 'it was rewritten when a column was added', rewritten: [] };
  return { rewritten: rewritten.map(([oid]) => oid) };
}

/** Unchanged rows may belong to another tenant now: because names were swapped, or by another foreign key or model. */
export function changesHands(before: Sighting, now: Sighting): string | undefined {
  const isToldOtherwise =
    before.trace.owner !== undefined && now.trace.owner !== undefined && before.trace.owner !== now.trace.owner;
  return isToldOtherwise ? 'other columns or tables than before determine the tenant of its rows' : undefined;
}

/** Stored values print differently without a write: a dropped attribute is no longer printed. */
function reshapesValues(before: Sighting, now: Sighting): string | undefined {
  return reshapedTypes(before, now).length > 0
    ? 'a composite type of its columns gained or lost attributes'
    : undefined;
}

function reshapedTypes(before: Sighting, now: Sighting): string[] {
  const known = before.trace.composites ?? {};
  const types = Object.entries(now.trace.composites ?? {});
  return types.flatMap(([oid, has]) => (known[oid] !== undefined && known[oid] !== has ? [has] : []));
}

/** Its values were computed until then and are in no backup. */
function dropsExpression(before: Sighting, now: Sighting): string | undefined {
  const generated = new Set(
    before.schema.columns.filter(column => column.generated !== '').map(({ number }) => number),
  );
  return storedColumns(now.schema).some(({ number }) => generated.has(number))
    ? 'a generated column became an ordinary one'
    : undefined;
}

function membersMoved(before: Sighting, now: SightingNow): string | undefined {
  const then = before.trace.members;
  for (const oid of Object.keys(then)) if (!now.trace.members[oid]) return 'a partition was detached or dropped';
  for (const [oid, member] of Object.entries(now.trace.members)) {
    const known = then[oid];
    if (known && known.link !== member.link) return 'a partition was detached and attached again';
    // All rows of a partition that was created empty are in the log, unless it was truncated since.
    if (!known && !(member.born && (member.file === oid || member.file === '0'))) return 'a partition was attached';
  }
  return undefined;
}

/**
 * Without a changed attribute, no ALTER TABLE rewrote the rows. The TRUNCATE of a published table is in the log; that
 * of a partition is in the log with its root, and then its catalog entry has not changed since.
 */
function isExplained(
  now: SightingNow,
  oid: string,
  known: MemberTrace,
  member: MemberSeen,
  truncated: ReadonlySet<string>,
): boolean {
  if (known.attributes !== member.attributes) return false;
  return oid === String(now.trace.oid) || truncated.has(member.classXmin);
}

/**
 * Whether event triggers recorded every statement that could have made it suspect: they existed all the time, no
 * partition has a new file (TRUNCATE of a single partition fires no trigger), the model entry is the same, and no table
 * was altered whose row type is a column type of it.
 */
export function isToldWhole(before: Sighting | undefined, now: SightingNow): boolean {
  if (!before?.trace.toldBy || before.trace.toldBy !== now.trace.toldBy || changesHands(before, now)) return false;
  if (reshapedTypes(before, now).some(has => has.startsWith('row '))) return false;
  return Object.entries(now.trace.members).every(([oid, member]) => {
    const known = before.trace.members[oid];
    return oid === String(now.trace.oid) || known === undefined || known.file === member.file;
  });
}

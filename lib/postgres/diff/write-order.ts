/**
 * The order in which tables are written, and the handling of circular foreign keys. With the application's triggers
 * and foreign-key checks suppressed the order does not matter (the foreign keys are verified afterwards); without that
 * privilege a circle is broken by setting its nullable columns last. One that cannot be broken is a conflict that
 * refuses the restore before it writes.
 */
import type { Conflict } from '../../domain/preview.ts';
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { writeGroups } from '../../domain/write-groups.ts';
import { type DiffSet, nameOf } from './diff.ts';
import { linksTo } from './diff-catalog.ts';
import { type ComparedLink, comparedLinks } from './diff-closure.ts';
import type { DiffTable } from './diff-shape.ts';

/** Compared tables, parents before children; links that are set last, or checked last, do not count. */
export function parentsFirst(diff: DiffSet): DiffTable[] {
  return groupsOf(diff, strictLinks(diff)).flatMap(group => group.map(index => diff.shape.tables[index]!));
}

/** Columns of the table that are set last, because they are circular. Empty if checks are suppressed. */
export function lateColumns(diff: DiffSet, table: DiffTable): ColumnSchema[] {
  if (diff.catalog.maySuppress) return [];
  const late = circularLinks(diff)
    .filter(link => link.child === table)
    .flatMap(looseColumns);
  return [...new Set(late)];
}

/** Circles, and delete-and-insert of referenced rows, that require suppressed checks. */
export async function findCycleConflicts(diff: DiffSet): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  const count = async (table: DiffTable, condition: string) =>
    Number(
      (
        (await diff.connection.query(`SELECT count(*) AS n FROM ${nameOf(diff, table)} WHERE ${condition}`))
          .rows[0] as { n: string }
      ).n,
    );
  const add = (table: DiffTable, about: string, n: number, why: string) => {
    const explanation = `${n} rows cannot be written in any order: ${why}. Grant SET ON PARAMETER session_replication_role to the restore role.`;
    if (n > 0)
      conflicts.push({
        code: 'cycle-needs-privilege',
        table: table.live.table,
        about,
        count: n,
        explanation,
        blocking: true,
      });
  };
  for (const link of inCircles(diff, strictLinks(diff))) {
    const self = link.child === link.parent;
    add(
      link.child,
      link.link.name,
      await count(link.child, self ? `op = 'u'` : 'true'),
      'the foreign key is circular and its columns are NOT NULL',
    );
  }
  for (const table of diff.shape.tables.filter(candidate => linksTo(diff.catalog, candidate.live.oid).length > 0))
    add(table, 'unique keys', await count(table, 'moved'), 'they swap unique values while other rows refer to them');
  return conflicts;
}

function groupsOf(diff: DiffSet, links: readonly ComparedLink[]): number[][] {
  return writeGroups(
    diff.shape.tables.map(table => table.index),
    links.map(link => ({ child: link.child.index, parent: link.parent.index })),
  );
}

/** The circular links among these, including those of a table to itself. */
function inCircles(diff: DiffSet, links: readonly ComparedLink[]): ComparedLink[] {
  const groupOf = new Map(
    groupsOf(diff, links).flatMap((group, number) => group.map(index => [index, number] as const)),
  );
  return links.filter(link => groupOf.get(link.child.index) === groupOf.get(link.parent.index));
}

/** Circular links that the database checks immediately. */
function circularLinks(diff: DiffSet): ComparedLink[] {
  return inCircles(diff, comparedLinks(diff)).filter(link => !link.link.deferrable);
}

/** The links that the order must respect: without those checked at the commit and those set last. */
function strictLinks(diff: DiffSet): ComparedLink[] {
  const tied = new Set(
    circularLinks(diff)
      .filter(link => looseColumns(link).length > 0)
      .map(link => link.link),
  );
  return comparedLinks(diff).filter(link => !link.link.deferrable && !tied.has(link.link));
}

/** The columns of a link that can be NULL temporarily, so that the link is not checked. */
function looseColumns(link: ComparedLink): ColumnSchema[] {
  const key = new Set(link.child.key.map(column => column.name));
  const nullable = link.columns.filter(column => !column.notNull && !key.has(column.name));
  return link.link.full && nullable.length < link.columns.length ? [] : nullable;
}

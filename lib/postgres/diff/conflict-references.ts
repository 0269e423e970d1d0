/**
 * Foreign keys that the restore would break: rows with a missing parent that is not restored, and rows to delete that
 * live rows outside the restore still refer to (in any table, including those outside the tenant model).
 */
import type { Conflict } from '../../domain/preview.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { isOwned } from '../../domain/tenant-model.ts';
import { equalValues } from '../equality.ts';
import { columnReference, fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';
import { type DiffSet, nameOf, numbers, sameKey } from './diff.ts';
import { type Link, linkJoin, linksFrom, linksTo } from './diff-catalog.ts';
import { matchedColumns } from './diff-closure.ts';
import { changesAny, extentOf, writesRows } from './diff-extent.ts';
import type { DiffTable } from './diff-shape.ts';
import { uncoveredChildren, uncoveredWrites } from './period-references.ts';

export async function findReferenceConflicts(diff: DiffSet, table: DiffTable): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const link of writesRows(diff, table) ? linksFrom(diff.catalog, table.live.oid) : [])
    conflicts.push(...(await missingParents(diff, table, link)));
  for (const link of linksTo(diff.catalog, table.live.oid)) conflicts.push(...(await leftBehind(diff, table, link)));
  return conflicts;
}

/** The compared table of one end of a link. */
export function comparedTable(diff: Pick<DiffSet, 'shape'>, oid: number): DiffTable | undefined {
  return diff.shape.tables.find(table => table.live.oid === oid);
}

/** The condition that a row of a table in the model is this tenant's; undefined for shared and unknown tables. */
function ownCondition(diff: DiffSet, tableName: string, alias: string): string | undefined {
  const owned = diff.shape.model.tables.filter(isOwned).find(table => table.table === tableName);
  if (!owned || !diff.shape.schemas.has(tableName)) return undefined;
  return tenantPredicate(owned, diff.shape.schemas, alias, quoteLiteral(diff.tenant), diff.shape.model);
}

async function missingParents(diff: DiffSet, table: DiffTable, link: Link): Promise<Conflict[]> {
  const columns = matchedColumns(table, link.columns);
  if (!columns) return [];
  if (link.period)
    return periodConflict(diff, table.live.table, link, 'missing-parent', uncoveredWrites(diff, table, link));
  const parent = comparedTable(diff, link.parentOid);
  const referenced = parent && matchedColumns(parent, link.referencedColumns);
  const filled = columns.map(column => `c.n${column.number} IS NOT NULL`).join(' AND ');
  const live = linkJoin(
    link,
    i => columnReference(link.referencedColumns[i]!, 'p'),
    i => `c.n${columns[i]!.number}`,
  );
  const stays = parent
    ? `AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, parent)} z WHERE ${sameKey(parent, 'z', 'p')} AND (z.op = 'd' OR (z.op = 'u'${referenced ? ` AND z.changed && ${numbers(referenced)}` : ''})))`
    : '';
  const comes =
    parent && referenced
      ? `AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, parent)} z WHERE z.op IN ('i', 'u') AND ${linkJoin(
          link,
          i => `z.n${referenced[i]!.number}`,
          i => `c.n${columns[i]!.number}`,
        )})`
      : '';
  const own = ownCondition(diff, link.parent, 'p') ?? 'true';
  const from = fromTable({ table: link.parent, kind: link.parentKind });
  const { rows } = await diff.connection.query(`
    SELECT count(*) FILTER (WHERE NOT found) AS missing, count(*) FILTER (WHERE found AND NOT mine) AS foreign
      FROM (SELECT coalesce(f.found, false) AS found, coalesce(f.mine, false) AS mine
              FROM ${nameOf(diff, table)} c
              LEFT JOIN LATERAL (SELECT true AS found, bool_or(${own}) AS mine FROM ${from} AS p WHERE ${live} ${stays} HAVING count(*) > 0) f ON true
             WHERE c.op IN ('i', 'u') AND ${filled} ${comes}) q`);
  const { missing, foreign } = rows[0] as { missing: string; foreign: string };
  const conflicts: Conflict[] = [];
  if (Number(missing) > 0)
    conflicts.push({
      code: 'missing-parent',
      table: table.live.table,
      about: link.name,
      count: Number(missing),
      explanation: missingText(diff, link, Number(missing)),
      blocking: true,
    });
  if (Number(foreign) > 0)
    conflicts.push({
      code: 'parent-of-another-tenant',
      table: table.live.table,
      about: link.name,
      count: Number(foreign),
      explanation: `${foreign} rows refer to rows of ${link.parent} that do not belong to this tenant.`,
      blocking: false,
    });
  return conflicts;
}

function missingText(diff: DiffSet, link: Link, count: number): string {
  const owned = diff.shape.model.tables.some(table => table.table === link.parent && isOwned(table));
  return owned
    ? `${count} rows refer to rows of ${link.parent} that no longer exist and are not part of this restore.`
    : `${count} rows refer to rows of ${link.parent} that this database does not have. The table is shared, so no tenant's backup contains its rows: load them first (for example pg_dump --data-only --table=${link.parent} of the source database), then run this again.`;
}

async function periodConflict(
  diff: DiffSet,
  table: TableName,
  link: Link,
  code: 'missing-parent' | 'still-referenced',
  sql: string | undefined,
): Promise<Conflict[]> {
  const count = sql === undefined ? 0 : Number(((await diff.connection.query(sql)).rows[0] as { n: string }).n);
  const explanation = `${count} rows of ${link.child} have a period that rows of ${link.parent} would not cover.`;
  return count === 0 ? [] : [{ code, table, about: link.name, count, explanation, blocking: true }];
}

async function leftBehind(diff: DiffSet, parent: DiffTable, link: Link): Promise<Conflict[]> {
  const referenced = matchedColumns(parent, link.referencedColumns);
  if (extentOf(diff, parent).deletes === 0 && !changesAny(diff, parent, referenced ?? [])) return [];
  if (link.period)
    return periodConflict(diff, parent.live.table, link, 'still-referenced', uncoveredChildren(diff, parent, link));
  const child = comparedTable(diff, link.childOid);
  const columns = child && matchedColumns(child, link.columns);
  const goes = referenced ? `(z.op = 'd' OR (z.op = 'u' AND z.changed && ${numbers(referenced)}))` : `z.op = 'd'`;
  const points = linkJoin(
    link,
    i => columnReference(link.referencedColumns[i]!, 'p'),
    i => columnReference(link.columns[i]!, 'c'),
  );
  const replaced = referenced
    ? `AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, parent)} y WHERE y.op IN ('i', 'u') AND ${referenced
        .map(column => equalValues(column, `y.n${column.number}`, columnReference(column.name, 'p')))
        .join(' AND ')})`
    : '';
  const handled = child
    ? `AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, child)} w WHERE ${sameKey(child, 'w', 'c')} AND (w.op = 'd'${columns ? ` OR (w.op = 'u' AND w.changed && ${numbers(columns)})` : ''}))`
    : '';
  const own = ownCondition(diff, link.child, 'c') ?? 'true';
  const { rows } = await diff.connection.query(`
    SELECT count(*) FILTER (WHERE mine) AS own, count(*) FILTER (WHERE NOT mine) AS elsewhere
      FROM (SELECT coalesce(${own}, false) AS mine
              FROM ${nameOf(diff, parent)} z JOIN ${fromTable(parent.live)} AS p ON ${sameKey(parent, 'z', 'p')}
              JOIN ${fromTable({ table: link.child, kind: link.childKind })} AS c ON ${points}
             WHERE ${goes} ${replaced} ${handled}) q`);
  const counts = rows[0] as { own: string; elsewhere: string };
  const conflict = (code: 'still-referenced' | 'still-referenced-elsewhere', n: number, whose: string): Conflict[] =>
    n === 0
      ? []
      : [
          {
            code,
            table: parent.live.table,
            about: link.name,
            count: n,
            explanation: `${n} rows of ${link.child}${whose} still refer to rows that would be deleted.`,
            blocking: true,
          },
        ];
  return [
    ...conflict('still-referenced', Number(counts.own), ''),
    ...conflict('still-referenced-elsewhere', Number(counts.elsewhere), ' of other tenants'),
  ];
}

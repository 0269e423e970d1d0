/**
 * The foreign-key closure of a filtered restore: a restored row includes its missing parents; a deleted row includes
 * the deletion or change of the rows that refer to it. Works on the materialised difference, level by level, until
 * nothing more is needed.
 */
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { runTogether } from '../run-together.ts';
import { quoteLiteral } from '../sql.ts';
import type { DiffSet } from './diff.ts';
import { type Link, linkJoin } from './diff-catalog.ts';
import { type DiffTable, diffName } from './diff-shape.ts';
import { isOldHalf, leaveHalves } from './paired-rows.ts';

/** A foreign key between two compared tables, all of its columns matched. */
export interface ComparedLink {
  readonly link: Link;
  readonly child: DiffTable;
  readonly parent: DiffTable;
  readonly columns: readonly ColumnSchema[];
  readonly referenced: readonly ColumnSchema[];
}

export function comparedLinks(diff: Pick<DiffSet, 'catalog' | 'shape'>): ComparedLink[] {
  const byOid = new Map(diff.shape.tables.map(table => [table.live.oid, table]));
  return diff.catalog.links.flatMap(link => {
    const child = byOid.get(link.childOid);
    const parent = byOid.get(link.parentOid);
    const columns = child && matchedColumns(child, link.columns);
    const referenced = parent && matchedColumns(parent, link.referencedColumns);
    return columns && referenced ? [{ link, child, parent, columns, referenced }] : [];
  });
}

/** The live columns of these names, or undefined if the backup lacks one. */
export function matchedColumns(table: DiffTable, names: readonly string[]): ColumnSchema[] | undefined {
  const found = names.map(name => table.matched.find(match => match.live.name === name)?.live);
  return found.every(column => column !== undefined) ? found : undefined;
}

/** True if rows outside the selection may be needed; otherwise every row of the difference was requested. */
export function needsClosure(diff: Pick<DiffSet, 'filtered' | 'mode'>): boolean {
  return diff.filtered || diff.mode !== 'exact';
}

/** Marks rows outside the selection that are needed: `via` becomes `parent` or `child`. */
export async function closeOverReferences(diff: DiffSet): Promise<void> {
  const links = comparedLinks(diff).filter(({ link }) => !link.period);
  await untilNothingMore(diff, [
    ...diff.shape.tables.flatMap(table => leaveHalves(diff, table)),
    ...links.flatMap(link => [
      bringParents(diff, link),
      ...leaveChildren(diff, link),
      ...(isUndo(diff) ? [spareParent(diff, link)] : diff.mode === 'exact' ? [bringChildren(diff, link)] : []),
      ...(diff.withChildren ? [followDown(diff, link, 'child')] : []),
    ]),
  ]);
  // Child rows that are not restored are only counted: they are marked last, and removed with the rest.
  if (!diff.withChildren && diff.mode !== 'columns' && !isUndo(diff))
    await untilNothingMore(
      diff,
      links.map(link => followDown(diff, link, AWAY)),
    );
}

/** `via` of child rows of restored rows that are not restored. Never left in a diff table. */
export const AWAY = 'away';

async function untilNothingMore(diff: DiffSet, statements: readonly string[]): Promise<void> {
  for (let marked = 1; marked > 0 && statements.length > 0; ) {
    const results = await runTogether(diff.connection, statements);
    marked = results.reduce((sum, result) => sum + (result.rowCount ?? 0), 0);
  }
}

/** SQL condition: the child's row `c` refers to the parent's row `p`, at the target (`n`) or now (`o`). */
export function linked(
  { link, columns, referenced }: Pick<ComparedLink, 'link' | 'columns' | 'referenced'>,
  values: 'n' | 'o',
): string {
  return linkJoin(
    link,
    i => `p.${values}${referenced[i]!.number}`,
    i => `c.${values}${columns[i]!.number}`,
  );
}

/** From requested restored rows to deleted rows that referred to them. */
function followDown(diff: DiffSet, { child, parent, ...join }: ComparedLink, via: string): string {
  const name = (table: DiffTable) => diffName(diff.schema, diff.prefix, table);
  const same = linked(join, 'n');
  return `UPDATE ${name(child)} c SET via = ${quoteLiteral(via)} WHERE c.via IS NULL AND c.op = 'i'
    AND EXISTS (SELECT 1 FROM ${name(parent)} p WHERE p.via IN ('asked', ${quoteLiteral(via)}) AND p.op = 'i' AND ${same})`;
}

function bringParents(diff: DiffSet, { child, parent, referenced, ...join }: ComparedLink): string {
  const name = (table: DiffTable) => diffName(diff.schema, diff.prefix, table);
  const same = linked({ referenced, ...join }, 'n');
  const changes = referenced.map(column => column.number).join(',');
  const updates =
    diff.mode === 'exact' && !isUndo(diff) ? `OR (p.op = 'u' AND p.changed && '{${changes}}'::int2[])` : '';
  return `UPDATE ${name(parent)} p SET via = 'parent' WHERE p.via IS NULL AND (p.op = 'i' ${updates}) AND NOT ${isOldHalf(parent, 'p')}
    AND EXISTS (SELECT 1 FROM ${name(child)} c WHERE c.via IS NOT NULL AND c.op IN ('i', 'u') AND ${same})`;
}

const isUndo = (diff: Pick<DiffSet, 'shape'>) => diff.shape.tables.some(table => table.staged.baseline !== undefined);

/** An undo keeps a restored row if later rows refer to it. */
function spareParent(diff: DiffSet, { child, parent, ...join }: ComparedLink): string {
  const name = (table: DiffTable) => diffName(diff.schema, diff.prefix, table);
  return `UPDATE ${name(parent)} p SET via = NULL, later = true WHERE p.via = 'asked' AND p.op = 'd'
    AND EXISTS (SELECT 1 FROM ${name(child)} c WHERE c.via IS NULL AND c.op IN ('d', 'u') AND ${linked(join, 'o')})`;
}

/** A row that would refer to one that is left alone under another key is left alone too. */
function leaveChildren(diff: DiffSet, { child, parent, ...join }: ComparedLink): string[] {
  if (parent.staged.pairs === undefined) return [];
  const name = (table: DiffTable) => diffName(diff.schema, diff.prefix, table);
  return [
    `UPDATE ${name(child)} c SET via = NULL, later = true WHERE c.via = 'asked' AND c.op IN ('i', 'u')
      AND EXISTS (SELECT 1 FROM ${name(parent)} p WHERE p.via IS NULL AND p.op = 'i' AND ${isOldHalf(parent, 'p')} AND ${linked(join, 'n')})`,
  ];
}

function bringChildren(diff: DiffSet, { child, parent, link, columns, referenced }: ComparedLink): string {
  const name = (table: DiffTable) => diffName(diff.schema, diff.prefix, table);
  const same = linked({ link, columns, referenced }, 'o');
  const list = (of: readonly ColumnSchema[]) => `'{${of.map(column => column.number).join(',')}}'::int2[]`;
  return `UPDATE ${name(child)} c SET via = 'child'
    WHERE c.via IS NULL AND (c.op = 'd' OR (c.op = 'u' AND c.changed && ${list(columns)}))
    AND EXISTS (SELECT 1 FROM ${name(parent)} p
      WHERE p.via IS NOT NULL AND (p.op = 'd' OR (p.op = 'u' AND p.changed && ${list(referenced)})) AND ${same})`;
}

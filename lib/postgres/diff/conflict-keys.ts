/**
 * Keys in use by other rows: a primary key that belongs to another tenant now, or a value of a unique or exclusion
 * index that another row of this or another tenant has. Of another tenant's row only its existence is reported.
 */
import type { Conflict } from '../../domain/preview.ts';
import { fromTable } from '../sql.ts';
import { afterImage, IMAGE_CHANGED, IMAGE_ID, IMAGE_OP } from './after-image.ts';
import { type DiffSet, nameOf, numbers, ownRow, sameKey } from './diff.ts';
import type { LiveIndex } from './diff-catalog.ts';
import { matchedColumns } from './diff-closure.ts';
import { changesAny, extentOf } from './diff-extent.ts';
import type { DiffTable } from './diff-shape.ts';
import { callsCode, collision, isRowKey } from './moved-rows.ts';

export async function findKeyConflicts(diff: DiffSet, table: DiffTable): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  const { inserts } = extentOf(diff, table);
  const stolen =
    inserts === 0
      ? 0
      : await count(
          diff,
          `
    SELECT count(*) AS n FROM ${nameOf(diff, table)} d
     WHERE d.op = 'i' AND EXISTS (SELECT 1 FROM ${fromTable(table.live)} AS l WHERE ${sameKey(table, 'd', 'l')})`,
        );
  if (stolen > 0)
    conflicts.push({
      code: 'key-of-another-tenant',
      table: table.live.table,
      about: table.key.map(column => column.name).join(', '),
      count: stolen,
      explanation: `${stolen} rows cannot be restored: rows outside this tenant (another tenant's, or without a tenant) have their keys now.`,
      blocking: true,
    });
  for (const index of diff.catalog.indexes.filter(candidate => candidate.tableOid === table.live.oid)) {
    // The database reports it when the rows are written.
    if (isRowKey(index, table) || callsCode(diff, table, index)) continue;
    const columns = index.columns && matchedColumns(table, index.columns);
    const untouched = columns && index.predicate === null && inserts === 0 && !changesAny(diff, table, columns);
    if (untouched) continue;
    conflicts.push(...(await findTaken(diff, table, index)));
  }
  return conflicts;
}

async function findTaken(diff: DiffSet, table: DiffTable, index: LiveIndex): Promise<Conflict[]> {
  const columns = index.columns && matchedColumns(table, index.columns);
  const touched =
    columns && index.predicate === null ? `AND (${IMAGE_OP} = 'i' OR ${IMAGE_CHANGED} && ${numbers(columns)})` : '';
  const wanted = `SELECT ${IMAGE_ID} AS id, ${index.parts.map((part, i) => `${part.expression} AS u${i}`).join(', ')}
      FROM ${afterImage(diff, table)} y WHERE (${index.predicate ?? 'true'}) ${touched}`;
  const collides = (left: (i: number) => string) => collision(index, left, i => `x.u${i}`);
  const rows = await diff.connection.query(`
    WITH x AS MATERIALIZED (${wanted})
    SELECT count(DISTINCT hit.id) FILTER (WHERE hit.own) AS own, count(DISTINCT hit.id) FILTER (WHERE NOT hit.own) AS elsewhere
      FROM (SELECT x.id, coalesce(r.own, false) AS own FROM x CROSS JOIN LATERAL (
              SELECT ${ownRow(diff, table, 'live')} AS own FROM ${fromTable(table.live)} AS live
               WHERE ${collides(i => `(${index.parts[i]!.expression})`)} AND (${index.predicate ?? 'true'})
                 AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, table)} holdfast_d WHERE holdfast_d.op IN ('d', 'u') AND ${sameKey(table, 'holdfast_d', 'live')})) r
            UNION ALL
            SELECT x.id, true FROM x WHERE EXISTS (SELECT 1 FROM x AS other WHERE other.id <> x.id AND ${collides(i => `other.u${i}`)})) hit`);
  const found = rows.rows[0] as { own: string; elsewhere: string };
  const conflict = (code: 'unique-taken' | 'unique-taken-elsewhere', rows: number, whose: string): Conflict[] =>
    rows === 0
      ? []
      : [
          {
            code,
            table: table.live.table,
            about: index.name,
            count: rows,
            explanation: `${rows} rows need values of ${index.name} that ${whose} uses now.`,
            blocking: true,
          },
        ];
  return [
    ...conflict('unique-taken', Number(found.own), 'another row of this tenant'),
    ...conflict('unique-taken-elsewhere', Number(found.elsewhere), 'a row outside this tenant'),
  ];
}

async function count(diff: DiffSet, sql: string): Promise<number> {
  return Number(((await diff.connection.query(sql)).rows[0] as { n: string }).n);
}

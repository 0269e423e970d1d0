/**
 * The proof of a restore, inside its own transaction: the difference computed again is empty, and every foreign key
 * of a written row is satisfied. And the witness: a second session with a new snapshot, for children that others
 * committed after the transaction's snapshot.
 */

import { type Connection, connect, type Source } from '../connection.ts';
import { equalValues } from '../equality.ts';
import { INDEX_FRIENDLY, runTogether } from '../run-together.ts';
import { columnReference, fromTable, quoteIdentifier } from '../sql.ts';
import { comparedTable } from './conflict-references.ts';
import { computeDiff, type DiffSet, differenceNow, nameOf, numbers, sameKey } from './diff.ts';
import { type Link, linkJoin, linksFrom, linksTo } from './diff-catalog.ts';
import { matchedColumns, needsClosure } from './diff-closure.ts';
import { changesAny, differingTables, extentOf, writesRows } from './diff-extent.ts';
import type { DiffTable } from './diff-shape.ts';
import { uncoveredNow } from './period-references.ts';

export interface Residue {
  /** Rows that still differ, per table. */
  readonly left: Record<string, number>;
  /** Of these, rows of the applied difference: the apply did not write them as planned. */
  readonly failed: Record<string, number>;
}

/** Computes the difference again and returns the rest. Empty: proved. */
export async function proveEmpty(applied: DiffSet): Promise<Residue> {
  const { tables } = applied.shape;
  const left: Record<string, number> = {};
  const failed: Record<string, number> = {};
  // Dependent rows are found on the materialised difference; otherwise counting is enough.
  const proof = needsClosure(applied) ? await computeDiff(applied, 'p') : undefined;
  const now = (table: DiffTable) => (proof ? nameOf(proof, table) : `(${differenceNow(applied, table)})`);
  const results = await runTogether(applied.connection, [
    INDEX_FRIENDLY,
    ...tables.map(table => {
      const same = table.key
        .map(column => equalValues(column, `d.k${column.number}`, `p.k${column.number}`))
        .join(' AND ');
      return `SELECT count(*) AS left, count(*) FILTER (WHERE EXISTS (SELECT 1 FROM ${nameOf(applied, table)} d WHERE ${same})) AS failed
        FROM ${now(table)} p`;
    }),
    ...(proof ? tables.map(table => `DROP TABLE ${nameOf(proof, table)}`) : []),
  ]);
  for (const [position, table] of tables.entries()) {
    const counts = results[position + 1]!.rows[0] as { left: string; failed: string };
    if (Number(counts.left) > 0) left[table.live.table] = Number(counts.left);
    if (Number(counts.failed) > 0) failed[table.live.table] = Number(counts.failed);
  }
  return { left, failed };
}

const byEquality = (links: readonly Link[]) => links.filter(link => !link.period);

/** Foreign keys that a written row violates: constraint → rows. Run after the apply, in its transaction. */
export async function findBrokenReferences(diff: DiffSet): Promise<Record<string, number>> {
  const broken: Record<string, number> = {};
  const count = async (name: string, sql: string) => {
    const n = Number(((await diff.connection.query(sql)).rows[0] as { n: string }).n);
    if (n > 0) broken[name] = (broken[name] ?? 0) + n;
  };
  for (const table of differingTables(diff)) {
    for (const link of [...linksFrom(diff.catalog, table.live.oid), ...linksTo(diff.catalog, table.live.oid)]) {
      const open = link.period && uncoveredNow(diff, table, link);
      if (open) await count(link.name, open);
    }
    for (const link of writesRows(diff, table) ? byEquality(linksFrom(diff.catalog, table.live.oid)) : []) {
      const same = linkJoin(
        link,
        i => columnReference(link.referencedColumns[i]!, 'p'),
        i => columnReference(link.columns[i]!, 'c'),
      );
      const filled = link.columns.map(column => `${columnReference(column, 'c')} IS NOT NULL`);
      await count(
        link.name,
        `
        SELECT count(*) AS n FROM ${nameOf(diff, table)} d JOIN ${fromTable(table.live)} AS c ON ${sameKey(table, 'd', 'c')}
         WHERE d.op IN ('i', 'u') AND ${filled.join(' AND ')}
           AND NOT EXISTS (SELECT 1 FROM ${fromTable({ table: link.parent, kind: link.parentKind })} AS p WHERE ${same})`,
      );
    }
    for (const link of byEquality(linksTo(diff.catalog, table.live.oid))) {
      const referenced = matchedColumns(table, link.referencedColumns);
      if (!referenced || (extentOf(diff, table).deletes === 0 && !changesAny(diff, table, referenced))) continue;
      const points = linkJoin(
        link,
        i => `d.o${referenced[i]!.number}`,
        i => columnReference(link.columns[i]!, 'c'),
      );
      const stays = referenced.map(column =>
        equalValues(column, columnReference(column.name, 'p'), `d.o${column.number}`),
      );
      await count(
        link.name,
        `
        SELECT count(*) AS n FROM ${nameOf(diff, table)} d
          JOIN ${fromTable({ table: link.child, kind: link.childKind })} AS c ON ${points}
         WHERE (d.op = 'd' OR (d.op = 'u' AND d.changed && ${numbers(referenced)}))
           AND NOT EXISTS (SELECT 1 FROM ${fromTable(table.live)} AS p WHERE ${stays.join(' AND ')})`,
      );
    }
  }
  return broken;
}

/**
 * Children of deleted rows that other sessions committed during the apply, read by a separate session. The apply
 * already locks the rows it deletes, so no further child can be added. The diff tables must be committed.
 */
export async function findNewChildren(diff: DiffSet, source: Source): Promise<Record<string, number>> {
  const losing = diff.shape.tables.filter(
    table => extentOf(diff, table).deletes > 0 && linksTo(diff.catalog, table.live.oid).length > 0,
  );
  if (losing.length === 0) return {};
  const witness: Connection = await connect(source, 'restore witness');
  try {
    const found: Record<string, number> = {};
    const lost = losing.flatMap(table =>
      byEquality(linksTo(diff.catalog, table.live.oid)).map(link => [table, link] as const),
    );
    for (const [table, link] of lost) {
      const sql = newChildrenSql(diff, table, link);
      if (sql === undefined) continue;
      const { rows } = await witness.query(sql);
      const n = Number((rows[0] as { n: string }).n);
      if (n > 0) found[link.child] = (found[link.child] ?? 0) + n;
    }
    return found;
  } finally {
    await witness.end().catch(() => {});
  }
}

/** Children of a deleted row that the difference neither deletes nor moves to another parent. */
function newChildrenSql(diff: DiffSet, table: DiffTable, link: Link): string | undefined {
  const child = comparedTable(diff, link.childOid);
  const referenced = matchedColumns(table, link.referencedColumns);
  if (!referenced) return undefined;
  const points = linkJoin(
    link,
    i => `d.o${referenced[i]!.number}`,
    i => columnReference(link.columns[i]!, 'c'),
  );
  const handled = child
    ? `AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, child)} w WHERE ${sameKey(child, 'w', 'c')})`
    : '';
  const back = referenced
    .map(column => equalValues(column, `y.n${column.number}`, `d.o${column.number}`))
    .join(' AND ');
  return `
    SELECT count(*) AS n FROM ${nameOf(diff, table)} d
      JOIN ${fromTable({ table: link.child, kind: link.childKind })} AS c ON ${points}
     WHERE d.op = 'd' ${handled}
       AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, table)} y WHERE y.op IN ('i', 'u') AND ${back})`;
}

/** SHA-256 over the difference, row by row: identifies an approved plan. */
export async function digestDiff(diff: Pick<DiffSet, 'connection' | 'schema' | 'prefix' | 'shape'>): Promise<string> {
  const { tables } = diff.shape;
  const results = await runTogether(
    diff.connection,
    tables.map(
      table => `
      SELECT encode(sha256(coalesce(string_agg(sha256(convert_to(d::text, getdatabaseencoding())), ''::bytea ORDER BY id), ''::bytea)), 'hex') AS digest
        FROM ${nameOf(diff, table)} d`,
    ),
  );
  return tables
    .map((table, position) => {
      const { digest } = results[position]!.rows[0] as { digest: string };
      return `${quoteIdentifier(table.live.table)} ${digest}`;
    })
    .join('\n');
}

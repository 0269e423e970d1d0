/**
 * What makes a replayed state the tenant's state: rows whose parent is not the tenant's go, level by level; rows that the
 * log left incomplete refuse the restore; erased subjects and all that refers to them are left out.
 */
import { TargetError } from '../../domain/errors.ts';
import type { Connection } from '../connection.ts';
import { isTenant, tenantText, valueType } from '../equality.ts';
import { quoteLiteral } from '../sql.ts';
import type { StageTable } from './stage-table.ts';
import { joinCondition, stagedJoin } from './staged-references.ts';
import type { StagedColumn } from './staging.ts';

type Stages = ReadonlyMap<string, StageTable>;

/** Removes rows of via tables whose parent is not staged, parents before children. Returns how many went. */
export async function dropUnrooted(connection: Connection, stages: Stages): Promise<number> {
  let dropped = 0;
  for (const stage of parentsFirst(stages)) {
    const step = stage.owned.kind === 'via' ? stage.owned.path[0]! : undefined;
    const parent = step && stages.get(step.references);
    if (!step || !parent) continue;
    const join = stagedJoin(stage, 's', parent, 'p', step);
    const { rowCount } = await connection.query(
      `DELETE FROM ${stage.staged} AS s WHERE NOT EXISTS (SELECT 1 FROM ${parent.staged} AS p WHERE ${join})`,
    );
    dropped += rowCount ?? 0;
  }
  return dropped;
}

/**
 * Removes rows of direct tables that the log alone could not tell from the tenant's: those of types that only the database
 * can fold. Returns how many went.
 */
export async function dropForeign(connection: Connection, stages: Stages, tenant: string): Promise<number> {
  let dropped = 0;
  for (const stage of stages.values()) {
    const column = stage.owned.kind === 'via' ? undefined : stage.column(stage.owned.column);
    if (column?.equality?.canonical !== 'folded') continue;
    const { rowCount } = await connection.query(
      `DELETE FROM ${stage.staged} AS s WHERE (${isTenant(typeOf(column), `s.${column.physical}`, quoteLiteral(tenant))}) IS NOT TRUE`,
    );
    dropped += rowCount ?? 0;
  }
  return dropped;
}

/**
 * Refuses where a change of one of the tenant's rows came without all its values and the row is not there. Changes of
 * rows that turn out to be another tenant's do not count. Throws TargetError `incomplete-row`.
 */
export async function refuseIncomplete(connection: Connection, stages: Stages, tenant: string): Promise<void> {
  for (const stage of stages.values()) {
    for (const number of stage.unfilled) await refuseUnfilled(connection, stage, number);
    if (stage.arrived) throw arrivedUnseen(stage);
    if (!stage.hasPending) continue;
    const { rows } = await connection.query(
      `SELECT count(*)::int AS n FROM ${stage.pending} AS p WHERE ${belongs(stage, stages, tenant)}`,
    );
    if (rows[0].n > 0) throw incomplete(stage, rows[0].n);
  }
}

function belongs(stage: StageTable, stages: Stages, tenant: string): string {
  const unknown = 'array_position(p.routing, NULL) IS NOT NULL';
  const typed = (name: string, place: number) => `p.routing[${place + 1}]::${valueType(typeOf(stage.column(name)!))}`;
  if (stage.owned.kind !== 'via')
    return `${unknown} OR ${isTenant(typeOf(stage.column(stage.owned.column)!), typed(stage.owned.column, 0), quoteLiteral(tenant))}`;
  const step = stage.owned.path[0]!;
  const parent = stages.get(step.references);
  if (!parent) return 'true';
  const join = joinCondition(stage, parent, step, index => typed(step.columns[index]!, index), 'q');
  return `${unknown} OR EXISTS (SELECT 1 FROM ${parent.staged} AS q WHERE ${join})`;
}

const typeOf = ({ stagedType, equality }: StagedColumn) => ({ type: stagedType, equality });

async function refuseUnfilled(connection: Connection, stage: StageTable, number: number): Promise<void> {
  const { rows } = await connection.query(`SELECT count(*)::int AS n FROM ${stage.staged} WHERE c${number} IS NULL`);
  if (rows[0].n > 0) throw incomplete(stage, rows[0].n);
}

function arrivedUnseen({ table }: StageTable): TargetError {
  return new TargetError(
    'incomplete-row',
    `Rows of ${table} moved from another tenant before this target, and the change log does not show which rows moved with them.`,
    {
      hint: 'Choose a target before that, or take a snapshot and choose a target after it. With REPLICA IDENTITY FULL, or the tenant in the primary key, such moves are detected when they are shipped.',
      details: { table },
    },
  );
}

function incomplete(stage: StageTable, rows: number): TargetError {
  return new TargetError(
    'incomplete-row',
    `The change log does not contain all values of ${rows} row(s) of ${stage.table} at this target.`,
    {
      hint: 'Choose a target before these rows were changed, or take a snapshot and choose a target after it.',
      details: { table: stage.table, rows },
    },
  );
}

/** A row took a key that another row had left while the snapshot was read, and the log leaves out one of its values. */
export function unprovedRow(table: string): TargetError {
  return new TargetError(
    'incomplete-row',
    `Rows of ${table} exchanged their keys while the snapshot before this target was taken, and the change log does not contain all of their values.`,
    {
      hint: 'Choose a target before that snapshot, or take a new one and choose a target after it. With REPLICA IDENTITY FULL the log contains all values.',
      details: { table },
    },
  );
}

/** The log has changes without the columns that identify their rows. */
export function unnamedRows(table: string): TargetError {
  return new TargetError(
    'incomplete-row',
    `The change log does not say which rows of ${table} were changed before this target: its replica identity was NOTHING.`,
    {
      hint: 'Choose a target before that, or set the replica identity (`holdfast doctor`), take a snapshot, and choose a target after it.',
      details: { table },
    },
  );
}

/** Finds rows by their key's text values, and by those that equal values share: called for every staged row of the table. */
export type IsErased = (key: readonly string[], shared: readonly string[]) => boolean;

/** Moves the rows that `isErased` names out of the state, inside the caller's transaction. Returns how many. */
export async function leaveOut(
  connection: Connection,
  stage: StageTable,
  key: readonly string[],
  isErased: IsErased,
): Promise<number> {
  const columns = stage
    .physical(key)
    .map((name, index) => `${name}::text AS k${index}, ${sharedText(stage.column(key[index]!)!, name)} AS s${index}`);
  const found: string[] = [];
  await connection.query(
    `DECLARE erased NO SCROLL CURSOR FOR SELECT ctid::text AS place, ${columns.join(', ')} FROM ${stage.staged}`,
  );
  for (;;) {
    const { rows } = await connection.query('FETCH 10000 FROM erased');
    if (rows.length === 0) break;
    for (const row of rows) {
      const texts = (mark: string) => key.map((_, index) => row[mark + index]);
      if (isErased(texts('k'), texts('s'))) found.push(row.place);
    }
  }
  await connection.query('CLOSE erased');
  return found.length === 0 ? 0 : moveOut(connection, stage, 'ctid = ANY ($1::tid[])', '', [found]);
}

function sharedText({ asText, equality }: StagedColumn, name: string): string {
  const canonical = asText ? 'text' : (equality?.canonical ?? 'text');
  return canonical === 'text' || canonical === 'none' ? `${name}::text` : tenantText({ equality }, name);
}

/** Leaves out, transitively, the rows that refer to rows left out. Returns how many per table. */
export async function leaveOutDependents(connection: Connection, stages: Stages): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  while (await leaveOutChildren(connection, stages, counts));
  return counts;
}

/** One level: the rows that refer to what has been left out so far. False where there was none. */
async function leaveOutChildren(connection: Connection, stages: Stages, counts: Map<string, number>): Promise<boolean> {
  let again = false;
  for (const stage of stages.values()) {
    for (const { parent, join } of references(stage, stages)) {
      if (!parent.hasLeftOut) continue;
      const moved = await moveOut(connection, stage, join, `USING ${leftOut(parent)} AS gone`, []);
      if (moved > 0) counts.set(stage.table, (counts.get(stage.table) ?? 0) + moved);
      again ||= moved > 0;
    }
  }
  return again;
}

function references(stage: StageTable, stages: Stages): { parent: StageTable; join: string }[] {
  const path = stage.owned.kind === 'via' ? [stage.owned.path[0]!] : [];
  return [...stage.schema.foreignKeys, ...path].flatMap(reference => {
    const { columns, references: name, referencedColumns } = reference;
    const parent = stages.get(name);
    const usable =
      parent &&
      columns.every(column => stage.column(column)) &&
      referencedColumns.every(column => parent.column(column));
    if (!usable) return [];
    return [{ parent, join: stagedJoin(stage, 's', parent, 'gone', reference) }];
  });
}

export const leftOut = (stage: StageTable) => stage.staged.replace(/\.t(\d+)$/, '.e$1');
/** The keys of rows that were left out, under the columns' names: the diff must not take their absence for a deletion. */
export const leftOutKeys = (stage: StageTable) => stage.staged.replace(/\.t(\d+)$/, '.x$1');

async function moveOut(
  connection: Connection,
  stage: StageTable,
  where: string,
  using: string,
  values: unknown[],
): Promise<number> {
  if (!stage.hasLeftOut)
    await connection.query(
      `SET client_min_messages = warning; CREATE UNLOGGED TABLE IF NOT EXISTS ${leftOut(stage)} (LIKE ${stage.staged})`,
    );
  const { rowCount } = await connection.query(
    `WITH out AS (DELETE FROM ${stage.staged} AS s ${using} WHERE ${where.replace(/^ctid/, 's.ctid')} RETURNING s.*) INSERT INTO ${leftOut(stage)} SELECT * FROM out`,
    values,
  );
  stage.hasLeftOut ||= (rowCount ?? 0) > 0;
  return rowCount ?? 0;
}

function parentsFirst(stages: Stages): StageTable[] {
  const order: StageTable[] = [];
  const seen = new Set<StageTable>();
  const visit = (stage: StageTable) => {
    if (seen.has(stage)) return;
    seen.add(stage);
    const parent = stage.owned.kind === 'via' ? stages.get(stage.owned.path[0]!.references) : undefined;
    if (parent) visit(parent);
    order.push(stage);
  };
  for (const stage of stages.values()) visit(stage);
  return order;
}

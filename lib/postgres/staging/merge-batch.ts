/**
 * A batch of folded changes, set-wise: one DELETE, one INSERT and one UPDATE per set of unchanged columns, whatever the
 * number of rows. A row whose image is partial and that staging does not have is noted as pending. An offered row whose
 * parent is not the tenant's becomes a deletion first.
 */
import type { Lsn } from '../../domain/lsn.ts';
import type { NetRow } from '../../domain/net-batch.ts';
import type { Connection } from '../connection.ts';
import { loadBatch } from './load-batch.ts';
import { ensurePending, noteSql, settleSql } from './pending-rows.ts';
import { type Binding, matchKey } from './replay-binding.ts';
import type { StageTable } from './stage-table.ts';
import { isOrphan } from './staged-references.ts';

/** What says whose the offered rows are. */
export interface Offer {
  /** Their parents, where they are judged by them now. */
  readonly parent: StageTable | undefined;
  /** The transaction (its commit) after which they are judged, where the batch ends inside it. */
  readonly within: Lsn | undefined;
}

/** A batch that is loaded. In its table: `_set` is -2 for a deletion, -1 for a whole row, else an index of `sets`. */
interface Loaded {
  readonly stage: StageTable;
  readonly binding: Binding;
  /** Which columns a set of updates has. */
  readonly sets: readonly (readonly boolean[])[];
  /** Sets that do not tell whose the row is: unchanged, so whoever has the row keeps it. */
  readonly untold: readonly number[];
  /** SQL condition: the staged row `s` and the row `b` of the batch have one key. */
  readonly sameKey: string;
}

/** Applies the rows to the staged table. They have different keys, so that their order does not matter. */
export async function mergeBatch(
  connection: Connection,
  stage: StageTable,
  binding: Binding,
  rows: readonly NetRow[],
  { parent, within }: Offer,
): Promise<void> {
  const sets = await loadBatch(connection, stage, binding, rows);
  const untold = sets.flatMap((present, set) =>
    binding.columns.some((name, index) => !present[index] && binding.routing.includes(name)) ? [set] : [],
  );
  const sameKey = matchKey(binding, name => [`s.${name}`, `b.${name}`]);
  const loaded: Loaded = { stage, binding, sets, untold, sameKey };
  const judge = parent ? [judgeSql(loaded, parent)] : [];
  if (rows.some(row => row.claimed)) {
    // Only what has been judged can be looked for.
    for (const step of judge.splice(0)) await connection.query(step);
    await noteArrivals(connection, loaded, within);
  }
  const has = (op: NetRow['op']) => rows.some(row => row.op === op);
  const steps = [
    ...judge,
    ...(has('delete') || has('upsert') || parent ? removals(loaded) : []),
    ...(has('upsert') ? [insertion(loaded)] : []),
    ...updates(loaded),
  ];
  if (sets.length > 0) {
    await ensurePending(connection, stage);
    steps.push(...incompletes(loaded));
  }
  await connection.query(steps.join('; '));
}

/** Makes deletions of the offered rows that are not the tenant's. */
function judgeSql({ stage, untold }: Loaded, parent: StageTable): string {
  const told = untold.length === 0 ? '' : ` AND b._set NOT IN (${untold.join(', ')})`;
  return `UPDATE ${stage.batch} AS b SET _set = -2 WHERE b._offered AND b._set <> -2${told} AND ${isOrphan(stage, parent, 'b')}`;
}

/** Whether rows that were only changed are not there: they came from elsewhere. */
async function noteArrivals(connection: Connection, loaded: Loaded, within: Lsn | undefined): Promise<void> {
  const { stage, sameKey } = loaded;
  // Not those of which it is not decided yet whose they are, nor those that this change left with whoever had them.
  const judged = within === undefined ? unlessLeft(loaded) : ' AND NOT b._offered';
  const { rows } = await connection.query(
    `SELECT 1 FROM ${stage.batch} AS b WHERE b._claimed AND b._set <> -2${judged} AND NOT EXISTS (SELECT 1 FROM ${stage.staged} AS s WHERE ${sameKey}) LIMIT 1`,
  );
  if (rows.length > 0) stage.arrived = true;
}

/** SQL condition, to be added: the change does not leave the row with whoever had it. */
function unlessLeft({ untold }: Loaded): string {
  return untold.length === 0 ? '' : ` AND NOT (b._offered AND b._set IN (${untold.join(', ')}))`;
}

function removals({ stage, binding, sameKey }: Loaded): string[] {
  return [
    `DELETE FROM ${stage.staged} AS s USING ${stage.batch} AS b WHERE b._set < 0 AND ${sameKey}`,
    ...(stage.hasPending ? [settleSql(stage, binding, 'b._set < 0')] : []),
  ];
}

function insertion({ stage, binding }: Loaded): string {
  const columns = binding.columns.join(', ');
  return `INSERT INTO ${stage.staged} (${columns}) SELECT ${columns} FROM ${stage.batch} AS b WHERE b._set = -1`;
}

function updates({ stage, binding, sets, sameKey }: Loaded): string[] {
  return sets.flatMap((present, set) => {
    // The key is the same, to the byte.
    const known = binding.columns.filter((name, index) => present[index] && !binding.key.includes(name));
    if (known.length === 0) return [];
    const values = known.map(name => `${name} = b.${name}`).join(', ');
    return [`UPDATE ${stage.staged} AS s SET ${values} FROM ${stage.batch} AS b WHERE b._set = ${set} AND ${sameKey}`];
  });
}

/** Updates of rows that are not there are pending, each once. */
function incompletes(loaded: Loaded): string[] {
  const { stage, binding, sameKey } = loaded;
  const missing = `b._set >= 0${unlessLeft(loaded)} AND NOT EXISTS (SELECT 1 FROM ${stage.staged} AS s WHERE ${sameKey})`;
  return [settleSql(stage, binding, missing), noteSql(stage, binding, missing)];
}

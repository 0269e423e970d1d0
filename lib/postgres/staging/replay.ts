/**
 * Applies folded changes (domain/net-batch.ts says what a batch means) to staged tables, parents first. Invariant: after
 * each batch the staged rows are what applying its changes one by one would have given. The transaction is the caller's, so
 * that how far replay came is committed with the rows it stands for.
 */
import type { Lsn } from '../../domain/lsn.ts';
import type { NetBatch, NetTable, RowShape } from '../../domain/net-batch.ts';
import type { Connection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';
import { mergeBatch } from './merge-batch.ts';
import { applyRekey, dropOrphan } from './rekey-row.ts';
import { bind } from './replay-binding.ts';
import type { StageTable } from './stage-table.ts';
import { dropOrphans } from './staged-references.ts';

export interface ReplayTarget {
  readonly connection: Connection;
  /** The staged table with the shape's columns; undefined where the table is not staged. Called once per table and batch. */
  tableFor(table: string, shape: RowShape | null): Promise<StageTable | undefined>;
  /** Where offered rows of the table must have their parent to be the tenant's; undefined: it cannot be judged by it. */
  parentOf(stage: StageTable): StageTable | undefined;
  /** Make an index before replay matches rows: right where the changes are few against the rows. */
  readonly indexFirst: boolean;
}

/**
 * Begins a transaction for batches. Nothing has statistics here, so a merge join looks as cheap as any and sorts the whole
 * staged table for every batch: a hash of the batch, or the index, is what fits. What is unlogged need not wait for the
 * log either.
 */
export async function beginReplay(connection: Connection): Promise<void> {
  await connection.query('BEGIN; SET LOCAL enable_mergejoin = off; SET LOCAL synchronous_commit = off');
}

/** Applies one batch inside the caller's transaction. Returns the changes applied. Throws SourceError. */
export async function applyBatch(target: ReplayTarget, batch: NetBatch): Promise<number> {
  let applied = 0;
  try {
    const tables: { stage: StageTable; net: NetTable }[] = [];
    for (const net of batch.tables) {
      const stage = await target.tableFor(net.table, net.shape);
      if (stage) tables.push({ stage, net });
    }
    // Offered rows are judged by their parents, which are then as the batch leaves them.
    if (tables.length > 1) tables.sort((a, b) => depth(a.stage) - depth(b.stage));
    for (const { stage, net } of tables) {
      await applyTable(target, stage, net, batch.within);
      applied += net.rows.length;
    }
  } catch (error) {
    throw asSourceError(error, 'replaying the change log');
  }
  return applied;
}

/** The offered rows that were put in undecided, now that their transaction is through: those of others go. Their tables. */
export async function settleUndecided(
  target: ReplayTarget,
  stages: ReadonlyMap<string, StageTable>,
): Promise<string[]> {
  const undecided = [...stages.values()].filter(stage => stage.undecided !== undefined);
  undecided.sort((a, b) => depth(a) - depth(b));
  for (const stage of undecided) {
    const parent = target.parentOf(stage);
    stage.undecided = undefined;
    if (parent) await dropOrphans(target.connection, stage, parent);
  }
  return undecided.map(stage => stage.table);
}

async function applyTable(
  target: ReplayTarget,
  stage: StageTable,
  net: NetTable,
  within: Lsn | undefined,
): Promise<void> {
  const { connection, indexFirst } = target;
  if (net.truncatedAt !== null) {
    await connection.query(`TRUNCATE ${stage.staged}`);
    if (stage.hasPending) await connection.query(`TRUNCATE ${stage.pending}`);
  }
  if (net.rows.length === 0) return;
  const binding = bind(stage, net.shape!);
  if (indexFirst) await ensureIndex(connection, stage, binding.key);
  const offered = net.rows.some(row => row.offered);
  const parent = offered && within === undefined ? target.parentOf(stage) : undefined;
  if (offered && within !== undefined && target.parentOf(stage)) stage.undecided = within;
  const first = net.rows[0]!;
  if (first.op !== 'rekey') return mergeBatch(connection, stage, binding, net.rows, { parent, within });
  await applyRekey(connection, stage, binding, first);
  if (parent) await dropOrphan(connection, stage, parent, binding, first);
}

function depth({ owned }: StageTable): number {
  return owned.kind === 'via' ? owned.path.length : 0;
}

async function ensureIndex(connection: Connection, stage: StageTable, key: readonly string[]): Promise<void> {
  if (stage.indexed === key.join()) return;
  await connection.query(`CREATE INDEX ON ${stage.staged} (${key.join(', ')})`);
  stage.indexed = key.join();
}

/**
 * Replays the log onto staged tables until the time budget is used up. A round of batches and its position in the log
 * are committed together: resumed there, every change is replayed exactly once; except for the one in which the round
 * ended, whose deletes and puts give the same rows when repeated at once.
 */
import { parseLsn } from '../../../domain/lsn.ts';
import type { NetBatch } from '../../../domain/net-batch.ts';
import { NetChanges } from '../../../domain/net-changes.ts';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import { declares } from '../../../domain/tenant-model.ts';
import { runningIn } from '../../../domain/xid-snapshot.ts';
import { asSourceError } from '../../../postgres/source-error.ts';
import { applyBatch, beginReplay, type ReplayTarget, settleUndecided } from '../../../postgres/staging/replay.ts';
import type { StageTable } from '../../../postgres/staging/stage-table.ts';
import type { StagingArea } from '../../../postgres/staging/staging-area.ts';
import { commitPiece } from '../../../postgres/staging/staging-progress.ts';
import type { Context } from '../../context.ts';
import type { TimeBudget } from '../../time-budget.ts';
import { logStart } from '../plan/planned-objects.ts';
import type { VerifiedChain } from '../plan/verify-chain.ts';
import { LogFolder } from './fold-log.ts';
import { type LogPlace, type MergedChanges, mergeLog, placeAfter } from './merge-log.ts';
import { logPieces, type StageRelations } from './stage-relations.ts';

type ReplayContext = Pick<Context, 'vault' | 'keyring' | 'settings' | 'progress' | 'crash' | 'memory'>;

export interface ReplayState {
  readonly place: LogPlace;
  /** Changes consumed so far. */
  readonly changes: number;
  /** That is the target. */
  readonly done: boolean;
}

export interface ReplayRun {
  readonly plan: RestorePlan;
  readonly chain: VerifiedChain;
  readonly area: Pick<StagingArea, 'connection' | 'schema'>;
  readonly stages: ReadonlyMap<string, StageTable>;
  readonly relations: StageRelations;
  /** Progress items of the staging schema: the position of the replay and the state of these tables. */
  items(state: ReplayState, tables: readonly StageTable[]): Record<string, unknown>;
}

/** Returns the position reached. IntegrityError naming the object; SourceError. */
export async function replayLog(
  ctx: ReplayContext,
  run: ReplayRun,
  from: ReplayState,
  budget: TimeBudget,
): Promise<ReplayState> {
  const { plan, chain } = run;
  // The next batch is folded while the database applies the previous one: half the memory for each.
  const net = new NetChanges(ctx.settings.logMemoryBytes / 2);
  const folder = folderFor(run, net, from);
  folder.seen = from.changes;
  const target = parseLsn(plan.target.lsn);
  const merged = mergeLog({
    ...logPieces(ctx, plan.tenant, chain, logStart(plan)!, target),
    ...{ target, from: from.place, relation: (relation, part) => run.relations.target(relation, part) },
    ...(plan.seenBy && { without: runningIn(plan.seenBy) }),
  });
  const rounds = new Rounds(ctx, run, from);
  let last: MergedChanges | undefined;
  let done = true;
  try {
    for await (const some of merged) {
      last = some;
      await foldSome(folder, net, some, rounds);
      done = !budget.isUsed();
      if (!done) break;
    }
    const place = last === undefined ? from.place : placeAfter(last, last.changes.length);
    await rounds.apply(folder.end(done), { place, changes: folder.seen, done });
    await rounds.applied();
  } finally {
    await rounds.applied().catch(() => {});
  }
  return rounds.state;
}

/** Folds the log from that position for the tenant of the run. */
export function folderFor(
  { chain, stages }: Pick<ReplayRun, 'chain' | 'stages'>,
  net: NetChanges,
  from: Pick<ReplayState, 'changes'>,
): LogFolder {
  const all = [...stages.values()];
  return new LogFolder(net, {
    tenant: chain.snapshot.body.tenantId,
    consistent: parseLsn(chain.snapshot.header.to),
    parents: new Set(all.flatMap(stage => referenceOf(stage) ?? [])),
    within: all.find(stage => stage.undecided !== undefined)?.undecided,
    resumed: from.changes > 0,
  });
}

/** A round for each change whose batches must be applied now. */
async function foldSome(folder: LogFolder, net: NetChanges, some: MergedChanges, rounds: Rounds): Promise<void> {
  for (const [index, change] of some.changes.entries()) {
    const before = folder.seen;
    const batches = folder.fold(change);
    if (batches.length === 0) continue;
    // What is still held belongs to this change alone: it is folded again.
    const whole = net.isEmpty;
    await rounds.apply(batches, {
      place: placeAfter(some, whole ? index + 1 : index),
      changes: whole ? folder.seen : before,
      done: false,
    });
  }
}

/** Applies one round after the other, each while the next is folded. */
class Rounds {
  /** The position in the log once all submitted rounds are applied. */
  state: ReplayState;
  readonly #ctx: ReplayContext;
  readonly #run: ReplayRun;
  #applying: Promise<unknown> = Promise.resolve();

  constructor(ctx: ReplayContext, run: ReplayRun, from: ReplayState) {
    this.#ctx = ctx;
    this.#run = run;
    this.state = from;
  }

  async apply(batches: readonly NetBatch[], next: ReplayState): Promise<void> {
    await this.#applying;
    this.state = next;
    this.#applying = applyRound(this.#ctx, this.#run, batches, next);
    this.#applying.catch(() => {});
    this.#ctx.progress?.({
      ...{ step: 'restore.replay', message: 'Replaying the change log', unit: 'changes' },
      ...{ done: next.changes, total: this.#run.plan.volume.changes },
    });
  }

  /** Throws what applying threw. */
  async applied(): Promise<void> {
    await this.#applying;
  }
}

/** One transaction: the rows, the state of the tables, and the position in the log. */
async function applyRound(
  ctx: ReplayContext,
  run: ReplayRun,
  batches: readonly NetBatch[],
  next: ReplayState,
): Promise<void> {
  const { connection, schema } = run.area;
  const { indexFirst } = indexRule(run.plan);
  const target: ReplayTarget = {
    ...{ connection, indexFirst },
    tableFor: (table, shape) => run.relations.tableFor(table, shape),
    parentOf: stage => parentStage(run.stages, stage),
  };
  await beginReplay(connection);
  const names = new Set(batches.flatMap(batch => batch.tables.map(net => net.table)));
  for (const batch of batches) {
    if (!batch.settles) await applyBatch(target, batch);
    else for (const table of await settleUndecided(target, run.stages)) names.add(table);
  }
  const touched = [...names].flatMap(name => run.stages.get(name) ?? []);
  await ctx.crash?.('stage.during-replay');
  try {
    await commitPiece(connection, schema, run.items(next, touched));
  } catch (error) {
    throw asSourceError(error, 'recording how far the log was replayed');
  }
  await ctx.crash?.('stage.after-round');
}

function referenceOf({ owned }: StageTable): string | undefined {
  return owned.kind === 'via' ? owned.path[0]!.references : undefined;
}

/**
 * Where a foreign key guarantees that a row's parent exists, a row without a parent of this tenant belongs to another.
 */
export function parentStage(
  stages: ReadonlyMap<string, StageTable>,
  { owned, schema }: StageTable,
): StageTable | undefined {
  return owned.kind === 'via' && declares(schema, owned.path[0]!) ? stages.get(owned.path[0]!.references) : undefined;
}

/**
 * An index pays off where few changes meet many rows; otherwise one hash join per batch is cheaper than maintaining it.
 */
function indexRule({ volume }: RestorePlan): { indexFirst: boolean } {
  return { indexFirst: volume.changes * 4 < volume.rows };
}

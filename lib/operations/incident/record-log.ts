/**
 * Replays the log onto a staged table as a restore does, and notes what each row was before each transaction changed it.
 * Whose a row is, what an unrouted change means, which values an update leaves out: all is decided by the same replay
 * (replay-log.ts). Invariant: a batch holds at most one transaction's change of each row of the table, and the table's
 * rows are noted before the batch is applied.
 */
import { type Begin, type LogicalMessage, parseMessage, type RowMessage, TAG } from '../../codec/pgoutput.ts';
import { toNetChange } from '../../codec/row-change.ts';
import { formatLsn, type Lsn, parseLsn } from '../../domain/lsn.ts';
import type { NetBatch, NetTable } from '../../domain/net-batch.ts';
import { NetChanges } from '../../domain/net-changes.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import { pathOf } from '../../domain/tenant-model.ts';
import { CONTEXT_PREFIX } from '../../domain/transaction-context.ts';
import { applyBatch, type ReplayTarget, settleUndecided } from '../../postgres/staging/replay.ts';
import { dropForeign, dropUnrooted } from '../../postgres/staging/settle-stage.ts';
import type { StageTable } from '../../postgres/staging/stage-table.ts';
import { dropOrphans } from '../../postgres/staging/staged-references.ts';
import type { ChangedRow } from '../../postgres/versions/changed-rows.ts';
import type { NumberedTransaction, VersionTables } from '../../postgres/versions/version-tables.ts';
import type { Context } from '../context.ts';
import { logStart } from '../restore/plan/planned-objects.ts';
import type { LogFolder } from '../restore/stage/fold-log.ts';
import { LOG_BEGINNING, type LoggedChange, mergeLog } from '../restore/stage/merge-log.ts';
import type { StageRun } from '../restore/stage/open-run.ts';
import { folderFor, parentStage } from '../restore/stage/replay-log.ts';
import { logPieces } from '../restore/stage/stage-relations.ts';
import { type ChangedKey, TouchedRows } from './touched-rows.ts';

export type RecordContext = Pick<Context, 'vault' | 'keyring' | 'settings' | 'progress' | 'memory'>;

/** Replays the run's log to its target; changes of transactions that committed after `since` are noted. */
export async function recordLog(ctx: RecordContext, run: StageRun, since: Lsn, versions: VersionTables): Promise<void> {
  const { plan, chain, relations } = run;
  const target = parseLsn(plan.target.lsn);
  const recording = new Recording(ctx, run, versions);
  const merged = mergeLog({
    ...logPieces(ctx, plan.tenant, chain, logStart(plan)!, target),
    ...{ target, from: LOG_BEGINNING, relation: (relation, part) => relations.target(relation, part) },
    observe: (message, commit) => {
      if (commit > since) recording.observe(message, commit);
    },
  });
  for await (const { changes } of merged) {
    for (let at = 0; at < changes.length; ) {
      const { commit } = changes[at]!;
      let end = at + 1;
      while (end < changes.length && changes[end]!.commit === commit) end++;
      if (commit <= since) await recording.replay(changes[at]!);
      else await recording.record(changes.slice(at, end));
      at = commit <= since ? at + 1 : end;
    }
  }
  await recording.end();
}

interface OpenTransaction extends Omit<NumberedTransaction, 'number'> {
  readonly commit: Lsn;
}

class Recording {
  readonly #ctx: RecordContext;
  readonly #run: StageRun;
  readonly #versions: VersionTables;
  readonly #folder: LogFolder;
  readonly #touched = new TouchedRows();
  /** Tables that say whose a row of the recorded one is. */
  readonly #ancestors: ReadonlySet<string>;
  /** Which rows are the tenant's is only known to the database: decided after each batch. */
  readonly #decides: boolean;
  /** Begun, and not yet past. */
  readonly #known = new Map<Lsn, OpenTransaction>();
  readonly #said = new Map<Lsn, string>();
  #number = 0;
  #open: OpenTransaction | undefined;
  #began = false;
  /** Batches were applied since the touched rows were cleared. */
  #applied = false;
  /** A parent may have left the tenant in the open transaction. */
  #parentLeft = false;
  #toNote: NumberedTransaction[] = [];
  #contexts: { number: number; text: string }[] = [];

  constructor(ctx: RecordContext, run: StageRun, versions: VersionTables) {
    this.#ctx = ctx;
    this.#run = run;
    this.#versions = versions;
    this.#folder = folderFor(run, new NetChanges(ctx.settings.logMemoryBytes / 2), { changes: 0 });
    this.#ancestors = new Set(pathOf(versions.stage.owned).map(step => step.references));
    this.#decides = [...run.stages.values()].some(isDecidedByDatabase);
  }

  observe(message: Begin | LogicalMessage, commit: Lsn): void {
    if (message.type === 'message') {
      if (message.prefix === CONTEXT_PREFIX) this.#said.set(commit, message.content.toString('utf8'));
      return;
    }
    const { xid, commitTime } = message;
    this.#known.set(commit, { commit, xid, lsn: formatLsn(commit), time: serverTimeText(commitTime) });
  }

  /** A change before the range. */
  async replay(change: LoggedChange): Promise<void> {
    await this.#apply(this.#folder.fold(change), false);
  }

  /** Changes of one transaction; more of it may follow. */
  async record(changes: readonly LoggedChange[]): Promise<void> {
    const { commit } = changes[0]!;
    if (!this.#began) await this.#apply(this.#folder.end(true), false);
    this.#began = true;
    const isNew = commit !== this.#open?.commit;
    if (isNew) await this.#begin(commit);
    const keys = changes.flatMap(change => this.#keyOf(change) ?? []);
    if (this.#touched.isFull || this.#touched.isTouched(keys)) await this.#flush(isNew);
    for (const key of keys) this.#touched.touch(key);
    for (const change of changes) await this.#take(change);
  }

  async end(): Promise<void> {
    await this.#close();
    await this.#flush(true);
    await this.#versions.inTransaction(async () => {
      await this.#noteTransactions();
      await settleUndecided(this.#target([]), this.#run.stages);
    });
  }

  async #begin(commit: Lsn): Promise<void> {
    await this.#close();
    if (this.#applied) await this.#flush(true);
    this.#open = this.#known.get(commit)!;
    for (const past of this.#known.keys()) if (past < commit) this.#known.delete(past);
    this.#number += 1;
    const { xid, lsn, time } = this.#open;
    this.#toNote.push({ number: this.#number, xid, lsn, time });
    this.#touched.begin(this.#number);
  }

  /** The open transaction is complete. */
  async #close(): Promise<void> {
    if (this.#open === undefined) return;
    const text = this.#said.get(this.#open.commit);
    if (text !== undefined) this.#contexts.push({ number: this.#number, text });
    for (const past of this.#said.keys()) if (past <= this.#open.commit) this.#said.delete(past);
    if (!this.#parentLeft) return;
    await this.#flush(true);
    await this.#dropLeft();
    this.#parentLeft = false;
  }

  async #take(change: LoggedChange): Promise<void> {
    const { stage } = this.#versions;
    const tag = change.bytes[change.start];
    if (tag === TAG.truncate && change.targets.some(({ shape }) => shape.table === stage.table)) {
      await this.#flush(false);
      await this.#versions.inTransaction(() => this.#versions.noteTruncate(this.#number));
    }
    const isOther = !change.own && tag === TAG.update;
    if (isOther && change.targets.some(({ shape }) => this.#ancestors.has(shape.table))) this.#parentLeft = true;
    await this.#apply(this.#folder.fold(change), true);
  }

  /** Of a row of the recorded table. */
  #keyOf({ bytes, start, end, lsn, targets }: LoggedChange): ChangedKey | undefined {
    const shape = targets[0]!.shape;
    if (bytes[start] === TAG.truncate || shape.table !== this.#versions.stage.table || shape.key.length === 0)
      return undefined;
    const change = toNetChange(parseMessage(bytes.subarray(start, end)) as RowMessage, shape, lsn);
    if (change.kind === 'delete') return { key: change.key };
    if (change.kind === 'truncate') return undefined;
    return { key: shape.key.map(index => change.values[index]), oldKey: change.oldKey };
  }

  /** `through`: the open transaction is complete. */
  async #flush(through: boolean): Promise<void> {
    await this.#apply(this.#folder.end(through), this.#began);
    this.#touched.clear();
    this.#applied = false;
  }

  async #apply(batches: readonly NetBatch[], noted: boolean): Promise<void> {
    if (batches.length === 0) return;
    this.#applied = true;
    const { plan, stages } = this.#run;
    const { connection } = this.#versions;
    await this.#versions.inTransaction(async () => {
      if (noted) await this.#noteTransactions();
      for (const batch of batches) {
        const target = this.#target(noted ? batch.tables : []);
        if (batch.settles) await settleUndecided(target, stages);
        else await applyBatch(target, batch);
        if (!this.#decides) continue;
        await dropForeign(connection, stages, this.#run.chain.snapshot.body.tenantId);
        if (batch.within === undefined) await dropUnrooted(connection, stages);
      }
    });
    this.#ctx.progress?.({
      ...{ step: 'versions.replay', message: 'Reading the change log', unit: 'changes' },
      ...{ done: this.#folder.seen, total: plan.volume.changes },
    });
  }

  async #noteTransactions(): Promise<void> {
    await this.#versions.noteTransactions(this.#toNote);
    await this.#versions.noteContexts(this.#contexts);
    this.#toNote = [];
    this.#contexts = [];
  }

  #target(tables: readonly NetTable[]): ReplayTarget {
    const { relations, stages } = this.#run;
    const { connection, stage } = this.#versions;
    return {
      ...{ connection, indexFirst: this.#began },
      tableFor: async (table, shape) => {
        const found = await relations.tableFor(table, shape);
        const net = found === stage ? tables.find(each => each.table === table) : undefined;
        if (net?.shape && net.rows.length > 0) await this.#versions.note(net.shape, this.#changedRows(net));
        return found;
      },
      parentOf: each => parentStage(stages, each),
    };
  }

  #changedRows({ shape, rows }: NetTable): ChangedRow[] {
    const byKey = (key: readonly (Uint8Array | null | undefined)[]) => {
      const values: (Uint8Array | null | undefined)[] = shape!.columns.map(() => null);
      shape!.key.forEach((column, index) => {
        values[column] = key[index];
      });
      return values;
    };
    return rows.flatMap(({ op, key, values, oldKey }): ChangedRow[] => {
      const { transaction, from } = this.#touched.of(key);
      const row: ChangedRow =
        op === 'delete'
          ? { transaction, kind: 'delete', values: byKey(key) }
          : { transaction, kind: 'put', values: values!, from };
      return oldKey ? [{ transaction, kind: 'delete', values: byKey(oldKey) }, row] : [row];
    });
  }

  /** Rows whose parent went to another tenant go with it, level by level. */
  async #dropLeft(): Promise<void> {
    const { stages } = this.#run;
    const { stage, connection } = this.#versions;
    const path = [...pathOf(stage.owned).map(step => step.references)].reverse();
    await this.#versions.inTransaction(async () => {
      await this.#noteTransactions();
      for (const child of [...path.slice(1).map(name => stages.get(name)), stage]) {
        const parent = child && parentStage(stages, child);
        if (child === undefined || parent === undefined) continue;
        if (child === stage) await this.#versions.noteOrphans(this.#number, parent);
        await dropOrphans(connection, child, parent);
      }
    });
  }
}

/** Which tenant a value names is known to the database only. */
function isDecidedByDatabase(stage: StageTable): boolean {
  const { owned } = stage;
  return owned.kind !== 'via' && stage.column(owned.column)?.equality?.canonical === 'folded';
}

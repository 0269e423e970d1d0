/**
 * The COPY statements of a part, in key order of each work item, batch by batch: the bounds of inherited chunks are read
 * page by page as they are needed. Neighbouring chunks that are expected to be as they were share a statement, which only
 * compares them; where one differs, they are read one by one.
 */
import { inGroups, type ReadGroup } from '../../domain/chunk-layout.ts';
import type { Chunk, KeyBound } from '../../domain/chunk-page.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { includes } from '../../domain/index-ranges.ts';
import type { PartState, SnapshotPlan, WorkItem } from '../../domain/snapshot-parts.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantTable } from '../../postgres/export/chunk-query.ts';
import type { ChunkTarget } from '../storage/chunk-store.ts';
import type { PartStatement } from '../storage/part-sink.ts';
import type { RunChunk } from '../storage/run-comparison.ts';
import { boundText, type SnapshotBase } from './snapshot-base.ts';

/** Key ranges per round trip. */
const BATCH = 256;
/** Chunks that one statement compares: what is read twice where one of them changed. */
const RUN_CHUNKS = 256;
/** Where the log promises nothing, an item's chunks are compared until so many runs differed. */
const MOST_DIFFERING = 2;

export interface StatementSource {
  readonly plan: Pick<SnapshotPlan, 'work' | 'parts' | 'read' | 'mergeBytes'>;
  readonly tables: ReadonlyMap<TableName, TenantTable>;
  readonly base: SnapshotBase | undefined;
  /** Chunks of the last batch's run that have to be read one by one. */
  readonly again: () => readonly RunChunk[];
  /** A page of the base does not open. */
  readonly unreadable: (error: IntegrityError) => Promise<void>;
}

type Next = NonNullable<PartState['next']>;

/** The remaining statements of a part. A batch ends with a run: what that leaves to read comes right behind it. */
export async function* batchesOf(
  source: StatementSource,
  part: number,
  next: Next,
): AsyncGenerator<readonly PartStatement[]> {
  const numbers = source.plan.parts[part] ?? [];
  let batch: PartStatement[] = [];
  for (let position = next.position; position < numbers.length; position++) {
    const item = new ItemStatements(source, numbers[position]!, position);
    for await (const statement of item.all(position === next.position ? next : undefined)) {
      batch.push(statement);
      if (batch.length < BATCH && statement.run === undefined) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** The ranges of a batch by COPY statement: neighbours of one table share one, if they have both ends. */
export function inCopies(batch: readonly PartStatement[]): PartStatement[][] {
  const copies: PartStatement[][] = [];
  for (const statement of batch) {
    const last = copies.at(-1);
    const before = last?.[0];
    if (last && before?.table === statement.table && isNarrow(before) && isNarrow(statement)) last.push(statement);
    else copies.push([statement]);
  }
  return copies;
}

function isNarrow({ range: { from, to }, inherited, run }: PartStatement): boolean {
  return run === undefined && inherited !== null && (from?.length ?? 0) > 0 && (to?.length ?? 0) > 0;
}

/** A group with the end of its range. */
interface Ranged {
  readonly group: ReadGroup<Chunk>;
  readonly to: KeyBound;
}

class ItemStatements {
  readonly #source: StatementSource;
  readonly #work: number;
  readonly #item: WorkItem;
  readonly #position: number;
  readonly #table: TenantTable;
  #differing = 0;

  constructor(source: StatementSource, work: number, position: number) {
    this.#source = source;
    this.#work = work;
    this.#position = position;
    this.#item = source.plan.work[work]!;
    this.#table = source.tables.get(this.#item.table)!;
  }

  async *all(resumed: Next | undefined): AsyncGenerator<PartStatement> {
    const { base, from, to, table } = this.#item;
    const [first, end] = base?.chunks ?? [0, 0];
    const start = Math.max(first, resumed?.chunk ?? 0);
    let reached = resumed?.from ?? from;
    if (base && start < end) {
      const chunks = this.#source.base!.chunksOf(table).between([start, end]);
      const { plan } = this.#source;
      // Of several together it would not be known which of them differs.
      const separate = (index: number) => plan.read === 'full' && includes(base.promised, index);
      const groups = withEnds(inGroups(chunks, { first: start, mergeBytes: plan.mergeBytes, separate }), to);
      try {
        for await (const statement of this.#inherited(groups, resumed?.from)) {
          yield statement;
          reached = statement.range.to;
        }
        return;
      } catch (error) {
        await this.#report(error);
      }
    }
    // No bounds to inherit, or none that can be read: what is left is cut anew, and begins again as such.
    const known = base ? undefined : await this.#source.base?.digestsOf(table).catch(error => this.#report(error));
    yield this.#statement({ chunk: end, range: { from: reached, to }, inherited: null }, digest => known?.get(digest));
  }

  /** Without the page, the rows are read and stored all the same. */
  async #report(error: unknown): Promise<undefined> {
    if (!(error instanceof IntegrityError)) throw error;
    await this.#source.unreadable(error);
  }

  /** `from`: where an earlier call stopped; in the first group, maybe within it. */
  async *#inherited(groups: AsyncIterable<Ranged>, from: KeyBound | undefined): AsyncGenerator<PartStatement> {
    let run: Ranged[] = [];
    let stopped = from;
    for await (const ranged of groups) {
      const { group, to } = ranged;
      if (stopped !== undefined && stopped !== null && boundText(stopped) !== boundText(group.from)) {
        const rest = { chunk: group.index, range: { from: stopped, to }, inherited: group.bytes };
        yield this.#statement(rest, knownAs(group.only));
      } else if (this.#isComparable(group)) {
        run.push(ranged);
      } else {
        yield* this.#compared(run);
        run = [];
        yield this.#single(ranged);
      }
      stopped = undefined;
      if (run.length < RUN_CHUNKS) continue;
      yield* this.#compared(run);
      run = [];
    }
    yield* this.#compared(run);
  }

  #isComparable({ only, index }: ReadGroup<Chunk>): boolean {
    const { promised } = this.#item.base!;
    if (only === undefined || only.rows === 0) return false;
    if (promised.length > 0) return includes(promised, index);
    return this.#source.plan.read === 'full' && this.#differing < MOST_DIFFERING;
  }

  async *#compared(run: readonly Ranged[]): AsyncGenerator<PartStatement> {
    if (run.length < 2) {
      for (const ranged of run) yield this.#single(ranged);
      return;
    }
    const { group } = run[0]!;
    const range = { from: group.from, to: run.at(-1)!.to };
    const chunks = run.map(({ group: { index, only } }) => ({ index, chunk: only! }));
    yield { ...this.#statement({ chunk: group.index, range, inherited: null }, () => undefined), run: chunks };
    const again = new Set(this.#source.again().map(({ index }) => index));
    if (again.size > 0) this.#differing += 1;
    for (const ranged of run) if (again.has(ranged.group.index)) yield this.#single(ranged);
  }

  #single({ group, to }: Ranged): PartStatement {
    const { index, from, bytes, only } = group;
    const promised = includes(this.#item.base!.promised, index) ? only : undefined;
    const range = { from, to };
    return { ...this.#statement({ chunk: index, range, inherited: bytes }, knownAs(only)), promised };
  }

  #statement(which: Pick<PartStatement, 'chunk' | 'range' | 'inherited'>, known: ChunkTarget['known']): PartStatement {
    const table = this.#table;
    const columns = table.columns.map(column => column.name);
    const target = { table: table.owned.table, columns, known };
    return { ...which, position: this.#position, work: this.#work, table, target };
  }
}

function knownAs(chunk: Chunk | undefined): ChunkTarget['known'] {
  return digest => (digest === chunk?.digest ? chunk : undefined);
}

async function* withEnds(groups: AsyncIterable<ReadGroup<Chunk>>, end: KeyBound): AsyncGenerator<Ranged> {
  let before: ReadGroup<Chunk> | undefined;
  for await (const group of groups) {
    if (before) yield { group: before, to: group.from };
    before = group;
  }
  if (before) yield { group: before, to: end };
}

/**
 * `holdfast history`: the life of a row, from the versions of its table (stage-versions.ts). A row is followed through
 * changes of its key in both directions; under the key that was asked for, earlier rows are shown too (a row that was
 * deleted and inserted again). Read newest first and in pages, so that a row with many versions needs no more memory.
 */
import { formatLsn } from '../../domain/lsn.ts';
import type { RowChange, RowChangeOp, RowHistory, RowTextsByColumn } from '../../domain/row-life.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { type KeyTexts, type RowEvent, type RowTexts, VersionReads } from '../../postgres/versions/version-reads.ts';
import type { Context } from '../context.ts';
import { findOwned } from '../restore/plan/select-rows.ts';
import { stageVersions, type VersionRange } from './stage-versions.ts';
import { conditionOf, tryOnLive } from './try-condition.ts';

export interface HistoryRequest extends VersionRange {
  /** The key as texts: all of its columns in order, or all but the tenant column. */
  readonly key: readonly string[];
  /** Changes to list. */
  readonly limit: number;
}

/** InputError `bad-key`, `bad-range`, `unknown-table`, `unknown-tenant`; TargetError; IntegrityError; SourceError. */
export async function rowHistory(ctx: Context, tenant: TenantId, asked: HistoryRequest): Promise<RowHistory> {
  await tryOnLive(ctx, findOwned(ctx.model, asked.table), asked);
  const versions = await stageVersions(ctx, tenant, asked);
  try {
    const { tables, types } = versions;
    const { schema, owned } = tables.stage;
    const reads = new VersionReads(tables);
    const keys = await reads.keysLike(conditionOf(schema, owned, asked, types));
    const trace = new RowTrace(reads, asked.limit, keys);
    for (const key of keys) await trace.follow(key);
    const { table, from, to, notes } = versions;
    return {
      ...{ table, notes, ...trace.result() },
      from: { lsn: formatLsn(from.lsn), time: from.time },
      to: { lsn: formatLsn(to.lsn), time: to.time },
    };
  } finally {
    await versions.drop();
  }
}

/** Events that are read at once. */
const PAGE = 50;

/** A life of a row, to be read backwards: the events of a key before a transaction. */
interface Life {
  readonly key: KeyTexts;
  /** Number of the transaction; null: to the end of the range. */
  readonly before: number | null;
  /** The row after the newest of these events. */
  readonly after: RowTexts | null;
}

interface NumberedChange extends RowChange {
  readonly number: number;
}

class RowTrace {
  readonly #reads: VersionReads;
  readonly #limit: number;
  readonly #asked: ReadonlySet<string>;
  readonly #changes: NumberedChange[] = [];
  /** Events that were read: several spellings of a key lead to the same row. */
  readonly #seen = new Set<string>();
  readonly #lives: Life[] = [];
  #more = false;
  #first: RowTextsByColumn | null = null;
  #now: RowTextsByColumn | null = null;

  constructor(reads: VersionReads, limit: number, asked: readonly KeyTexts[]) {
    this.#reads = reads;
    this.#limit = limit;
    this.#asked = new Set(asked.map(idOf));
  }

  result(): Pick<RowHistory, 'changes' | 'more' | 'first' | 'now'> {
    const newest = this.#changes.sort((a, b) => b.number - a.number);
    const more = this.#more || newest.length > this.#limit;
    const changes = newest.slice(0, this.#limit).map(({ number: _, ...change }) => change);
    return { changes, more, first: more ? null : this.#first, now: this.#now };
  }

  /** Reads what happened to the row of this key. */
  async follow(key: KeyTexts): Promise<void> {
    const life = await this.#newest(key);
    if (life.before === null && life.after) this.#now = this.#named(life.after);
    this.#lives.push(life);
    for (let next = this.#lives.pop(); next; next = this.#lives.pop()) await this.#read(next);
  }

  /** Where the row of the key is last: under another key, if it was changed. */
  async #newest(key: KeyTexts): Promise<Life> {
    const now = await this.#reads.current(key);
    const [last] = now ? [] : await this.#reads.events(key, null, 1);
    let next = last?.before ? await this.#successor(key, last.number) : null;
    if (next === null) return { key, before: null, after: now };
    for (let since = last!.number; ; ) {
      const end = await this.#endOf(next, since);
      if (end === undefined) return { key: next, before: null, after: await this.#reads.current(next) };
      const further = await this.#successor(next, end.number);
      if (further === null) return { key: next, before: end.number + 1, after: null };
      since = end.number;
      next = further;
    }
  }

  /** The key that the row of this key got in a transaction, if there is a row after it. */
  async #successor(key: KeyTexts, transaction: number): Promise<KeyTexts | null> {
    const to = await this.#reads.movedTo(key, transaction);
    return to !== null && (await this.#reads.after(to, transaction)) !== null ? to : null;
  }

  /** The event in which the row that came to the key in a transaction ended there; undefined: it is still there. */
  async #endOf(key: KeyTexts, transaction: number): Promise<RowEvent | undefined> {
    for (let since = transaction; ; ) {
      const page = await this.#reads.following(key, since, PAGE);
      for (const [index, event] of page.entries()) {
        const next = page[index + 1];
        const after = next ? next.before : await this.#reads.after(key, event.number);
        if (after === null || event.from !== null) return event;
        since = event.number;
      }
      if (page.length < PAGE) return undefined;
    }
  }

  async #read(life: Life): Promise<void> {
    let next: Life = life;
    for (;;) {
      const page = await this.#reads.events(next.key, next.before, PAGE);
      const read = await this.#readPage(next, page);
      if (read === undefined) return;
      const isEnd = page.length < PAGE && read.key === next.key;
      next = read;
      if (!isEnd) continue;
      if (next.after) this.#first = this.#named(next.after);
      return;
    }
  }

  /** What is left of the life after these events; undefined: nothing. */
  async #readPage(life: Life, page: readonly RowEvent[]): Promise<Life | undefined> {
    const { key } = life;
    let { after } = life;
    for (const event of page) {
      if (this.#changes.length > this.#limit) this.#more = true;
      if (this.#more || this.#isSeen(key, event)) return undefined;
      const origin = event.from && after ? await this.#reads.at(event.from, event.number) : undefined;
      if (origin?.before) return this.#moved(event, key, origin.before, after!);
      if (!(await this.#noted(event, key, after))) return undefined;
      after = event.before;
    }
    return { key, before: page.at(-1)?.number ?? life.before, after };
  }

  /** The row had another key before the event: its life goes on there. */
  #moved(event: RowEvent, key: KeyTexts, before: RowTexts, after: RowTexts): Life {
    const { number, from } = event;
    this.#updated(event, before, after, from!);
    if (event.before && this.#asked.has(idOf(key))) {
      // Another row ended there.
      this.#lives.push({ key, before: number + 1, after: null });
      this.#seen.delete(seenAs(key, number));
    }
    this.#seen.add(seenAs(from!, number));
    return { key: from!, before: number, after: before };
  }

  #isSeen(key: KeyTexts, { number }: RowEvent): boolean {
    const id = seenAs(key, number);
    if (this.#seen.has(id)) return true;
    this.#seen.add(id);
    return false;
  }

  /** Notes an event that leaves the row under its key, or begins or ends it. False: this was the row's beginning. */
  async #noted(event: RowEvent, key: KeyTexts, after: RowTexts | null): Promise<boolean> {
    const { transaction, kind, number, before } = event;
    if (before && after) {
      this.#updated(event, before, after);
      return true;
    }
    if (after) {
      this.#changes.push({ number, op: 'insert', transaction, key: this.#keyOf(after), row: this.#named(after) });
      return this.#asked.has(idOf(key));
    }
    if (before === null) return true;
    const to = await this.#successor(key, number);
    const then = to && (await this.#reads.after(to, number));
    if (then) {
      if (this.#seen.has(seenAs(to!, number))) return true;
      this.#updated(event, before, then, key);
    } else
      this.#changes.push({
        ...{ number, op: endOf(kind), transaction },
        ...{ key: this.#keyOf(before), row: this.#named(before) },
      });
    return true;
  }

  #updated({ number, transaction }: RowEvent, before: RowTexts, after: RowTexts, from?: KeyTexts): void {
    this.#changes.push({
      ...{ number, op: 'update', transaction },
      key: this.#keyOf(after),
      ...(from && { keyBefore: Object.fromEntries(this.#reads.key.map((name, index) => [name, from[index]!])) }),
      changes: changesBetween(this.#reads.columns, before, after),
      row: this.#named(after),
    });
  }

  #named(row: RowTexts): RowTextsByColumn {
    return namedValues(this.#reads.columns, row);
  }

  #keyOf(row: RowTexts): RowTextsByColumn {
    const { key, columns } = this.#reads;
    return Object.fromEntries(key.map(name => [name, row[columns.indexOf(name)] ?? null]));
  }
}

const idOf = (key: KeyTexts) => JSON.stringify(key);
const seenAs = (key: KeyTexts, transaction: number) => JSON.stringify([key, transaction]);

/** A row that was there, and after a change of it is not, is another tenant's. */
function endOf(kind: RowEvent['kind']): RowChangeOp {
  return kind === 'put' ? 'left' : kind;
}

/** Columns that were dropped are named only where they have a value. */
export function namedValues(columns: readonly string[], row: RowTexts): RowTextsByColumn {
  return Object.fromEntries(
    columns.flatMap((name, index) =>
      row[index] === null && name.endsWith(' (dropped)') ? [] : [[name, row[index] ?? null]],
    ),
  );
}

export function changesBetween(
  columns: readonly string[],
  before: RowTexts,
  after: RowTexts,
): NonNullable<RowChange['changes']> {
  return Object.fromEntries(
    columns.flatMap((name, index) =>
      before[index] === after[index] ? [] : [[name, { before: before[index] ?? null, after: after[index] ?? null }]],
    ),
  );
}

/**
 * The columns of a table at a recovery target. Adding a column writes no row, so the rows of the log may not show it;
 * the runs record between which positions it happened (Reshaping). Pure. Invariant: a result is correct for the target;
 * if the target is between these positions, it is refused for that table by name.
 */
import { TargetError } from './errors.ts';
import type { LogBody, Reshaping } from './log-manifest.ts';
import { formatLsn, type Lsn, lsn, maxLsn, parseLsn } from './lsn.ts';
import { storedColumns, type TableName, type TableSchema } from './table-schema.ts';

/** The chain that a restore replays. */
export interface ReshapedChain {
  readonly snapshot: {
    readonly header: { readonly to: string; readonly toTime: string };
    readonly body: { readonly schema: { readonly tables: readonly TableSchema[] } };
  };
  /** In log order, up to the target. */
  readonly runs: readonly {
    readonly header: { readonly from: string; readonly to: string; readonly fromTime: string; readonly toTime: string };
    readonly body: Pick<LogBody, 'relations' | 'reshaped'>;
  }[];
}

export interface ReshapedAt {
  readonly lsn: Lsn;
  /** If a time was requested: there may be no row between it and the change of the columns. */
  readonly time?: string | undefined;
}

export interface ColumnsAt {
  /**
   * By oid: the last definition that a table with changed columns certainly had at the target.
   */
  readonly settled: ReadonlyMap<number, TableSchema>;
  /** The target is within these. */
  readonly unclear: readonly (Reshaping & { readonly table: TableName })[];
}

/** True where both have the same stored columns under the same names. */
export function sameColumns(a: TableSchema, b: TableSchema): boolean {
  return columnsOf(a) === columnsOf(b);
}

export function columnsAt({ snapshot, runs }: ReshapedChain, at: ReshapedAt): ColumnsAt {
  const read = new Map(snapshot.body.schema.tables.map(schema => [schema.oid, schema]));
  const known = new Map(read);
  const settled = new Map<number, TableSchema>();
  const unclear: ColumnsAt['unclear'][number][] = [];
  const readAt = parseLsn(snapshot.header.to);
  for (const run of runs) {
    for (const stretch of reshapedIn(run, known)) {
      const before = read.get(stretch.oid);
      const schema = run.body.relations.findLast(({ oid }) => oid === stretch.oid);
      if (before === undefined || schema === undefined) continue;
      // Read after the change, or within it as it left the table. Rows from before it may still be replayed over that.
      const isAfter = readAt >= parseLsn(stretch.to);
      const isRead = isAfter || (readAt > parseLsn(stretch.from) && sameColumns(before, schema));
      const isTooNew = !isAfter && at.time !== undefined && at.time < snapshot.header.toTime;
      const place = isRead ? (isTooNew ? 'within' : 'behind') : placeIn(stretch, at, readAt);
      if (place === 'within') unclear.push({ ...stretch, table: schema.table });
      if (place !== 'behind') continue;
      const found = isRead ? before : schema;
      settled.set(stretch.oid, found);
      known.set(stretch.oid, found);
    }
  }
  return { settled, unclear };
}

/**
 * The last positions at which the columns that tables had at a time are certain or, where the time itself is between
 * the positions of a change, are not yet those after it. Without them, a tenant that wrote nothing since could be
 * restored from a later snapshot, with its columns.
 */
export function reshapedAfter(runs: readonly Pick<ReshapedChain['runs'][number], 'body'>[], time: string): Lsn[] {
  return runs
    .flatMap(({ body }) => body.reshaped ?? [])
    .filter(({ toTime }) => toTime > time)
    .map(({ from, fromTime, to }) => (fromTime >= time ? parseLsn(from) : lsn(parseLsn(to) - 1n)));
}

/** TargetError `tables-in-gap` if the columns of one of the tables at the target are unknown. */
export function refuseReshaped(chain: ReshapedChain, at: ReshapedAt, wanted: ReadonlySet<TableName>): void {
  const found = columnsAt(chain, at).unclear.filter(({ table }) => wanted.has(table));
  if (found.length === 0) return;
  const tables = [...new Set(found.map(({ table }) => table))].sort();
  const [first, last] = [found[0]!, found.at(-1)!];
  const before = { lsn: first.from, time: first.fromTime };
  const after = { lsn: last.to, time: last.toTime };
  throw new TargetError(
    'tables-in-gap',
    `Columns of ${tables.join(', ')} were added, dropped or renamed between ${before.time} (${before.lsn}) and ${after.time} (${after.lsn}), and the log does not show whether before or after the target.`,
    {
      hint: `The nearest moments for all tables are ${before.time} (${before.lsn}) and ${after.time} (${after.lsn}). Or exclude these tables by name: ${tables.map(name => `--exclude ${name}`).join(' ')}.`,
      details: { tables, before, after },
    },
  );
}

/**
 * By oid and attribute number: the value of rows older than a column, from the first definition after the snapshot.
 * VACUUM FULL writes the value into the rows and removes it from the catalog.
 */
export function firstMissing(definitions: readonly TableSchema[]): (schema: TableSchema) => TableSchema {
  const first = new Map<string, string | null>();
  const id = (oid: number, number: number) => `${oid} ${number}`;
  for (const { oid, columns } of definitions)
    for (const { number, missing } of columns) if (!first.has(id(oid, number))) first.set(id(oid, number), missing);
  return schema => ({
    ...schema,
    columns: schema.columns.map(column => ({ ...column, missing: first.get(id(schema.oid, column.number)) ?? null })),
  });
}

/** A run of an earlier version lists only the definitions that it saw, some of which may be from after its end. */
function reshapedIn(
  { header, body }: ReshapedChain['runs'][number],
  known: ReadonlyMap<number, TableSchema>,
): readonly Reshaping[] {
  if (body.reshaped) return body.reshaped;
  const changed = body.relations.filter(schema => {
    const before = known.get(schema.oid);
    return before !== undefined && !sameColumns(before, schema);
  });
  const { fromTime, toTime } = header;
  const from = formatLsn(parseLsn(header.from));
  const to = formatLsn(lsn(parseLsn(header.to) + 1n));
  return [...new Set(changed.map(({ oid }) => oid))].map(oid => ({ oid, from, fromTime, to, toTime }));
}

/** The time decides if the tenant has no transaction between the time and the position. */
function placeIn(stretch: Reshaping, { lsn: position, time }: ReshapedAt, readAt: Lsn): 'before' | 'within' | 'behind' {
  if (position <= maxLsn(parseLsn(stretch.from), readAt) || (time !== undefined && time <= stretch.fromTime))
    return 'before';
  return position >= parseLsn(stretch.to) && (time === undefined || time >= stretch.toTime) ? 'behind' : 'within';
}

function columnsOf(schema: TableSchema): string {
  return JSON.stringify(storedColumns(schema).map(({ number, name }) => [number, name]));
}

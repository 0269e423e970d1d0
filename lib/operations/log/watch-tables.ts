/**
 * Compares the tables with the last run's view of them. Finds new or changed definitions, which the run's manifest
 * keeps together with all that its rows may have been written under, and tables for which the log alone is not complete
 * since then: these are suspect. Invariant: the traces that a run records are those of its own end, from its own
 * database snapshot.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Relation } from '../../codec/pgoutput.ts';
import { sameColumns } from '../../domain/reshaped-tables.ts';
import { provenLayout } from '../../domain/table-layouts.ts';
import { storedColumns, type TableName, type TableSchema } from '../../domain/table-schema.ts';
import {
  isToldWhole,
  type Sighting,
  type SightingNow,
  type Suspicion,
  suspicionOf,
} from '../../domain/table-suspicion.ts';
import { TableTrace } from '../../domain/table-trace.ts';
import type { Deps } from '../../ports.ts';
import { isBeingWritten, keepsOldRows, type TableNow } from '../../postgres/catalogs/table-storage.ts';
import type { Connection } from '../../postgres/connection.ts';
import { definitions, tableTraces } from '../catalog/log-items.ts';
import type { Before, DdlSpan, RecordedDdl } from './recorded-ddl.ts';

/** The tables as of a run, by oid. */
export type KnownTables = ReadonlyMap<number, Sighting>;

export interface TableSight {
  readonly tables: readonly TableSchema[];
  readonly traces: ReadonlyMap<number, TableNow>;
}

/** What the run read in the log. */
interface LogFindings {
  /** By table oid: see `suspicionOf`. */
  readonly truncated: ReadonlyMap<number, ReadonlySet<string>>;
  /** By table oid: every definition in the log, in log order. */
  readonly relations: ReadonlyMap<number, readonly Relation[]>;
  readonly ddl: RecordedDdl;
  /** The view of the tables contains exactly what was read. */
  readonly exact: boolean;
}

export interface TableWatch {
  /** New or changed definitions that rows of the run may have. */
  readonly changed: TableSchema[];
  readonly traces: TableTrace[];
  /** Tables with rows that may have changed since the previous run without the log, and the cause. */
  readonly suspects: ReadonlyMap<TableName, string>;
  /**
   * Of those, the ones being written by a transaction that may have begun before: the log is not complete until it
   * ends.
   */
  readonly outlived: ReadonlySet<TableName>;
  /**
   * Of those, the position just before the recorded DDL. Without it, the DDL may be anywhere since the previous run.
   */
  readonly since: ReadonlyMap<TableName, Before>;
  /** By oid, tables with changed columns, and the span in the log; null: unknown. */
  readonly reshaped: ReadonlyMap<number, DdlSpan | null>;
}

/** From the manifests of the source epoch's runs. */
export async function knownTables(deps: Pick<Deps, 'catalog'>, epoch: number): Promise<KnownTables> {
  const schemas = new Map((await definitions.list(deps.catalog, epoch)).map(schema => [schema.oid, schema]));
  const traces = await tableTraces.list(deps.catalog, epoch);
  return new Map(
    traces.flatMap(found => {
      const schema = schemas.get(found.oid);
      return schema ? [[found.oid, { schema, trace: found }] as const] : [];
    }),
  );
}

/** The key columns of each table as of the last run. */
export async function knownKeys(
  deps: Pick<Deps, 'catalog'>,
  epoch: number,
): Promise<Map<TableName, readonly string[]>> {
  const present = [...(await knownTables(deps, epoch)).values()].filter(({ trace }) => isPresent(trace));
  return new Map(present.map(({ schema }) => [schema.table, schema.key]));
}

/** A table that left the model or the database is recorded once as gone: its later changes were not followed. */
function goneSince(known: KnownTables, sight: TableSight): TableTrace[] {
  const seen = new Set(sight.tables.map(table => table.oid));
  return [...known.values()].flatMap(({ trace }) =>
    seen.has(trace.oid) || !isPresent(trace) ? [] : [{ ...trace, published: null, members: {} }],
  );
}

function isPresent(trace: TableTrace): boolean {
  return Object.keys(trace.members).length > 0;
}

/** The tables as of the last complete run. */
export interface Since {
  readonly known: KnownTables;
  /** The run reaches the moment of the view: it records the traces. A partial run leaves them to the next. */
  readonly isWhole: boolean;
  /** Every transaction before it had ended at the last run; undefined where there was none. */
  readonly horizon: string | undefined;
}

export async function watchTables(
  connection: Connection,
  sight: TableSight,
  since: Since,
  told: LogFindings,
): Promise<TableWatch> {
  const changed: TableSchema[] = [];
  const traces = since.isWhole ? goneSince(since.known, sight) : [];
  const suspects = new Map<TableName, string>();
  const outlived = new Set<TableName>();
  const places = new Map<TableName, Before>();
  const reshaped = new Map<number, DdlSpan | null>();
  for (const schema of sight.tables) {
    const seen = sight.traces.get(schema.oid);
    if (seen === undefined) continue;
    const before = since.known.get(schema.oid);
    const now = { schema, trace: seen };
    // While the owner of its rows is unknown, the previous way to identify it stays.
    const owner = before?.trace.owner;
    const kept = TableTrace.parse({ ...(owner !== undefined && { owner }), ...seen });
    const isNew = !isDeepStrictEqual(before?.trace, kept) || !isDeepStrictEqual(before?.schema, schema);
    if (since.isWhole && isNew) traces.push(kept);
    const relations = told.relations.get(schema.oid) ?? [];
    const layouts = layoutsOf(before ?? now, now, relations);
    changed.push(...definitionsOf(before?.schema, schema, layouts.between));
    if (before && !sameColumns(before.schema, schema)) reshaped.set(schema.oid, spanOf(before, now, since, told));
    if (since.horizon === undefined) continue;
    const truncated = told.truncated.get(schema.oid) ?? new Set();
    const found = await causeOf(connection, before, now, truncated, since.horizon);
    const cause = found.cause ?? layouts.unclear ?? misnamed(before?.schema ?? schema, schema, relations);
    if (cause === undefined) continue;
    suspects.set(schema.table, cause);
    // A dropped partition was recorded with its own oid.
    const oids = [schema.oid, ...Object.keys(before?.trace.members ?? {}).map(Number)];
    const written = [...oids, ...Object.keys(seen.members).map(Number)];
    if (found.outlived && (await isBeingWritten(connection, written))) outlived.add(schema.table);
    const place = since.isWhole && isToldWhole(before, now) ? told.ddl.before(oids) : undefined;
    if (place) places.set(schema.table, place);
    if (before && before.schema.table !== schema.table) suspects.set(before.schema.table, cause);
  }
  return { changed, traces, suspects, outlived, since: places, reshaped };
}

/** The span of the table's DDL since the previous run, where the log has all of it. */
function spanOf(before: Sighting, now: SightingNow, { isWhole }: Since, { ddl, exact }: LogFindings): DdlSpan | null {
  return (isWhole && exact && isToldWhole(before, now) && ddl.span(now.schema.oid)) || null;
}

async function causeOf(
  connection: Connection,
  before: Sighting | undefined,
  now: SightingNow & { trace: TableNow },
  truncated: ReadonlySet<string>,
  horizon: string,
): Promise<Pick<Suspicion, 'cause' | 'outlived'>> {
  const { rewritten, ...suspicion } = suspicionOf(before, now, truncated);
  if (suspicion.cause) return suspicion;
  for (const oid of rewritten) {
    if (await keepsOldRows(connection, now.trace.members[oid]!, horizon)) continue;
    return { cause: oid === String(now.trace.oid) ? 'it was rewritten' : 'a partition was truncated or rewritten' };
  }
  return {};
}

/**
 * Old rows of a partitioned table in the log are unclear while its own replica identity is one that its partitions do
 * not have: what the partition's identity does not provide is NULL there, or the row has no name.
 */
function misnamed(before: TableSchema, now: TableSchema, relations: readonly Relation[]): string | undefined {
  const isFull = [before, now].every(schema => schema.replicaIdentity === 'f');
  const isClear = (identity: string) => identity === 'd' || (identity === 'f' && isFull);
  return now.kind === 'p' && relations.some(relation => !isClear(relation.replicaIdentity))
    ? 'it had a replica identity that its partitions did not have'
    : undefined;
}

/** All definitions between the two views, in order; none where nothing changed. */
function definitionsOf(before: TableSchema | undefined, now: TableSchema, between: TableSchema[]): TableSchema[] {
  if (between.length === 0 && isDeepStrictEqual(before, now)) return [];
  return [...(before ? [before] : []), ...between, now];
}

/**
 * The definitions of rows in the log, other than the previous and the current one. Unclear where the columns of one are
 * unknown, or where the same names mean other columns than before.
 */
function layoutsOf(
  before: Sighting,
  now: Sighting,
  relations: readonly Relation[],
): { between: TableSchema[]; unclear?: string } {
  const unclear = 'columns were dropped and added in a way that the log cannot distinguish';
  const meant = new Map<string, string>();
  const between: TableSchema[] = [];
  for (const { schema } of [before, now]) {
    if (!means(meant, schema) && relations.length > 0) return { between, unclear };
  }
  for (const { columns } of relations) {
    const numbers = provenLayout(columns, before.trace.layout, now.trace.layout);
    if (numbers === undefined) return { between, unclear };
    const schema = definitionWith(before.schema, now.schema, columns, numbers);
    const names = columns.map(column => column.name);
    const isKnown = meant.has(JSON.stringify(names));
    if (!means(meant, schema)) return { between, unclear };
    if (!isKnown) between.push(schema);
  }
  return { between };
}

/** False where these names already mean other columns. */
function means(meant: Map<string, string>, schema: TableSchema): boolean {
  const columns = storedColumns(schema);
  const names = JSON.stringify(columns.map(column => column.name));
  const numbers = JSON.stringify(columns.map(column => column.number));
  const known = meant.get(names);
  meant.set(names, numbers);
  return known === undefined || known === numbers;
}

function definitionWith(
  before: TableSchema,
  now: TableSchema,
  listed: Relation['columns'],
  numbers: readonly number[],
): TableSchema {
  const names = new Set(listed.map(column => column.name));
  const find = (schema: TableSchema, number: number) => schema.columns.find(column => column.number === number);
  const columns = numbers.map((number, place) => ({
    ...(find(now, number) ?? find(before, number))!,
    name: listed[place]!.name,
  }));
  const key = [now.key, before.key].find(candidate => candidate.length > 0 && candidate.every(name => names.has(name)));
  return { ...now, columns, key: key ?? [] };
}

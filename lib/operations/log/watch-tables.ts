/**
 * Compares the tables with how the last run saw them. Finds definitions that are new or changed, which the run's
 * manifest keeps with all that its rows may be written under, and tables of which the log alone does not tell the truth
 * since then: these are suspect. Invariant: the traces that a run notes are those of its own end, as its own database
 * snapshot has them.
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
import type { Before, ToldDdl, ToldSpan } from './told-ddl.ts';

/** By oid: the tables as a run saw them. */
export type KnownTables = ReadonlyMap<number, Sighting>;

export interface TableSight {
  readonly tables: readonly TableSchema[];
  readonly traces: ReadonlyMap<number, TableNow>;
}

/** What the run read from the log. */
interface Told {
  /** By table oid: see `suspicionOf`. */
  readonly truncated: ReadonlyMap<number, ReadonlySet<string>>;
  /** By table oid: every definition that the log told, in log order. */
  readonly relations: ReadonlyMap<number, readonly Relation[]>;
  readonly ddl: ToldDdl;
  /** All that the sight shows is in what was read, and nothing more. */
  readonly exact: boolean;
}

export interface TableWatch {
  /** Definitions that rows of the run may have, where they are new or changed. */
  readonly changed: TableSchema[];
  readonly traces: TableTrace[];
  /** Tables whose rows may have changed since the run before without the log saying so, and what happened to them. */
  readonly suspects: ReadonlyMap<TableName, string>;
  /** Of those, the ones that somebody is writing who may have begun before: the log is not whole before that ended. */
  readonly outlived: ReadonlySet<TableName>;
  /** Of those, where the DDL stands in the log: just before it. Otherwise it may be anywhere since the run before. */
  readonly since: ReadonlyMap<TableName, Before>;
  /** By oid, tables whose columns are no longer the same, and where the log tells it the place; null: somewhere. */
  readonly reshaped: ReadonlyMap<number, ToldSpan | null>;
}

/** As the newest run's manifest and those before it have it. */
export async function knownTables(deps: Pick<Deps, 'catalog'>): Promise<KnownTables> {
  const schemas = new Map((await definitions.list(deps.catalog)).map(schema => [schema.oid, schema]));
  const traces = await tableTraces.list(deps.catalog);
  return new Map(
    traces.flatMap(found => {
      const schema = schemas.get(found.oid);
      return schema ? [[found.oid, { schema, trace: found }] as const] : [];
    }),
  );
}

/** The key columns of each table as the last run saw them. */
export async function knownKeys(deps: Pick<Deps, 'catalog'>): Promise<Map<TableName, readonly string[]>> {
  const present = [...(await knownTables(deps)).values()].filter(({ trace }) => isPresent(trace));
  return new Map(present.map(({ schema }) => [schema.table, schema.key]));
}

/** A table that left the model or the database is noted once as gone: whatever came of it since, nobody followed it. */
function goneSince(known: KnownTables, sight: TableSight): TableTrace[] {
  const seen = new Set(sight.tables.map(table => table.oid));
  return [...known.values()].flatMap(({ trace }) =>
    seen.has(trace.oid) || !isPresent(trace) ? [] : [{ ...trace, published: null, members: {} }],
  );
}

function isPresent(trace: TableTrace): boolean {
  return Object.keys(trace.members).length > 0;
}

/** How the last whole run saw them. */
export interface Since {
  readonly known: KnownTables;
  /** The run reaches the moment of the sight: it notes the traces. One that is cut off leaves them to the next. */
  readonly isWhole: boolean;
  /** Every transaction before it was over when the last run looked; undefined where there was none. */
  readonly horizon: string | undefined;
}

export async function watchTables(
  connection: Connection,
  sight: TableSight,
  since: Since,
  told: Told,
): Promise<TableWatch> {
  const changed: TableSchema[] = [];
  const traces = since.isWhole ? goneSince(since.known, sight) : [];
  const suspects = new Map<TableName, string>();
  const outlived = new Set<TableName>();
  const places = new Map<TableName, Before>();
  const reshaped = new Map<number, ToldSpan | null>();
  for (const schema of sight.tables) {
    const seen = sight.traces.get(schema.oid);
    if (seen === undefined) continue;
    const before = since.known.get(schema.oid);
    const now = { schema, trace: seen };
    // While nobody can tell whose its rows are, what they were told by before stands.
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
    const cause = found.cause ?? layouts.unclear;
    if (cause === undefined) continue;
    suspects.set(schema.table, cause);
    // A partition that is gone was told by its own oid.
    const oids = [schema.oid, ...Object.keys(before?.trace.members ?? {}).map(Number)];
    const written = [...oids, ...Object.keys(seen.members).map(Number)];
    if (found.outlived && (await isBeingWritten(connection, written))) outlived.add(schema.table);
    const place = since.isWhole && isToldWhole(before, now) ? told.ddl.before(oids) : undefined;
    if (place) places.set(schema.table, place);
    if (before && before.schema.table !== schema.table) suspects.set(before.schema.table, cause);
  }
  return { changed, traces, suspects, outlived, since: places, reshaped };
}

/** Where the log tells all DDL of the table, and no other, since the run before. */
function spanOf(before: Sighting, now: SightingNow, { isWhole }: Since, { ddl, exact }: Told): ToldSpan | null {
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

/** All that came between the two sightings, in order; nothing where nothing changed. */
function definitionsOf(before: TableSchema | undefined, now: TableSchema, between: TableSchema[]): TableSchema[] {
  if (between.length === 0 && isDeepStrictEqual(before, now)) return [];
  return [...(before ? [before] : []), ...between, now];
}

/**
 * The definitions under which the log tells rows, other than that of before and now. Unclear where the columns of one
 * cannot be told, or where the same names stand for other columns than before.
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

/** False where these names already stand for other columns. */
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

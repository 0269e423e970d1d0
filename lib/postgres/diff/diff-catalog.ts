/**
 * The constraints of the live database on a restored row: foreign keys from and to the compared tables, unique and
 * exclusion indexes, CHECK constraints, partitions, and the triggers and rules that fire. Read from the system catalogs
 * in the diff's own snapshot, including tables outside the tenant model.
 */
import type { ReferenceMatch, TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { compareReference } from '../equality.ts';
import { runTogether } from '../run-together.ts';
import {
  checksSql,
  firingsSql,
  generatedSql,
  indexesSql,
  linksSql,
  MAY_SUPPRESS_SQL,
  partitionsSql,
  pathsSql,
} from './catalog-statements.ts';

export interface Link {
  readonly name: string;
  readonly childOid: number;
  readonly child: TableName;
  readonly childKind: string;
  readonly columns: string[];
  readonly parentOid: number;
  readonly parent: TableName;
  readonly parentKind: string;
  readonly referencedColumns: string[];
  readonly deferrable: boolean;
  /** MATCH FULL. */
  readonly full: boolean;
  /** Per column; null: plain equality. */
  readonly matches: (ReferenceMatch | null)[];
  /** PERIOD: the last column is a range that the parents' ranges must cover. */
  readonly period: boolean;
}

export interface LiveIndex {
  readonly tableOid: number;
  readonly name: string;
  readonly primary: boolean;
  readonly exclusion: boolean;
  readonly deferrable: boolean;
  /**
   * Each key part as SQL over bare column names, the operator that makes two of them collide, and its collation if
   * different bytes can be equal under it.
   */
  readonly parts: { expression: string; operator: string; collation: string | null }[];
  /** Column names if every part is a plain column. */
  readonly columns: string[] | null;
  readonly nullsNotDistinct: boolean;
  /** True if it calls a function of the application. */
  readonly application: boolean;
  readonly predicate: string | null;
}

export interface LiveCheck {
  readonly tableOid: number;
  readonly name: string;
  readonly expression: string;
  /** True if it calls a function of the application, which may read other rows. */
  readonly application: boolean;
}

export interface GeneratedColumn {
  readonly expression: string;
  readonly application: boolean;
}

export interface Firing {
  readonly tableOid: number;
  readonly name: string;
  readonly kind: 'trigger' | 'rule';
  /** O origin, R replica, A always, D disabled. */
  readonly enabled: string;
  /** Operations that it fires on: i insert, u update, d delete. */
  readonly operations: string;
  /** True if its code seems to change rows: the row to be written, or others. */
  readonly writes: boolean;
}

export interface LiveCatalog {
  readonly links: Link[];
  readonly indexes: LiveIndex[];
  readonly checks: LiveCheck[];
  readonly firings: Firing[];
  /** Partitioned table → conditions; a row must satisfy one of them. */
  readonly partitions: Map<number, string[]>;
  /** Table oid → generated column. */
  readonly generated: Map<number, Map<string, GeneratedColumn>>;
  /** Table oid → the search_path of its owner's sessions, as a value for set_config. */
  readonly paths: Map<number, string>;
  /** True if this role can set session_replication_role. */
  readonly maySuppress: boolean;
}

/** Reads all of it for the tables with these oids. */
export async function readLiveCatalog(connection: Connection, oids: readonly number[]): Promise<LiveCatalog> {
  const list = `'{${oids.join(',')}}'`;
  const results = await runTogether(connection, [
    linksSql(list),
    indexesSql(list),
    checksSql(list),
    firingsSql(list),
    partitionsSql(list),
    generatedSql(list),
    pathsSql(list),
    MAY_SUPPRESS_SQL,
  ]);
  const [links, indexes, checks, firings, partitions, generated, paths, [privilege]] = results.map(
    result => result.rows,
  ) as [
    Link[],
    LiveIndex[],
    LiveCheck[],
    Firing[],
    { oid: number; conditions: string[] }[],
    (GeneratedColumn & { oid: number; name: string })[],
    { oid: number; path: string }[],
    { may: boolean }[],
  ];
  const expressions = new Map<number, Map<string, GeneratedColumn>>();
  for (const { oid, name, expression, application } of generated)
    expressions.set(oid, (expressions.get(oid) ?? new Map()).set(name, { expression, application }));
  return {
    links,
    indexes,
    checks,
    firings,
    partitions: new Map(partitions.map(row => [row.oid, row.conditions.map(text => text ?? 'true')])),
    generated: expressions,
    paths: new Map(paths.map(({ oid, path }) => [oid, path])),
    maySuppress: privilege?.may ?? false,
  };
}

/** A foreign key that points to the table, or from it. */
export function linksFrom(catalog: LiveCatalog, oid: number): Link[] {
  return catalog.links.filter(link => link.childOid === oid);
}

export function linksTo(catalog: LiveCatalog, oid: number): Link[] {
  return catalog.links.filter(link => link.parentOid === oid);
}

/** SQL condition: the child's values refer to the parent's, by the foreign key's own operators. */
export function linkJoin(link: Link, parent: (index: number) => string, child: (index: number) => string): string {
  return link.columns.map((_, i) => compareReference(link.matches[i] ?? null, parent(i), child(i))).join(' AND ');
}

/** SQL condition: two values collide in a part of an index. */
export function collide({ operator, collation }: LiveIndex['parts'][number], left: string, right: string): string {
  return `${left} ${operator} ${right}${collation === null ? '' : ` COLLATE ${collation}`}`;
}

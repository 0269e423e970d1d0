/**
 * What a restore will read, decided before it reads anything: the chain, every object with its size, the tables, the
 * estimate. Printable, stored, hashed; staging reads exactly what the plan lists. No tenant data and no tenant id:
 * references only.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { TableName, type TableSchema } from './table-schema.ts';
import { TenantRef } from './tenant.ts';
import { isOwned, type TenantModel } from './tenant-model.ts';
import { XidSnapshot } from './xid-snapshot.ts';

const Count = z.number().int().nonnegative();
const Hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const PlannedManifest = z.object({ id: z.string(), key: z.string(), sha256: Hex32, from: LsnText, to: LsnText });
export type PlannedManifest = z.infer<typeof PlannedManifest>;

export const RestorePlan = z.object({
  format: z.literal('holdfast.restore-plan/1'),
  id: z.string(),
  /** TenantRef. */
  tenant: TenantRef,
  createdAt: z.string(),
  target: z.object({
    /** As requested. */
    asked: z.string(),
    kind: z.enum([
      ...['lsn', 'before-lsn', 'after-lsn', 'before-transaction', 'after-transaction'],
      ...['time', 'marker', 'before-restore', 'snapshot', 'cluster-read', 'latest'],
    ] as const),
    /** Transactions that committed at or before this position are in the result. */
    lsn: LsnText,
    /** The requested time, or the server's clock near the position; for display. */
    time: z.string(),
  }),
  snapshot: PlannedManifest,
  incrementals: z.array(PlannedManifest),
  runs: z.array(PlannedManifest),
  /**
   * Commits with a record that starts in [replayFrom, target.lsn] are replayed; null for a snapshot without replay.
   */
  replayFrom: LsnText.nullable(),
  /** If given, transactions that this database snapshot does not see are omitted, for a comparison with it. */
  seenBy: XidSnapshot.optional(),
  /** Manifests of the erasures that apply. */
  erasures: z.array(z.object({ id: z.string(), key: z.string(), sha256: Hex32, table: TableName, count: Count })),
  /** In load order. `dependency`: included because rows of a requested table refer to it. */
  tables: z.array(z.object({ table: TableName, dependency: z.boolean(), rows: Count, bytes: Count })),
  /** Every object to read, and the number of bytes to read of it. */
  objects: z.array(
    z.object({
      key: z.string(),
      kind: z.enum(['manifest', 'pack', 'key']),
      bytes: Count,
      read: Count,
      sha256: Hex32.optional(),
    }),
  ),
  volume: z.object({ rows: Count, bytes: Count, readBytes: Count, changes: Count }),
  estimate: z.object({
    /** Milliseconds to stage and replay; null if unknown. */
    ms: Count.nullable(),
    /** The basis of the estimate, as a sentence. */
    basis: z.string(),
  }),
  notes: z.array(z.string()),
});
export type RestorePlan = z.infer<typeof RestorePlan>;

/** The tables of a restore; empty means all of the tenant's. */
export interface TableFilter {
  readonly tables?: readonly TableName[] | undefined;
  readonly components?: readonly string[] | undefined;
  /** Excluded by name; staged anyway if the path of another table to its tenant needs it. */
  readonly exclude?: readonly TableName[] | undefined;
}

/** Tables that a filter names and the model does not have: for the error message. */
export function unknownTables(model: TenantModel, filter: TableFilter): TableName[] {
  const owned = new Set(model.tables.filter(isOwned).map(table => table.table));
  return (filter.tables ?? []).filter(table => !owned.has(table));
}

/**
 * The tables to stage: the requested ones, and every table of the tenant that their rows depend on, through foreign
 * keys or the path to the tenant. Parents come before children unless there is a cycle.
 */
export function tablesToStage(
  model: TenantModel,
  schemas: readonly TableSchema[],
  filter: TableFilter,
): { table: TableName; dependency: boolean }[] {
  const owned = new Map(model.tables.filter(isOwned).map(table => [table.table, table]));
  const excluded = new Set(filter.exclude ?? []);
  const bySchema = new Map(schemas.map(schema => [schema.table, schema]));
  const asked = [...owned.values()].filter(
    ({ table, component }) =>
      !excluded.has(table) &&
      (!filter.tables || filter.tables.includes(table)) &&
      (!filter.components || filter.components.includes(component)),
  );
  const parentsOf = (name: TableName): TableName[] => {
    const table = owned.get(name);
    const path = table?.kind === 'via' ? table.path.map(step => step.references) : [];
    const keys = bySchema.get(name)?.foreignKeys.map(key => key.references) ?? [];
    const needed = keys.filter(parent => !excluded.has(parent));
    return [...path, ...needed].filter(parent => owned.has(parent) && parent !== name);
  };
  const wanted = new Set(asked.map(({ table }) => table));
  const order: TableName[] = [];
  const seen = new Set<TableName>();
  const visit = (name: TableName) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const parent of parentsOf(name)) visit(parent);
    order.push(name);
  };
  for (const name of wanted) visit(name);
  return order.filter(name => bySchema.has(name)).map(table => ({ table, dependency: !wanted.has(table) }));
}

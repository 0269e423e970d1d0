/** The tables of a plan: as in the model at the snapshot, with later ones, and their known limitations. */
import { InputError } from '../../../domain/errors.ts';
import { type RestorePlan, type TableFilter, tablesToStage, unknownTables } from '../../../domain/restore-plan.ts';
import type { SnapshotBody } from '../../../domain/snapshot-body.ts';
import { isOwned, ModelTable, type OwnedTable, type TenantModel } from '../../../domain/tenant-model.ts';
import { excludedTables } from './excluded-tables.ts';
import type { VerifiedChain } from './verify-chain.ts';

/** `exclude`: names as a person writes them. */
export type AskedTables = Omit<TableFilter, 'exclude'> & { readonly exclude?: readonly string[] | undefined };

/** InputError `unknown-table`. */
export function refuseUnknown(model: TenantModel, filter: AskedTables): void {
  const unknown = unknownTables(model, { tables: filter.tables });
  if (unknown.length === 0) return;
  throw new InputError('unknown-table', `The tenant model owns no table ${unknown.join(', ')}.`, {
    hint: 'Name tables as the model does: schema.table.',
    details: { tables: unknown },
  });
}

/** In load order. InputError `unknown-table`, `ambiguous-table`, `nothing-selected`. */
export function plannedTables(current: TenantModel, chain: VerifiedChain, filter: AskedTables): RestorePlan['tables'] {
  const { body } = chain.snapshot;
  const model = modelOf(current, body);
  const schemas = [...body.schema.tables, ...newTables(chain)];
  const exclude = excludedTables(filter.exclude ?? [], model, current);
  const tables = tablesToStage(model, schemas, { ...filter, exclude }).map(entry => {
    const stored = body.tables.find(candidate => candidate.table === entry.table);
    return { ...entry, rows: stored?.rows ?? 0, bytes: stored?.bytes ?? 0 };
  });
  if (exclude.length > 0 && tables.length === 0)
    throw new InputError('nothing-selected', 'The request leaves out every table that it selects.', {
      hint: 'Name fewer tables with --exclude.',
    });
  return tables;
}

/** The model's entries as of the snapshot, with those of later tables. */
export function modelOf(current: TenantModel, body: SnapshotBody): TenantModel {
  const parsed = ModelTable.array().safeParse(
    Array.isArray(body.model) ? body.model : (body.model as { tables?: unknown })?.tables,
  );
  const then = parsed.success ? parsed.data.filter(isOwned) : [];
  const names = new Set(then.map(table => table.table));
  const since: OwnedTable[] = current.tables.filter(isOwned).filter(table => !names.has(table.table));
  return { format: 'holdfast.tenant-model/1', tables: [...then, ...since] };
}

/** Tables that the log has but the snapshot has not, in their last definition. */
export function newTables({ snapshot, incrementals, runs }: VerifiedChain) {
  const known = new Set(snapshot.body.schema.tables.map(table => table.table));
  const told = [...incrementals, ...runs].flatMap(part => part.body.relations).filter(table => !known.has(table.table));
  return [...new Map(told.map(table => [table.table, table])).values()];
}

/** Sentences about tables and log, for people. */
export function planNotes({ snapshot, refused }: VerifiedChain, model: TenantModel): string[] {
  const now = new Set(model.tables.filter(isOwned).map(table => table.table));
  const without = snapshot.body.tables.filter(table => table.key.length === 0).map(table => table.table);
  const gone = snapshot.body.tables.map(table => table.table).filter(table => !now.has(table));
  return [
    ...without.map(table => `${table} has no key: it is as of the snapshot ${snapshot.header.id}, not of the target.`),
    ...gone.map(table => `${table} is no longer in the tenant model; it is staged as it was.`),
    ...refused.map(key => `The log index ${key} does not verify: the runs that it covers are read instead.`),
  ];
}

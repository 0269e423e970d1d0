/**
 * Tenants by their names, where the tenant model has a label. Invariant: a label only helps people; whatever is stored,
 * and whatever selects rows, goes by the id. Where the database cannot be asked, there are no labels.
 */
import { InputError } from '../../domain/errors.ts';
import type { TableSchema } from '../../domain/table-schema.ts';
import { type TenantId, tenantId } from '../../domain/tenant.ts';
import { parseLabel } from '../../domain/tenant-label.ts';
import { isOwned, type ModelTable, type TenantModel } from '../../domain/tenant-model.ts';
import { readSchema } from '../../postgres/catalogs/catalog-discovery.ts';
import { isTenantId, type LabelTable, readLabels, tenantsLabelled } from '../../postgres/catalogs/tenant-labels.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import type { Context } from '../context.ts';

type LabelContext = Pick<Context, 'source' | 'model'>;

/** Labels by tenant id: of one tenant, or of all. */
export async function labelsOf(ctx: LabelContext, only?: TenantId): Promise<ReadonlyMap<string, string>> {
  if (ctx.model.label === undefined) return new Map();
  const found = await withConnection(ctx.source, 'labels', async connection => {
    const from = await labelTable(connection, ctx.model);
    return from && readLabels(connection, from, only);
  }).catch(() => undefined);
  return found ?? new Map();
}

/** Tenants that are listed where several have the label. */
const LISTED = 20;

/**
 * The tenant with that label; undefined where there is none, where it is a tenant's id, or where the database cannot be asked. InputError
 * `ambiguous-tenant` where several have it.
 */
export async function tenantLabelled(ctx: LabelContext, label: string): Promise<TenantId | undefined> {
  if (ctx.model.label === undefined) return undefined;
  const ids = await withConnection(ctx.source, 'tenant', async connection => {
    const from = await labelTable(connection, ctx.model);
    if (from === undefined || (await isTenantId(connection, from, label))) return [];
    return tenantsLabelled(connection, from, label, LISTED + 1);
  }).catch(() => []);
  const [id, ...others] = ids;
  if (others.length === 0) return id === undefined ? undefined : tenantId(id);
  const listed = ids.slice(0, LISTED).join(', ');
  throw new InputError('ambiguous-tenant', 'Several tenants have this name.', {
    hint: `Give the id: ${listed}${ids.length > LISTED ? ', …' : ''}.`,
  });
}

/** The column that is the tenant's id, in the table that lists the tenants. */
function keyOf({ key }: TableSchema, entry: ModelTable | undefined): string | undefined {
  if (entry?.kind === 'root') return entry.column;
  const [only, ...others] = key;
  const isTenant = entry === undefined || !isOwned(entry) || (entry.kind === 'direct' && entry.column === only);
  return others.length === 0 && isTenant ? only : undefined;
}

/** Undefined where the database has no such column, or no key that is the tenant's id. */
async function labelTable(connection: Connection, model: TenantModel): Promise<LabelTable | undefined> {
  const wanted = parseLabel(model.label!);
  if (wanted === undefined) return undefined;
  const [schema] = (await readSchema(connection, [wanted.table])).tables;
  if (schema === undefined) return undefined;
  const entry = model.tables.find(table => table.table === wanted.table);
  const key = keyOf(schema, entry);
  const has = (name: string) => schema.columns.some(column => column.name === name);
  return key !== undefined && has(key) && has(wanted.column) ? { schema, key, label: wanted.column } : undefined;
}

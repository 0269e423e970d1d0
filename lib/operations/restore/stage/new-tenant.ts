/**
 * Turns staged rows into a new tenant's, for support and rehearsal: new keys are assigned and foreign keys follow;
 * unique values that cross tenants are conflicts and refuse the restore.
 */
import type { Destination } from '../../../domain/destination.ts';
import { ConflictError, InputError } from '../../../domain/errors.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import type { TenantId } from '../../../domain/tenant.ts';
import { readOwnedSchema } from '../../../postgres/catalogs/owned-schema.ts';
import { findTenantRows } from '../../../postgres/catalogs/tenant-list.ts';
import { type Connection, withConnection } from '../../../postgres/connection.ts';
import { matchesName } from '../../../postgres/diff/diff-shape.ts';
import { remapKeys } from '../../../postgres/staging/remap-keys.ts';
import { beginPiece, commitPiece, mustBeStaged, STAGED } from '../../../postgres/staging/staging-progress.ts';
import { type Context, refOf } from '../../context.ts';
import type { AskedScope } from '../plan/restore-scope.ts';
import type { OpenedStaging } from './stage-restore.ts';
import { type StagedState, stagedDocument } from './staged-state.ts';

type NewTenant = Extract<Destination, { kind: 'tenant' }>;

/** Progress item of the staging schema: the rows are the new tenant's. */
const REMAPPED = 'as tenant';

/**
 * For a new tenant, the rows get their new keys once, however often they are compared; otherwise they stay as staged.
 */
export async function asAsked(ctx: Context, opened: OpenedStaging, { destination }: AskedScope): Promise<StagedState> {
  const { area, staging, progress } = opened;
  if (destination.kind !== 'tenant') return staging;
  const { tenant } = destination;
  if (progress.has(REMAPPED)) return { ...staging, tenant };
  await refuseExistingTenant(ctx, tenant);
  await beginPiece(area.connection);
  await mustBeStaged(area.connection, area.schema);
  const made = await remapped(ctx, area.connection, staging, destination);
  await commitPiece(area.connection, area.schema, { [STAGED]: stagedDocument(made), [REMAPPED]: true });
  return made;
}

/** The staged state with the new tenant's id and new keys. */
async function remapped(
  ctx: Context,
  connection: Connection,
  staging: StagedState,
  { tenant: to, mapped }: NewTenant,
): Promise<StagedState> {
  const templates = templatesFor(mapped, staging);
  const live = await readOwnedSchema(ctx, connection);
  const given = await remapKeys({
    ...{ connection, schema: staging.schema, tables: staging.tables, from: staging.tenant, to, templates },
    live: new Map(live.tables.map(table => [table.table, table])),
  });
  const note = `New keys were assigned to ${given.join(', ') || 'no column'}. References to them that are not foreign keys still hold the old ones.`;
  return { ...staging, tenant: to, ref: refOf(ctx, to), notes: [...staging.notes, note] };
}

/** The templates by staged table. InputError `unknown-table`, `unknown-column`. */
function templatesFor(mapped: NewTenant['mapped'], staging: StagedState) {
  const templates = new Map<TableName, Map<string, string>>();
  for (const [wanted, columns] of Object.entries(mapped)) {
    const table = staging.tables.find(candidate => matchesName(candidate.table, wanted));
    const unknown = Object.keys(columns).find(
      name => !table?.columns.some(column => column.name === name) || table.key.includes(name),
    );
    if (table === undefined || unknown !== undefined)
      throw new InputError(
        'unknown-column',
        `The tenant's rows have no ${wanted}.${unknown ?? '…'} whose values can be mapped.`,
        {
          hint: 'Name a column other than the key, with its table as in the tenant model: --map public.users.email=…',
          details: { table: wanted, column: unknown ?? null },
        },
      );
    templates.set(table.table, new Map(Object.entries(columns)));
  }
  return templates;
}

/** ConflictError `tenant-exists`. */
export async function refuseExistingTenant(ctx: Context, tenant: TenantId): Promise<void> {
  const table = await withConnection(ctx.source, 'restore check', async connection => {
    const live = await readOwnedSchema(ctx, connection);
    const schemas = new Map(live.tables.map(schema => [schema.table, schema]));
    return findTenantRows(connection, ctx.model, schemas, tenant);
  });
  if (table === undefined) return;
  throw new ConflictError('tenant-exists', `The new tenant already has rows in ${table}.`, {
    hint: 'Choose a tenant id that is not in use.',
    details: { table },
  });
}

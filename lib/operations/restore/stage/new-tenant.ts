/**
 * Staged rows as a new tenant's, for support and rehearsal: keys are given anew and foreign keys follow; unique values
 * that cross tenants are conflicts and refuse the restore.
 */
import { ConflictError, InputError } from '../../../domain/errors.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { type TenantId, tenantId } from '../../../domain/tenant.ts';
import { readOwnedSchema } from '../../../postgres/catalogs/owned-schema.ts';
import { findTenantRows } from '../../../postgres/catalogs/tenant-list.ts';
import { type Connection, withConnection } from '../../../postgres/connection.ts';
import { matchesName } from '../../../postgres/diff/diff-shape.ts';
import { remapKeys } from '../../../postgres/staging/remap-keys.ts';
import { beginPiece, commitPiece } from '../../../postgres/staging/staging-progress.ts';
import { type Context, refOf } from '../../context.ts';
import type { OpenedStaging } from './stage-restore.ts';
import { type StagedState, stagedDocument } from './staged-state.ts';

/** As a new tenant: the rows get their new keys once, however often they are compared. */
export async function asAsked(ctx: Context, { area, staging, progress }: OpenedStaging, request: RestoreRequest) {
  if (request.asTenant === undefined || progress.has('as tenant')) return staging;
  const to = tenantId(request.asTenant);
  await refuseExistingTenant(ctx, to);
  const from: StagedState = { ...staging, tenant: tenantId(request.tenant) };
  await beginPiece(area.connection);
  const made = await remapped(ctx, area.connection, from, to, request);
  const items = { staged: stagedDocument(made), 'as tenant': true };
  await commitPiece(area.connection, area.schema, items);
  return made;
}

/** The staged state with the new tenant's id and new keys. */
export async function asTenant(
  ctx: Context,
  staging: StagedState,
  to: TenantId,
  request: Pick<RestoreRequest, 'mapped'>,
): Promise<StagedState> {
  return withConnection(staging.source, 'restore remap', connection => remapped(ctx, connection, staging, to, request));
}

/** The same on that session, in its transaction if it has one. */
export async function remapped(
  ctx: Context,
  connection: Connection,
  staging: StagedState,
  to: TenantId,
  request: Pick<RestoreRequest, 'mapped'>,
): Promise<StagedState> {
  const templates = templatesFor(request, staging);
  const live = await readOwnedSchema(ctx, connection);
  const remapped = await remapKeys({
    ...{ connection, schema: staging.schema, tables: staging.tables, from: staging.tenant, to, templates },
    live: new Map(live.tables.map(table => [table.table, table])),
  });
  const note = `New keys were given to ${remapped.join(', ') || 'no column'}. References to them that are not foreign keys still name the old ones.`;
  return { ...staging, tenant: to, ref: refOf(ctx, to), notes: [...staging.notes, note] };
}

/** The request's templates by staged table. InputError `unknown-table`, `unknown-column`. */
function templatesFor({ mapped = {} }: Pick<RestoreRequest, 'mapped'>, staging: StagedState) {
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
          hint: 'Name a column beside the key, with its table as in the tenant model: --map public.users.email=…',
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

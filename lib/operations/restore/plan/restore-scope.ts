/**
 * The scope of a restore, read once from its request: which tenant, which moment, which rows, which destination. Later
 * steps use the scope and not the request; preview, plan file, record and their hashes contain it as one document.
 */
import { type Destination, destinationOf } from '../../../domain/destination.ts';
import { InputError } from '../../../domain/errors.ts';
import {
  isFiltered,
  type RestoreMode,
  type RestoreRequest,
  type Reverts,
  storableRequest,
} from '../../../domain/restore-request.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { type TenantId, tenantId } from '../../../domain/tenant.ts';
import { readOwnedSchema } from '../../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../../postgres/connection.ts';
import type { Selection } from '../../../postgres/diff/diff.ts';
import type { Scope } from '../../../postgres/diff/diff-shape.ts';
import type { Context } from '../../context.ts';
import { asksFor, isExcluded, selectRows, tablesNeeded } from './select-rows.ts';

/** The part of a scope that does not depend on the database. */
export interface AskedScope extends Scope {
  /** The tenant whose rows are restored. */
  readonly tenant: TenantId;
  /** As requested; the plan has its position. */
  readonly target: string;
  readonly destination: Destination;
  readonly mode: RestoreMode;
  readonly withChildren: boolean;
  /** Names of tables to leave out, as written in the request. */
  readonly exclude: readonly string[];
  /** Only a part of the tenant's rows is requested. */
  readonly filtered: boolean;
  /** Id of the restore to undo. */
  readonly undoes: string | undefined;
  /** Transactions to take back. */
  readonly reverts: Reverts | undefined;
  /** Both also take back what was changed since. */
  readonly overwrite: boolean;
  /** Rows per transaction; undefined: one transaction for all. */
  readonly batches: number | undefined;
  /** Changed rows per table that a preview shows. */
  readonly samples: number;
  /** The stored and hashed form, without a password. */
  readonly document: RestoreRequest;
}

export interface RestoreScope extends AskedScope {
  /** Row conditions and columns by live table, resolved in the destination database. */
  readonly selections: ReadonlyMap<TableName, Selection>;
  /** The tables to stage, without the parents that the plan adds; undefined: all. */
  readonly tables: readonly TableName[] | undefined;
}

export function scopeOf(request: RestoreRequest): AskedScope {
  const { target, mode, withChildren, exclude = [], undoes, reverts, overwrite = false, batches, samples } = request;
  return {
    ...{ target, mode, withChildren, exclude, undoes, reverts, overwrite, batches, samples },
    ...{ tenant: tenantId(request.tenant), destination: destinationOf(request), filtered: isFiltered(request) },
    isLeftOut: (...names) => isExcluded(request, ...names),
    asks: table => asksFor(request, table),
    document: storableRequest(request),
  };
}

/**
 * Resolves the request in the database of the context. `tried`: each condition is tried there first, and a request that
 * selects nothing is refused. InputError `unknown-table`, `unknown-column`, `bad-predicate`, `bad-key`,
 * `nothing-selected`.
 */
export async function resolveScope(
  ctx: Pick<Context, 'model' | 'source'>,
  request: RestoreRequest,
  { tried = false }: { readonly tried?: boolean } = {},
): Promise<RestoreScope> {
  const asked = scopeOf(request);
  if (!asked.filtered) return { ...asked, selections: await selectRows(request, ctx.model), tables: undefined };
  return withConnection(ctx.source, 'restore check', async connection => {
    const live = await readOwnedSchema(ctx, connection);
    const selections = await selectRows(request, ctx.model, live, tried ? connection : undefined);
    if (tried && selections.size === 0)
      throw new InputError('nothing-selected', 'The request selects no table of the tenant model.', {
        hint: 'Name tables or components that the model owns.',
      });
    return { ...asked, selections, tables: tablesNeeded(request, ctx.model, live) };
  });
}

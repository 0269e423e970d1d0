/**
 * The changed rows of a kept preview for somebody who may read rows: what the restore would write, beside what is there now.
 * Invariant: values of columns that the tenant model marks as sensitive are not read.
 */
import { ConflictError, InputError } from '../../../domain/errors.ts';
import type { PlanDocument } from '../../../domain/plan-file.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { readOwnedSchema } from '../../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { type DifferingRow, type RowKind, readChangedRows, shownColumns } from '../../../postgres/diff/diff-rows.ts';
import { type DiffTable, matchShape } from '../../../postgres/diff/diff-shape.ts';
import { asSourceError } from '../../../postgres/source-error.ts';
import { areaKeptUntil } from '../../../postgres/staging/staging-area.ts';
import type { Context } from '../../context.ts';
import { scopeOf } from '../plan/restore-scope.ts';
import { stagedState } from '../stage/staged-state.ts';

export interface ChangedRowsAsked {
  /** As the preview names it. */
  readonly table: string;
  readonly kind?: RowKind | undefined;
  /** Only rows in which this column changes. */
  readonly column?: string | undefined;
  /** Id of the last row of the page before. */
  readonly after: bigint;
  readonly limit: number;
}

interface ShownColumn {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
  /** Says whose the row is: the same in all rows. */
  readonly isTenant: boolean;
  readonly isMasked: boolean;
}

export interface ChangedRows {
  readonly columns: readonly ShownColumn[];
  readonly rows: readonly DifferingRow[];
}

/** InputError `unknown-table`, `unknown-column`; ConflictError `preview-gone`; SourceError. */
export async function changedRows(
  ctx: Pick<Context, 'source' | 'model'>,
  { request, preview, staging: document }: PlanDocument,
  { table: name, column: asked, ...page }: ChangedRowsAsked,
): Promise<ChangedRows> {
  if (!preview.tables.some(({ table }) => table === name)) throw unknownTable();
  const tenant = tenantId(request.tenant);
  const staging = stagedState(document, ctx.source, tenant);
  if ((await areaKeptUntil(ctx.source, staging.schema)) === undefined)
    throw new ConflictError('preview-gone', 'The staged state of this preview no longer exists.', {
      hint: 'It was applied, dropped, or has expired. Make a new preview.',
    });
  return withConnection(ctx.source, 'preview rows', async connection => {
    const live = await readOwnedSchema(ctx, connection);
    const shape = matchShape(staging, live, ctx.model, scopeOf(request));
    const table = shape.tables.find(each => each.live.table === name);
    if (table === undefined) throw unknownTable();
    const masked = sensitiveColumns(ctx, table);
    const column = asked === undefined ? undefined : numberOf(table, asked);
    const diff = { connection, schema: staging.schema, tenant, shape };
    try {
      const rows = await readChangedRows(diff, table, masked, { ...page, column });
      const columns = shownColumns(table).map(({ live: { name, type } }) => ({
        ...{ name, type, isKey: table.key.some(key => key.name === name), isMasked: masked.has(name) },
        isTenant: table.owned.kind !== 'via' && table.owned.column === name,
      }));
      return { columns, rows };
    } catch (error) {
      throw asSourceError(error, 'reading the rows of a preview');
    }
  });
}

/** By the model as it is now, also for a preview that was made before. */
function sensitiveColumns({ model }: Pick<Context, 'model'>, { live, owned }: DiffTable): Set<string> {
  const entry = model.tables.find(({ table }) => table === live.table);
  return new Set([...(entry?.sensitive ?? []), ...(owned.sensitive ?? [])]);
}

function numberOf({ matched }: DiffTable, name: string): number {
  const found = matched.find(({ live }) => live.name === name);
  if (found) return found.live.number;
  throw new InputError('unknown-column', 'The table of the preview has no such column.', {
    hint: 'Name a column as the preview does.',
  });
}

function unknownTable(): InputError {
  return new InputError('unknown-table', 'The preview has no such table.', {
    hint: 'Name a table as the preview does.',
  });
}

/**
 * Previews: what a restore would change, kept so that exactly it can be asked for. Rows need a permission of their own; the
 * few of `samples` are those that the command line shows with a preview. Each read of rows is in the audit trail.
 */
import * as z from 'zod';
import { samePerson } from '../../domain/person.ts';
import { withoutSamples } from '../../domain/preview.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { Component, ownedTables } from '../../domain/tenant-model.ts';
import { shippedRevert, shippedUndo } from '../../operations/fleet/shipped-request.ts';
import { dropPreview, keepPreview, previewKeptUntil } from '../../operations/restore/apply/kept-preview.ts';
import { readPreview } from '../../operations/restore/apply/read-preview.ts';
import { changedRows } from '../../operations/restore/compare/changed-rows.ts';
import { whenBack } from '../../operations/when-back.ts';
import type { ApiDeps } from '../api-deps.ts';
import { askedRestore } from '../asked-restore.ts';
import { ChangedRowsShown } from '../documents/preview-documents.ts';
import { MAKE_PREVIEW, PREVIEWS, READ_PREVIEW } from '../facts/previews.ts';
import { badCursor, cursorOf, MOST_ON_PAGE, sortOf } from '../paging.ts';
import { route } from '../route.ts';
import { sameCommand } from '../same-command.ts';
import { idOf } from './tenant.ts';

const group = 'recover';

const listTables = route(
  {
    ...{ id: 'listTables', method: 'get', path: '/tenants/{tenant}/tables', group },
    summary: 'The tables of the tenant model that a restore can name',
    needs: { permission: 'seeTimeline', on: 'tenant' },
    answer: z.object({ tables: z.array(z.object({ table: z.string(), component: Component })) }),
  },
  async ({ deps }) => {
    const { model } = await deps.context();
    return { tables: ownedTables(model).map(({ table, component }) => ({ table, component })) };
  },
);

/** The log is shipped first. */
const SHIPPED = { undo: shippedUndo, revert: shippedRevert };

const makePreview = route(MAKE_PREVIEW, async ({ deps, tenant, principal, body }) => {
  const asker = { tenant: await idOf(deps, tenant), requestedBy: principal.name, timeZone: deps.timeZone };
  const requestIn = askedRestore(deps.storage, asker, body, SHIPPED);
  const begun = { tenant, work: 'preview', startedBy: principal.name };
  return deps.executions.start(begun, async progress => {
    const ctx = { ...(await deps.context()), progress };
    const { id } = await whenBack(async () => keepPreview(ctx, await requestIn(ctx)), progress);
    return { preview: id };
  });
});

const seePreview = route(READ_PREVIEW, async ({ deps, tenant, path, principal }) => {
  const plan = await readPreview(deps.storage, tenant, path.preview!);
  const governance = await deps.governance();
  const until = await previewKeptUntil(governance, plan);
  const label = (await deps.labels()).get(plan.request.tenant);
  return {
    ...{ id: path.preview, tenant, tenantId: plan.request.tenant, ...(label !== undefined && { label }) },
    ...{ createdAt: plan.createdAt, isKept: until !== undefined, keptUntil: until ?? null },
    command: deps.command(sameCommand(plan.request)),
    approvals: governance.policyFor('restore', tenant).approvals,
    isOwn: samePerson(plan.request.requestedBy, principal.name),
    preview: withoutSamples(plan.preview),
  };
});

const Narrowed = z.object({
  table: z.string().max(300).describe('As the preview names it.'),
  kind: z.enum(['insert', 'update', 'delete']).optional(),
  column: z.string().max(200).optional().describe('Only rows in which this column changes.'),
});
const RowsAsked = Narrowed.extend({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(MOST_ON_PAGE).default(100),
});

const seeRows = route(
  {
    ...{ id: 'readPreviewRows', method: 'get', path: '/tenants/{tenant}/previews/{preview}/rows', group },
    summary: 'The rows that change, page by page; each such read is in the audit trail',
    needs: { permission: 'readRows', on: 'tenant', isRecorded: true },
    ...{ query: RowsAsked, answer: ChangedRowsShown },
  },
  ({ deps, tenant, path, query }) => pageOfRows(deps, tenant, path.preview!, query),
);

/** As many as the command line shows of each table. */
const SAMPLES = 3;

const seeSamples = route(
  {
    ...{ id: 'readPreviewSamples', method: 'get', path: '/tenants/{tenant}/previews/{preview}/samples', group },
    summary: 'A few of the rows that change, as the command line shows them; each such read is in the audit trail',
    ...{ needs: { ...PREVIEWS, isRecorded: true }, query: Narrowed, answer: ChangedRowsShown },
  },
  async ({ deps, tenant, path, query }) => ({
    ...(await pageOfRows(deps, tenant, path.preview!, { ...query, limit: SAMPLES })),
    next: null,
  }),
);

async function pageOfRows(
  deps: ApiDeps,
  tenant: TenantRef,
  id: string,
  { cursor, ...asked }: Omit<z.output<typeof RowsAsked>, 'cursor'> & { readonly cursor?: string | undefined },
) {
  const after = cursor === undefined ? 0n : rowIn(cursor);
  const plan = await readPreview(deps.storage, tenant, id);
  const { columns, rows } = await changedRows(await deps.context(), plan, { ...asked, after });
  const last = rows.at(-1);
  const next = last === undefined || rows.length < asked.limit ? null : cursorOf(String(last.id));
  return { table: asked.table, columns, rows: rows.map(row => ({ ...row, id: String(row.id) })), next };
}

/** InputError `bad-cursor`. */
function rowIn(cursor: string): bigint {
  const text = sortOf(cursor);
  if (!/^\d{1,18}$/.test(text)) throw badCursor();
  return BigInt(text);
}

const forgetPreview = route(
  {
    ...{ id: 'dropPreview', method: 'post', path: '/tenants/{tenant}/previews/{preview}/drop', group },
    summary: 'Remove the rows of a preview from the database; it can no longer be applied',
    ...{ needs: { ...PREVIEWS, isRecorded: true }, answer: z.object({ dropped: z.literal(true) }) },
  },
  async ({ deps, tenant, path }) => {
    await dropPreview(await deps.context(), tenant, path.preview!);
    return { dropped: true };
  },
);

export const PREVIEW_ROUTES = [listTables, makePreview, seePreview, seeRows, seeSamples, forgetPreview];

/**
 * The rows of a kept preview. They need a permission of their own; the few of `samples` are those that the command line shows
 * with a preview. Each read of rows is in the audit trail.
 */
import * as z from 'zod';
import type { TenantRef } from '../../domain/tenant.ts';
import { readPreview } from '../../operations/restore/apply/read-preview.ts';
import { changedRows } from '../../operations/restore/compare/changed-rows.ts';
import type { ApiDeps } from '../api-deps.ts';
import { ChangedRowsShown } from '../documents/preview-documents.ts';
import { PREVIEWS } from '../facts/previews.ts';
import { badCursor, cursorOf, MOST_ON_PAGE, sortOf } from '../paging.ts';
import { route } from '../route.ts';

const about = { group: 'recover', onAws: 'rows' } as const;

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
    ...{ id: 'readPreviewRows', method: 'get', path: '/tenants/{tenant}/previews/{preview}/rows', ...about },
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
    ...{ id: 'readPreviewSamples', method: 'get', path: '/tenants/{tenant}/previews/{preview}/samples', ...about },
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

export const PREVIEW_ROW_ROUTES = [seeRows, seeSamples];

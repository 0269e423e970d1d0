/**
 * Previews: what a restore would change, kept so that exactly it can be asked for. Rows need a permission of their own; the
 * few of `samples` are those that the command line shows with a preview. Each read of rows is in the audit trail.
 */
import * as z from 'zod';
import { shippedRevert, shippedUndo } from '../../operations/fleet/shipped-request.ts';
import { dropPreview, keepPreview, previewKeptUntil } from '../../operations/restore/apply/kept-preview.ts';
import { readPreview } from '../../operations/restore/apply/read-preview.ts';
import { whenBack } from '../../operations/when-back.ts';
import { askedRestore } from '../asked-restore.ts';
import { LIST_TABLES, MAKE_PREVIEW, PREVIEWS, READ_PREVIEW, restorable } from '../facts/previews.ts';
import { openedPreview } from '../listed-previews.ts';
import { route } from '../route.ts';
import { idOf } from './tenant.ts';

const group = 'recover';

const listTables = route(LIST_TABLES, async ({ deps }) => ({ tables: restorable((await deps.context()).model) }));

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
  const keptUntil = await previewKeptUntil(governance, plan);
  const { approvals } = governance.policyFor('restore', tenant);
  return openedPreview(deps, principal, { id: path.preview!, tenant, plan, keptUntil, approvals });
});

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

export const PREVIEW_ROUTES = [listTables, makePreview, seePreview, forgetPreview];

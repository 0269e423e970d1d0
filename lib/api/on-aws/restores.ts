/**
 * Previews and requests of restores on AWS. What is asked for is read from the log of the tenant as far as it is shipped;
 * everything else is the work of the state machine.
 */
import { approvalsNeeded } from '../../domain/approval.ts';
import { restorePlanKey } from '../../domain/object-key.ts';
import { seenPlan } from '../../operations/governance/seen-plan.ts';
import { findApproval } from '../../operations/restore/apply/kept-approvals.ts';
import { previewKeptUntil } from '../../operations/restore/apply/kept-preview.ts';
import { listPreviews } from '../../operations/restore/apply/list-previews.ts';
import { readPreview } from '../../operations/restore/apply/read-preview.ts';
import { revertRequest } from '../../operations/restore/apply/revert-transactions.ts';
import { undoRecorded } from '../../operations/restore/apply/undo-restore.ts';
import type { ApiDeps } from '../api-deps.ts';
import { askedRestore, type WaysBack } from '../asked-restore.ts';
import { unknownExecution } from '../executions.ts';
import { LIST_PREVIEWS, LIST_TABLES, MAKE_PREVIEW, READ_PREVIEW, restorable } from '../facts/previews.ts';
import { READ_EXECUTION } from '../facts/requests.ts';
import { REQUEST_RESTORE } from '../facts/restores.ts';
import { listedPage, openedPreview } from '../listed-previews.ts';
import { sortOf } from '../paging.ts';
import { route } from '../route.ts';
import { idOf } from '../routes/tenant.ts';
import {
  begun,
  deployedOf,
  executionOfPlan,
  executionOfPreview,
  executionOn,
  shownExecution,
} from './deployed-restores.ts';
import { openedAsked } from './restore-requests.ts';

/** The log is shipped every minute. */
const RECORDED: WaysBack<ApiDeps['storage']> = { undo: undoRecorded, revert: revertRequest };

const makePreview = route(MAKE_PREVIEW, async asked => {
  const { deps, tenant, principal, body } = asked;
  const asker = { tenant: await idOf(deps, tenant), requestedBy: principal.name, timeZone: deps.timeZone };
  const request = await askedRestore(deps.storage, asker, body, RECORDED)(deps.storage);
  const name = executionOfPreview(asked);
  return shownExecution(tenant, await begun(deps, { principal, name, input: { ...request, previewOnly: true } }));
});

const seePreview = route(READ_PREVIEW, async ({ deps, tenant, path, principal }) => {
  const id = path.preview!;
  const plan = await readPreview(deps.storage, tenant, id);
  const keptUntil = await previewKeptUntil(await deps.context(), plan);
  const approvals = approvalsNeeded(deployedOf(deps).approvals, plan.request);
  return openedPreview(deps, principal, { id, tenant, plan, keptUntil, approvals });
});

const listKept = route(LIST_PREVIEWS, async ({ deps, tenant, principal, query: { cursor, limit, kept } }) => {
  const asked = { limit, before: cursor === undefined ? undefined : sortOf(cursor), keptOnly: kept === 'true' };
  return listedPage(principal, await listPreviews(await deps.context(), tenant, asked));
});

const askForRestore = route(REQUEST_RESTORE, async ({ deps, tenant, principal, body }) => {
  const { preview, hash, reason, ticket } = body;
  const plan = await seenPlan(deps.storage, { principal, tenant, preview, hash });
  const why = ticket === undefined ? reason : `${reason} (${ticket})`;
  const input = { plan: restorePlanKey(tenant, preview), tenant, reason: why };
  const execution = await begun(deps, { principal, name: executionOfPlan(preview), input });
  const approval = await findApproval(deps.storage, tenant, preview);
  return openedAsked(deps, principal, { tenant, id: preview, approval, execution }, plan);
});

const follow = route(READ_EXECUTION, async ({ deps, tenant, principal, path }) => {
  const found = shownExecution(tenant, await executionOn(deps, tenant, path.execution!));
  if (found.startedBy !== principal.name) throw unknownExecution();
  return found;
});

const listTables = route(LIST_TABLES, async ({ deps }) => ({ tables: restorable(deployedOf(deps).model) }));

export const RESTORES_ON_AWS = [listTables, makePreview, listKept, seePreview, askForRestore, follow];

/**
 * What the administrator of a tenant asks for by itself: a backup, a preview in numbers, a restore, an export. Invariants:
 * each counts against the day's quota before it begins; what changes or hands out rows is a request that people approve as
 * the policy says.
 */
import * as z from 'zod';
import { cancelRequest } from '../../operations/governance/cancel-request.ts';
import { executeAction } from '../../operations/governance/execute-action.ts';
import { readRequest } from '../../operations/governance/read-request.ts';
import { requestAction } from '../../operations/governance/request-action.ts';
import { seeRequest } from '../../operations/governance/see-request.ts';
import { takeSnapshot } from '../../operations/snapshot/take-snapshot.ts';
import { whenBack } from '../../operations/when-back.ts';
import { ExportWanted, OwnRequest, Work } from '../documents/self-documents.ts';
import { ASK_OWN_PREVIEW, ASK_OWN_RESTORE } from '../facts/self.ts';
import { takeOwnQuota } from '../own-tenant.ts';
import { ownRequest, ownWork } from '../own-view.ts';
import { reachable } from '../reachable.ts';
import { executedUnlessApproved, startCounts, startRestore } from '../restore-work.ts';
import { route } from '../route.ts';
import { idOf } from './tenant.ts';

const group = 'self';
const Nothing = z.strictObject({});

const askBackup = route(
  {
    ...{ id: 'askOwnBackup', method: 'post', path: '/self/backups', group, status: 202 },
    ...{ summary: 'Back up now', body: Nothing, answer: Work },
    needs: { permission: 'snapshot', on: 'own', isRecorded: true },
  },
  async asked => {
    const { deps, tenant, principal } = asked;
    const id = await idOf(deps, tenant);
    await takeOwnQuota(asked, 'backups');
    const begun = { tenant, work: 'backup', startedBy: principal.name };
    return ownWork(
      deps.executions.start(begun, async progress => {
        const ctx = { ...(await deps.context()), progress };
        const made = await whenBack(() => takeSnapshot(ctx, id, { reason: 'manual' }), progress);
        return { kind: 'backup', id: made.id, at: made.toTime, rows: made.rows };
      }),
      principal,
    );
  },
);

const askCounts = route(ASK_OWN_PREVIEW, async asked => {
  const target = await reachable(asked.deps, asked.tenant, asked.body.to);
  await takeOwnQuota(asked, 'previews');
  return ownWork(await startCounts(asked, target), asked.principal);
});

const askOwnRestore = route(ASK_OWN_RESTORE, async asked => {
  await takeOwnQuota(asked, 'previews');
  return ownWork(startRestore(asked), asked.principal);
});

const askExport = route(
  {
    ...{ id: 'askOwnExport', method: 'post', path: '/self/exports', group, status: 202 },
    ...{ summary: 'Ask for the rows as files', body: ExportWanted, answer: Work },
    needs: { permission: 'export', on: 'own' },
  },
  async asked => {
    const { deps, tenant, principal, body } = asked;
    const target = await reachable(deps, tenant, body.to);
    await takeOwnQuota(asked, 'exports');
    const begun = { tenant, work: 'export', startedBy: principal.name };
    return ownWork(
      deps.executions.start(begun, async progress => {
        const path = { ...(await deps.governance()), progress };
        const input = { target, form: body.form, exclude: [], ...(await deps.selfService.exportPlace()) };
        const wanted = { principal, action: 'export', tenant, input, reason: body.reason } as const;
        return executedUnlessApproved(path, deps, principal, await requestAction(path, await deps.kinds(), wanted));
      }),
      principal,
    );
  },
);

const cancelOwnRequest = route(
  {
    ...{ id: 'cancelOwnRequest', method: 'post', path: '/self/requests/{request}/cancel', group },
    ...{ summary: 'Take back what was asked for', body: Nothing, answer: OwnRequest },
    needs: { permission: 'seeRequests', on: 'own' },
  },
  async ({ deps, tenant, principal, path }) =>
    ownRequest(await cancelRequest(await deps.governance(), { principal, tenant, id: path.request! }), principal),
);

const carryOutOwnRequest = route(
  {
    ...{ id: 'carryOutOwnRequest', method: 'post', path: '/self/requests/{request}/carry-out', group, status: 202 },
    ...{ summary: 'Carry out what was approved', body: Nothing, answer: Work },
    needs: { permission: 'seeRequests', on: 'own' },
  },
  async ({ deps, tenant, principal, path: { request: id = '' } }) => {
    // What cannot be executed is refused at once, not in the background.
    const named = { principal, tenant, id };
    const { request } = await seeRequest({ ...deps.storage, ...deps.recording }, named);
    const begun = { tenant, work: request.action, startedBy: principal.name };
    return ownWork(
      deps.executions.start(begun, async progress => {
        const path = { ...(await deps.governance()), progress };
        await executeAction(path, await deps.kinds(), named);
        const view = await readRequest(path, tenant, id);
        return { kind: 'request', request: ownRequest(view, principal), applied: true };
      }),
      principal,
    );
  },
);

export const SELF_WORK_ROUTES = [
  ...[askBackup, askCounts, askOwnRestore, askExport],
  ...[cancelOwnRequest, carryOutOwnRequest],
];

/**
 * Self-service: what the administrator of a tenant sees of it. Invariant: the tenant is the caller's own; no address, query
 * or cursor names another.
 */
import { OBJECTIVES } from '../../domain/objectives.ts';
import { ownSafety } from '../../domain/own-safety.ts';
import { tenants } from '../../operations/catalog/catalog-index.ts';
import { policyOf } from '../../operations/catalog/tenant-policies.ts';
import { QUOTA_KINDS, quotaState } from '../../operations/catalog/tenant-quota.ts';
import { timeline } from '../../operations/catalog/timeline.ts';
import { allRestores } from '../../operations/restore/apply/all-restores.ts';
import { OwnRestores, OwnState, OwnTimeline } from '../documents/self-documents.ts';
import { cursorOf, PageAsked, sortOf } from '../paging.ts';
import { route } from '../route.ts';
import { idOf } from './tenant.ts';

const group = 'self';
const MOST_BACKUPS = 200;

const seeSelf = route(
  {
    ...{ id: 'readSelf', method: 'get', path: '/self', group, summary: 'Whether the caller’s own data is safe' },
    ...{ needs: { permission: 'seeStatus', on: 'own' }, onAws: 'catalog', answer: OwnState },
  },
  async ({ deps, tenant }) => {
    const { storage, selfService, timeZone } = deps;
    const id = await idOf(deps, tenant);
    const [status] = await deps.fleet.judge([(await tenants.get(storage.catalog, tenant))!]);
    const { state, oldest, newest, newestAgeMs, gaps, lastSnapshot, lastVerified } = status!;
    const window = { state, oldest: oldest?.time ?? null, newest: newest?.time ?? null, newestAgeMs, gaps };
    const { recoveryPointSeconds, recoveryTimeSeconds } =
      OBJECTIVES[(await policyOf(storage.catalog, tenant))?.tier ?? 'standard'];
    const quotas = await Promise.all(
      QUOTA_KINDS.map(async kind => [
        kind,
        await quotaState(storage, { tenant, kind, limit: selfService.quotas[kind] }),
      ]),
    );
    const approvals = (action: 'restore' | 'export') => selfService.approvalsFor(action, tenant);
    return {
      ...{ tenantId: id, label: (await deps.labels()).get(id) ?? null },
      ...{ ...window, ...ownSafety(window, timeZone), lastBackup: lastSnapshot },
      objective: { recoveryPointSeconds, recoveryTimeSeconds },
      lastVerified: lastVerified && { at: lastVerified.at, ok: lastVerified.ok },
      quotas: Object.fromEntries(quotas),
      approvals: { restore: approvals('restore'), export: approvals('export') },
    };
  },
);

const seeOwnTimeline = route(
  {
    ...{ id: 'readOwnTimeline', method: 'get', path: '/self/timeline', group, summary: 'To when it can be restored' },
    ...{ needs: { permission: 'seeTimeline', on: 'own' }, onAws: 'catalog', answer: OwnTimeline },
  },
  async ({ deps, tenant }) => {
    const found = await timeline(deps.storage, await idOf(deps, tenant));
    return {
      window: found.window.map(({ from, to }) => ({ from: from.time, to: to.time })),
      gaps: found.gaps.map(({ from, to }) => ({ from: from.time, to: to?.time ?? null })),
      backups: found.snapshots.slice(-MOST_BACKUPS).map(({ id, toTime, rows }) => ({ id, at: toTime, rows })),
      restores: found.restoreCommits.map(({ id, time }) => ({ id, at: time })),
    };
  },
);

const listOwnRestores = route(
  {
    ...{ id: 'listOwnRestores', method: 'get', path: '/self/restores', group, summary: 'Restores, the newest first' },
    ...{ needs: { permission: 'readRecords', on: 'own' }, onAws: 'requests', query: PageAsked, answer: OwnRestores },
  },
  async ({ deps, tenant, query: { cursor, limit } }) => {
    const own = { ref: tenant, tenantId: await idOf(deps, tenant) };
    const before = cursor === undefined ? undefined : sortOf(cursor);
    const { restores, more } = await allRestores(deps.storage, { tenant: own, limit, before });
    return {
      restores: restores.map(each => ({ ...each, proved: each.proof === 'same' })),
      next: more ? cursorOf(restores.at(-1)!.id) : null,
    };
  },
);

export const SELF_ROUTES = [seeSelf, seeOwnTimeline, listOwnRestores];

/** Backups of one tenant: which there are, another snapshot or archive, and the proof that they can be restored. */
import * as z from 'zod';
import { ArchiveClass } from '../../domain/archive.ts';
import { SNAPSHOT_REASONS } from '../../domain/backup-reason.ts';
import { formatTarget, parseTarget } from '../../domain/recovery-target.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { archiveTenant } from '../../operations/archive/archive-tenant.ts';
import { listArchives, verifyArchives } from '../../operations/archive/listed-archives.ts';
import { BackupItem, backups } from '../../operations/catalog/catalog-index.ts';
import type { Context } from '../../operations/context.ts';
import { verifyLive } from '../../operations/fleet/verify-live-fleet.ts';
import { takeSnapshot } from '../../operations/snapshot/take-snapshot.ts';
import { verifyBackup } from '../../operations/verify/verify-backup.ts';
import { whenBack } from '../../operations/when-back.ts';
import type { ApiDeps } from '../api-deps.ts';
import { ArchiveListed } from '../documents/archive-documents.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { NextPage, PageAsked, pageOf } from '../paging.ts';
import { route } from '../route.ts';
import { idOf } from './tenant.ts';

const SEES = { permission: 'seeTimeline', on: 'tenant' } as const;
const PROTECTS = { permission: 'protect', on: 'tenant' } as const;
const SNAPSHOTS = { permission: 'snapshot', on: 'tenant' } as const;
const group = 'protection';
const begins = { method: 'post', group, status: 202, answer: ExecutionShown } as const;

const listBackups = route(
  {
    ...{ id: 'listBackups', method: 'get', path: '/tenants/{tenant}/backups', group, needs: SEES },
    ...{
      summary: 'Snapshots and incrementals, the newest first',
      query: PageAsked.extend({ kind: BackupItem.shape.kind.optional() }),
    },
    answer: z.object({ backups: z.array(BackupItem), total: z.number().int(), next: NextPage }),
  },
  async ({ deps, tenant, query }) => {
    const all = (await backups.list(deps.storage.catalog, tenant)).reverse();
    const asked = all.filter(({ kind }) => query.kind === undefined || kind === query.kind);
    const { items, next } = pageOf(asked, query, ({ id }) => id);
    return { backups: items, total: asked.length, next };
  },
);

const listOwnArchives = route(
  {
    ...{ id: 'listArchives', method: 'get', path: '/tenants/{tenant}/archives', group, needs: SEES },
    ...{ summary: 'Self-contained copies, and until when each is kept', answer: ArchiveListed },
  },
  async ({ deps, tenant }) => ({
    archives: await listArchives(deps.storage, [tenant], await deps.operating.retentionOf()),
  }),
);

/** Begins work on one tenant, whose id is known before it begins. InputError `unknown-tenant`, `too-many-requests`. */
async function begin(
  { deps, tenant, principal }: { deps: ApiDeps; tenant: TenantRef; principal: { name: string } },
  work: string,
  run: (ctx: Context, id: Awaited<ReturnType<typeof idOf>>) => Promise<unknown>,
) {
  const id = await idOf(deps, tenant);
  return deps.executions.start({ tenant, work, startedBy: principal.name }, async progress => {
    const ctx = { ...(await deps.context()), progress };
    return whenBack(() => run(ctx, id), progress);
  });
}

const SnapshotOrder = z.strictObject({
  reason: z
    .enum(SNAPSHOT_REASONS as [string, ...string[]])
    .default('manual')
    .describe('Some have a retention of their own.'),
  fullRead: z.boolean().default(false).describe('Read every row, and compare with what the log reports as unchanged.'),
});

const startSnapshot = route(
  {
    ...{ ...begins, id: 'startSnapshot', path: '/tenants/{tenant}/snapshots', needs: SNAPSHOTS, body: SnapshotOrder },
    summary: 'Take a consistent snapshot',
  },
  asked => {
    const { reason, fullRead } = asked.body;
    return begin(asked, 'snapshot', (ctx, id) => takeSnapshot(ctx, id, { reason, read: fullRead ? 'full' : 'auto' }));
  },
);

const VerificationOrder = z.strictObject({
  backup: z.string().max(100).optional().describe('Id of a snapshot. Default: the newest, and the log after it.'),
  live: z.boolean().default(false).describe('Compare the state rebuilt for this moment with the live rows instead.'),
});

const startVerification = route(
  {
    ...{ ...begins, id: 'startVerification', path: '/tenants/{tenant}/verifications', body: VerificationOrder },
    ...{
      needs: PROTECTS,
      summary: 'Restore a backup to scratch and compare it; only counts and checksums are answered',
    },
  },
  asked => {
    const { backup, live } = asked.body;
    return begin(asked, live ? 'verify-live' : 'verify', (ctx, id) =>
      live ? verifyLive(ctx, id) : verifyBackup(ctx, id, backup === undefined ? {} : { backup }),
    );
  },
);

const ArchiveOrder = z.strictObject({
  keep: ArchiveClass.describe('How long.'),
  to: z.string().max(200).optional().describe('The moment, as for a restore. Default: the newest.'),
  reason: z.string().min(1).max(64).default('manual'),
});

const startArchive = route(
  {
    ...{ ...begins, id: 'startArchive', path: '/tenants/{tenant}/archives', needs: SNAPSHOTS, body: ArchiveOrder },
    summary: 'Keep a self-contained copy for years',
  },
  async asked => {
    const { deps, tenant, body } = asked;
    const policy = (await deps.operating.retentionOf())(tenant);
    const { keep, to, reason } = body;
    const now = deps.storage.clock.now();
    const target = to === undefined ? undefined : formatTarget(parseTarget(to, { now, timeZone: deps.timeZone }));
    return begin(asked, 'archive', (ctx, id) =>
      archiveTenant(ctx, id, { keep, reason, policy, ...(target !== undefined && { target }) }),
    );
  },
);

const startArchiveVerification = route(
  {
    ...{ ...begins, id: 'startArchiveVerification', path: '/tenants/{tenant}/archives/verifications', needs: PROTECTS },
    ...{ summary: 'Read archives back, and compare every file with its digest' },
    body: z.strictObject({ archive: z.string().max(100).optional().describe('Its id. Default: all.') }),
  },
  async ({ deps, tenant, principal, body }) =>
    deps.executions.start({ tenant, work: 'verify-archives', startedBy: principal.name }, async progress => ({
      tenant,
      verified: await verifyArchives({ ...deps.storage, progress }, tenant, body.archive),
    })),
);

export const PROTECTION_ROUTES = [
  ...[listBackups, listOwnArchives, startSnapshot, startVerification],
  ...[startArchive, startArchiveVerification],
];

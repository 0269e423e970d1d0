/**
 * Years of one installation, made day by day without a database: per day two runs of the log, and for each tenant a
 * snapshot that shares packs with the previous one and is completed by the second run, and an incremental. The writer's
 * clock may be wrong by years; the server's is right.
 */

import type { LogBody } from '../../lib/domain/log-manifest.ts';
import { formatLsn, lsn } from '../../lib/domain/lsn.ts';
import type { IncrementalBody } from '../../lib/domain/manifest.ts';
import { newId } from '../../lib/domain/new-id.ts';
import { logManifestKey, logPackKey, manifestKey, packKey } from '../../lib/domain/object-key.ts';
import { retainUntil, type Settings } from '../../lib/domain/settings.ts';
import type { SnapshotBody } from '../../lib/domain/snapshot-body.ts';
import { SYSTEM, type TenantId, type TenantRef, tenantRef } from '../../lib/domain/tenant.ts';
import { type BackupItem, backups, heads, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { catalogRun } from '../../lib/operations/log/log-run.ts';
import { writeManifest } from '../../lib/operations/storage/manifest-store.ts';
import type { Deps } from '../../lib/ports.ts';
import { digitsOf } from './digits-of.ts';

export const DAY = 24 * 3600 * 1000;
const PER_DAY = 1000n;
const server = { version: 180000, system: '1', database: 'made', encoding: 'UTF8' };

interface Made {
  readonly kind: 'snapshot' | 'incremental';
  readonly from: bigint;
  readonly to: bigint;
  /** Of earlier backups. */
  readonly shared: readonly { key: string; bytes: number }[];
}

let made = 0;
/** Names are unique, and sort by the writer's clock. */
function nextId(deps: Deps, wrongBy: number): string {
  return newId({ ...deps, random: digitsOf(made++) }, new Date(deps.clock.now().getTime() + wrongBy));
}

/** Server time at a position: a day is PER_DAY of log. */
export function timeAt(begin: number, position: bigint): string {
  return new Date(begin + (Number(position) * DAY) / Number(PER_DAY)).toISOString();
}

export interface Day {
  readonly begin: number;
  readonly day: number;
  /** Milliseconds by which the writer's clock is wrong today. */
  readonly wrongBy: number;
  readonly settings: Settings;
  /** ISO 8601 UTC: until when today's snapshot of a tenant is kept for its reason. */
  readonly keepUntil?: ReadonlyMap<TenantId, string>;
}

export async function makeDay(deps: Deps, names: readonly TenantId[], today: Day): Promise<void> {
  const start = BigInt(today.day + 1) * PER_DAY;
  await makeRun(deps, today, start, start + 500n);
  for (const name of names) {
    const tenant = tenantRef(deps.installation, name);
    const before = (await backups.list(deps.catalog, tenant)).filter(item => item.kind === 'snapshot').at(-1);
    const pack = before && today.day % 5 > 0 ? await deps.vault.head(packKey(tenant, before.id, 0)) : undefined;
    const shared = pack ? [{ key: pack.key, bytes: pack.bytes }] : [];
    await makeBackup(deps, name, today, { kind: 'snapshot', from: start + 500n, to: start + 600n, shared });
  }
  await makeRun(deps, today, start + 500n, start + PER_DAY);
  for (const name of names) {
    await makeBackup(deps, name, today, { kind: 'incremental', from: start, to: start + PER_DAY, shared: [] });
  }
}

async function makeBackup(deps: Deps, name: TenantId, today: Day, backup: Made): Promise<void> {
  const { begin, wrongBy, settings } = today;
  const { kind, from, to, shared } = backup;
  const tenant = tenantRef(deps.installation, name);
  const id = nextId(deps, wrongBy);
  const keepUntil = kind === 'snapshot' ? today.keepUntil?.get(name) : undefined;
  const usual = retainUntil(settings, kind, deps.clock.now()).getTime();
  const until = new Date(Math.max(usual, keepUntil === undefined ? 0 : Date.parse(keepUntil)));
  const rows = await deps.keyring.seal(tenant, Buffer.from('rows'));
  const own = await deps.vault.put(packKey(tenant, id, 0), rows, { retainUntil: until });
  for (const { key } of shared) await deps.vault.extendRetention(key, until);
  const head = await heads.get(deps.catalog, tenant);
  const range = {
    ...{ from: formatLsn(lsn(from)), to: formatLsn(lsn(to)), fromTime: timeAt(begin, from), toTime: timeAt(begin, to) },
    createdAt: new Date(deps.clock.now().getTime() + wrongBy).toISOString(),
    ...(keepUntil !== undefined && { keepUntil }),
  };
  const objects = [{ key: own.key, bytes: own.bytes }, ...shared];
  const header = { kind, id, tenant, ...range, previous: head?.item ?? null, objects };
  const body = kind === 'snapshot' ? snapshotBody(name) : incrementalBody(name, range);
  const stored = await writeManifest(deps, manifestKey(tenant, kind, id), header, body, { retainUntil: until });
  const item: BackupItem = {
    ...{ id, kind, key: stored.key, sha256: stored.sha256, ...range, rows: 0, bytes: 0, storedBytes: 4 },
    ...{ chunks: 0, reusedChunks: 0, durationMs: 0, reason: 'schedule', ...(kind === 'snapshot' && { read: 'full' }) },
  };
  await deps.catalog.write([
    ...(head ? [] : [tenants.put({ ref: tenant, tenantId: name, firstSeen: range.createdAt })]),
    ...[backups.put(tenant, item), heads.put(tenant, { id, key: stored.key, sha256: stored.sha256 }, head)],
  ]);
}

async function makeRun(deps: Deps, { begin, wrongBy, settings }: Day, from: bigint, to: bigint): Promise<void> {
  const id = nextId(deps, wrongBy);
  const keep = { retainUntil: retainUntil(settings, 'log', deps.clock.now()) };
  const pack = await deps.vault.put(logPackKey(lsn(to), id, 0), Buffer.from('log'), keep);
  const before = await runs.latest(deps.catalog);
  const body: LogBody = {
    ...{ server, slot: 'made', publication: 'made', xmin: '1', packs: [pack.key], segments: [], relations: [] },
    ...{ markers: [], gaps: [], restores: [], transactions: 0, changes: 0 },
  };
  const manifest = await writeManifest(
    deps,
    logManifestKey(lsn(to), id),
    {
      ...{ kind: 'log', id, tenant: SYSTEM, from: formatLsn(lsn(from)), to: formatLsn(lsn(to)) },
      ...{ createdAt: timeAt(begin, to), fromTime: timeAt(begin, from), toTime: timeAt(begin, to) },
      objects: [{ key: pack.key, bytes: pack.bytes }],
      previous: before ? { id: before.id, key: before.key, sha256: before.sha256 } : null,
    },
    body,
    keep,
  );
  await catalogRun(deps, manifest, body);
}

function snapshotBody(name: TenantId): SnapshotBody {
  return {
    ...{
      tenantId: name,
      server,
      schema: { tables: [], types: [], extensions: [] },
      model: [],
      read: 'full',
      base: null,
    },
    ...{
      reason: 'schedule',
      views: [],
      tables: [],
      sequences: {},
    },
  };
}

function incrementalBody(name: TenantId, { fromTime, toTime }: { fromTime: string; toTime: string }): IncrementalBody {
  return {
    ...{ tenantId: name, packs: [], blocks: [], digest: '0'.repeat(64), rawBytes: 0, runs: [], relations: [] },
    ...{ tables: [], changes: 0, minCommitTime: fromTime, maxCommitTime: toTime },
  };
}

/** The catalog's items of a tenant that a restore or an expiry uses. */
export async function listedOf(deps: Deps, tenant: TenantRef): Promise<unknown[]> {
  return (await backups.list(deps.catalog, tenant)).map(({ id, kind, key, sha256, from, to, fromTime, toTime }) => ({
    ...{ id, kind, key, sha256, from, to, fromTime, toTime },
  }));
}

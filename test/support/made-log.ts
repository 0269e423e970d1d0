/**
 * A log of as many runs as a test needs, without a database: one minute apart, each with a real pack, a signed manifest
 * and the catalog's items, as the shipper writes them. And a vault that records its requests.
 */
import { segmentDigest } from '../../lib/codec/digest.ts';
import { buildBegin, buildCommit, buildInsert } from '../../lib/codec/pgoutput-build.ts';
import { FrameWriter } from '../../lib/codec/segment.ts';
import type { LogBody, SegmentEntry } from '../../lib/domain/log-manifest.ts';
import { formatLsn, type Lsn, lsn } from '../../lib/domain/lsn.ts';
import { newId } from '../../lib/domain/new-id.ts';
import { logManifestKey, logPackKey } from '../../lib/domain/object-key.ts';
import { serverTimeText } from '../../lib/domain/server-time.ts';
import { defaultSettings, type Settings } from '../../lib/domain/settings.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { type RunItem, runs } from '../../lib/operations/catalog/catalog-index.ts';
import type { Context } from '../../lib/operations/context.ts';
import { catalogRun } from '../../lib/operations/log/log-run.ts';
import { writeManifest } from '../../lib/operations/storage/manifest-store.ts';
import { PackWriter } from '../../lib/operations/storage/pack.ts';
import { ensureDigestKey } from '../../lib/operations/storage/tenant-key.ts';
import type { Vault } from '../../lib/ports.ts';
import { digitsOf } from './digits-of.ts';
import type { LocalDeps } from './local-deps.ts';
import { buildRelation } from './pgoutput-messages.ts';

export const TABLE = 'public.notes';
/** Of the table. */
export const NOTES_OID = 4711;
const STEP = 0x1000n;
const ZERO_TIME = Date.parse('2000-01-01T00:00:00Z');

/** Operations on the log need only these names of a database. */
export function madeContext(deps: LocalDeps, settings: Parameters<typeof defaultSettings>[0] = {}): Context {
  return {
    ...deps,
    source: { url: 'postgres://nowhere' },
    model: { format: 'holdfast.tenant-model/1', tables: [] },
    settings: defaultSettings(settings) as Settings,
    slot: 'made',
    publication: 'made',
  };
}

export function refNamed(deps: LocalDeps, name: string): TenantRef {
  return tenantRef(deps.installation, tenantId(name));
}

/** Transactions of one owner in a run, each with one row; `told`: the run's manifest says which ids it has. */
export interface MadeTransactions {
  readonly xids: readonly number[];
  readonly told: boolean;
  /** The messages of the transaction at this place in the list, between its begin and its commit; absent: one insert. */
  readonly messages?: (index: number) => readonly Buffer[];
}

/**
 * Writes the next run: `changes` lists who inserted a row with which id, or in which transactions (`system`: the
 * unrouted log). Both the clock and the server's clock advance by a minute.
 */
export async function addRun(
  ctx: Context,
  deps: LocalDeps,
  changes: Record<string, number | MadeTransactions> = {},
): Promise<RunItem> {
  deps.clock.advance(60_000);
  const now = ctx.clock.now();
  const before = await runs.latest(ctx.catalog);
  const count = (await runs.list(ctx.catalog)).length;
  const id = newId({ clock: ctx.clock, random: digitsOf(count) });
  const [from, to] = [lsn(BigInt(count + 1) * STEP), lsn(BigInt(count + 2) * STEP)];
  const retainUntil = new Date(now.getTime() + ctx.settings.retentionDays.log * 24 * 3600 * 1000);
  const pack = new PackWriter(ctx, { key: n => logPackKey(to, id, n), retainUntil });
  await ensureDigestKey(ctx, SYSTEM);
  const segments: SegmentEntry[] = [];
  for (const [place, [name, made]] of Object.entries(changes).entries()) {
    const owner = name === SYSTEM ? SYSTEM : refNamed(deps, name);
    segments.push(await segmentOf(ctx, pack, { owner, first: madeCommit(from, place), at: now, made }));
  }
  const packs = await pack.close();
  const body: LogBody = {
    server: { version: 180000, system: '1', database: 'made', encoding: 'UTF8' },
    ...{ slot: ctx.slot, publication: ctx.publication, xmin: '1', packs: packs.map(each => each.key), segments },
    ...{ relations: [], markers: [], gaps: [], restores: [], transactions: segments.length, changes: segments.length },
  };
  const manifest = await writeManifest(
    ctx,
    logManifestKey(to, id),
    {
      ...{ kind: 'log', id, tenant: SYSTEM, createdAt: now.toISOString(), from: formatLsn(from), to: formatLsn(to) },
      ...{ fromTime: new Date(now.getTime() - 60_000).toISOString(), toTime: now.toISOString(), objects: packs },
      previous: before ? { id: before.id, key: before.key, sha256: before.sha256 } : null,
    },
    body,
    { retainUntil },
  );
  return catalogRun(ctx, manifest, body);
}

/** Where the transaction of a run commits: of which owner in its list, and which of that owner's. */
export function madeCommit(from: Lsn, place: number, index = 0): Lsn {
  return lsn(from + BigInt(place + 1) * 0x100n + BigInt(index) * 16n);
}

interface MadeSegment {
  readonly owner: TenantRef;
  readonly first: Lsn;
  readonly at: Date;
  readonly made: number | MadeTransactions;
}

async function segmentOf(
  ctx: Context,
  pack: PackWriter,
  { owner, first, at, made }: MadeSegment,
): Promise<SegmentEntry> {
  const { xids, told, messages }: MadeTransactions = typeof made === 'number' ? { xids: [1], told: false } : made;
  const commitTime = BigInt(at.getTime() - ZERO_TIME) * 1000n;
  const columns = [{ name: 'id', identity: true, typeOid: 23, typmod: -1 }];
  const frames = new FrameWriter();
  let commitLsn = first;
  for (const [index, xid] of xids.entries()) {
    commitLsn = lsn(first + BigInt(index) * 16n);
    frames.add(commitLsn, buildBegin({ commitLsn, commitTime, xid }));
    for (const message of messages?.(index) ?? []) frames.add(commitLsn, message);
    if (index === 0 && !messages)
      frames.add(
        commitLsn,
        buildRelation({ oid: NOTES_OID, schema: 'public', name: 'notes', replicaIdentity: 'd', columns }),
      );
    if (!messages)
      frames.add(commitLsn, buildInsert(NOTES_OID, [Buffer.from(String(typeof made === 'number' ? made : xid))]));
    frames.add(commitLsn, buildCommit({ commitLsn, endLsn: lsn(commitLsn + 8n), commitTime }));
  }
  const plaintext = frames.take();
  const digest = segmentDigest(await ensureDigestKey(ctx, owner))
    .update(plaintext)
    .digest('hex');
  const block = await pack.add(owner, plaintext);
  const time = serverTimeText(commitTime);
  return {
    ...{ tenant: owner, firstCommit: formatLsn(first), lastCommit: formatLsn(commitLsn) },
    ...{ minCommitTime: time, maxCommitTime: time },
    ...(told && { xids: { least: Math.min(...xids), greatest: Math.max(...xids) } }),
    ...{ transactions: xids.length, changes: xids.length, rawBytes: plaintext.byteLength, blocks: [block], digest },
  };
}

/** The same vault; `asked` lists the key of every GET and HEAD. */
export function countingVault(vault: Vault): Vault & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    ...vault,
    asked,
    get: (key, range) => {
      asked.push(key);
      return vault.get(key, range);
    },
    head: key => {
      asked.push(key);
      return vault.head(key);
    },
  };
}

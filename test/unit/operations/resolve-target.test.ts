/**
 * A time as a target, where commit times do not increase in commit order: two servers' clocks, or a clock that was set
 * back. PostgreSQL's own recovery stops before the first transaction, in commit order, that committed after the target;
 * so does Holdfast, and omits a later one although its own time is earlier.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { segmentDigest } from '../../../lib/codec/digest.ts';
import { buildBegin, buildCommit } from '../../../lib/codec/pgoutput-build.ts';
import { FrameWriter } from '../../../lib/codec/segment.ts';
import type { LogBody } from '../../../lib/domain/log-manifest.ts';
import { formatLsn, LsnText, lsn } from '../../../lib/domain/lsn.ts';
import { logManifestKey, packKey } from '../../../lib/domain/object-key.ts';
import { serverTimeText } from '../../../lib/domain/server-time.ts';
import { SYSTEM, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { type BackupItem, type RunItem, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { assembleMaterial } from '../../../lib/operations/catalog/recovery-material.ts';
import { catalogRun } from '../../../lib/operations/log/log-run.ts';
import { resolveTarget } from '../../../lib/operations/restore/target/resolve-target.ts';
import { writeManifest } from '../../../lib/operations/storage/manifest-store.ts';
import { PackWriter } from '../../../lib/operations/storage/pack.ts';
import { ensureDigestKey } from '../../../lib/operations/storage/tenant-key.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const acme = tenantRef('test', tenantId('acme'));
/** 2026-01-01T10:00:00Z in microseconds since 2000-01-01. */
const TEN = BigInt((Date.UTC(2026, 0, 1, 10) - Date.UTC(2000, 0, 1)) * 1000);
const at = (seconds: number) => TEN + BigInt(seconds * 1_000_000);
const time = (seconds: number) => serverTimeText(at(seconds));
/** In commit order: position, and seconds after ten by the clock that stamped it. */
const COMMITS = [
  [0x200, 1],
  [0x210, 9],
  [0x220, 5],
  [0x230, 12],
] as const;

const range = (from: number, to: number, fromSeconds: number, toSeconds: number) => ({
  ...{ from: formatLsn(lsn(BigInt(from))), to: formatLsn(lsn(BigInt(to))) },
  ...{ fromTime: time(fromSeconds), toTime: time(toSeconds) },
});
const SNAPSHOT: BackupItem = {
  ...{ id: 's', kind: 'snapshot', key: 's', sha256: '', createdAt: time(0), reason: 'manual' },
  ...range(0x100, 0x110, 0, 0),
  ...{ rows: 0, bytes: 0, storedBytes: 0, chunks: 0, reusedChunks: 0, durationMs: 0 },
};
const EXTENT = range(0x100, 0x300, 0, 20);

let run: RunItem;
let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
  const frames = new FrameWriter();
  for (const [position, seconds] of COMMITS) {
    const commitLsn = lsn(BigInt(position));
    const commitTime = at(seconds);
    frames.add(commitLsn, buildBegin({ commitLsn, commitTime, xid: 7 }));
    frames.add(commitLsn, buildCommit({ commitLsn, endLsn: lsn(commitLsn + 8n), commitTime }));
  }
  const plain = Buffer.from(frames.take());
  const digest = segmentDigest(await ensureDigestKey(deps, acme))
    .update(plain)
    .digest('hex');
  const key = packKey(acme, 'log', 0);
  const pack = new PackWriter(deps, { key: () => key, retainUntil: new Date('2030-01-01') });
  const block = await pack.add(acme, plain);
  await pack.close();
  const entry = {
    ...{
      tenant: acme,
      firstCommit: LsnText.parse('0/200'),
      lastCommit: LsnText.parse('0/230'),
      transactions: 4,
      changes: 0,
      rawBytes: plain.length,
    },
    ...{ minCommitTime: time(1), maxCommitTime: time(12), blocks: [block], digest },
  };
  const body: LogBody = {
    server: { version: 180000, system: '1', database: 'made', encoding: 'UTF8' },
    ...{ slot: 'made', publication: 'made', xmin: '1', packs: [key], segments: [entry], relations: [] },
    ...{ markers: [], gaps: [], restores: [], transactions: 4, changes: 0 },
  };
  await ensureDigestKey(deps, SYSTEM);
  const header = { kind: 'log' as const, id: 'r', tenant: SYSTEM, createdAt: time(20), ...EXTENT };
  const manifest = await writeManifest(
    deps,
    logManifestKey(lsn(0x300n), 'r'),
    { ...header, previous: null, objects: [] },
    body,
    { retainUntil: new Date('2030-01-01') },
  );
  run = await catalogRun(deps, manifest, body);
  await deps.catalog.write([tenants.put({ ref: acme, tenantId: 'acme', firstSeen: time(0) })]);
});
afterEach(() => deps.dispose());

describe('a time as a target', () => {
  it.each([
    ['before any commit', 0.5, 0x1ff],
    ['after the first', 3, 0x20f],
    ['where an earlier-stamped transaction follows a later-stamped one', 6, 0x20f],
    ['at exactly the time of a commit, which is included', 9, 0x22f],
    ['after all of them', 15, 0x300],
  ])('%s stops before the first transaction in commit order that committed after it', async (_, seconds, position) => {
    const material = assembleMaterial(acme, [SNAPSHOT], [run], []);
    const found = await resolveTarget(deps, material, { kind: 'time', time: time(seconds) });
    expect(formatLsn(found.lsn)).toBe(formatLsn(lsn(BigInt(position))));
  });
});

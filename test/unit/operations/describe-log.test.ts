/** What `log` shows: counts of everything, commit times, changed columns, and the names of what it cannot show. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { segmentDigest } from '../../../lib/codec/digest.ts';
import { buildBegin, buildCommit, buildDelete, buildInsert, buildUpdate } from '../../../lib/codec/pgoutput-build.ts';
import { FrameWriter } from '../../../lib/codec/segment.ts';
import type { LogBody, SegmentEntry } from '../../../lib/domain/log-manifest.ts';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { logManifestKey, logPackKey } from '../../../lib/domain/object-key.ts';
import { serverTimeText } from '../../../lib/domain/server-time.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { describeLog, type LogBounds, readUnrouted } from '../../../lib/operations/log/describe-log.ts';
import { catalogRun } from '../../../lib/operations/log/log-run.ts';
import { writeManifest } from '../../../lib/operations/storage/manifest-store.ts';
import { PackWriter } from '../../../lib/operations/storage/pack.ts';
import { ensureDigestKey } from '../../../lib/operations/storage/tenant-key.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { buildRelation, buildTruncate } from '../../support/pgoutput-messages.ts';

const acme = tenantRef('test', tenantId('acme'));
const [A, B] = [1, 2];
/** 2026-01-01T10:00:00.123456Z. */
const COMMITTED = BigInt((Date.UTC(2026, 0, 1, 10) - Date.UTC(2000, 0, 1)) * 1000) + 123_456n;
const retainUntil = new Date('2030-01-01');
const row = (...values: (string | null)[]) => values.map(value => (value === null ? null : Buffer.from(value)));

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
});
afterEach(() => deps.dispose());

/** One run: per owner its transactions, each with its messages. */
async function log(owners: readonly (readonly [TenantRef, readonly (readonly Buffer[])[]])[]): Promise<void> {
  await ensureDigestKey(deps, SYSTEM);
  const pack = new PackWriter(deps, { key: n => logPackKey(lsn(0x9000n), 'r', n), retainUntil });
  const segments: SegmentEntry[] = [];
  for (const [owner, transactions] of owners) segments.push(await segmentOf(pack, owner, transactions));
  const packs = await pack.close();
  const body: LogBody = {
    server: { version: 180000, system: '1', database: 'made', encoding: 'UTF8' },
    ...{ slot: 'made', publication: 'made', xmin: '1', packs: packs.map(each => each.key), segments, relations: [] },
    ...{ markers: [], gaps: [], restores: [], transactions: 1, changes: 1 },
  };
  const time = serverTimeText(COMMITTED);
  const header = { kind: 'log' as const, id: 'r', tenant: SYSTEM, createdAt: time, fromTime: time, toTime: time };
  const manifest = await writeManifest(
    deps,
    logManifestKey(lsn(0x9000n), 'r'),
    { ...header, from: '0/100', to: '0/9000', previous: null, objects: packs },
    body,
    { retainUntil },
  );
  await catalogRun(deps, manifest, body);
}

async function segmentOf(
  pack: PackWriter,
  owner: TenantRef,
  transactions: readonly (readonly Buffer[])[],
): Promise<SegmentEntry> {
  const frames = new FrameWriter();
  const at = (index: number) => lsn(BigInt(0x200 + index * 0x100));
  const column = (name: string, identity = false) => ({ name, identity, typeOid: 25, typmod: -1 });
  for (const [index, messages] of transactions.entries()) {
    const commitLsn = at(index);
    const commitTime = COMMITTED + BigInt(index);
    frames.add(commitLsn, buildBegin({ commitLsn, commitTime, xid: 7 }));
    for (const [oid, name, replicaIdentity] of [
      [A, 'a', 'd'],
      [B, 'b', 'f'],
    ] as const) {
      const columns = [column('id', true), column('n', oid === B), column('note', oid === B)];
      frames.add(commitLsn, buildRelation({ oid, schema: 'public', name, replicaIdentity, columns }));
    }
    for (const message of messages) frames.add(commitLsn, message);
    frames.add(commitLsn, buildCommit({ commitLsn, endLsn: lsn(commitLsn + 8n), commitTime }));
  }
  const plain = frames.take();
  const digest = segmentDigest(await ensureDigestKey(deps, owner))
    .update(plain)
    .digest('hex');
  const block = await pack.add(owner, plain);
  const time = serverTimeText(COMMITTED);
  return {
    ...{ tenant: owner, firstCommit: formatLsn(at(0)), lastCommit: formatLsn(at(transactions.length - 1)) },
    ...{ minCommitTime: time, maxCommitTime: serverTimeText(COMMITTED + 100n), transactions: transactions.length },
    ...{ changes: 1, rawBytes: plain.byteLength, blocks: [block], digest },
  };
}

async function listed(bounds: LogBounds = {}) {
  const found = [];
  for await (const transaction of describeLog(deps, acme, bounds)) found.push(transaction);
  return found;
}
const deleted = (oid: number, id: number) => buildDelete(oid, { kind: 'key', values: row(String(id), null, null) });

describe('the log of a tenant', () => {
  it('counts everything in a transaction, however little of it is listed, and in the selected table', async () => {
    const many = Array.from({ length: 5000 }, (_, id) => deleted(A, id));
    const behind = Array.from({ length: 50 }, (_, id) => deleted(B, id));
    await log([[acme, [[...many, ...behind]]]]);
    const [all] = await listed();
    expect(all!.changes).toHaveLength(1000);
    const none = { insert: 0, update: 0, truncate: 0 };
    expect(all).toMatchObject({
      ...{ total: 5050, time: '2026-01-01T10:00:00.123456Z', lsn: '0/200' },
      tables: [
        { table: 'public.a', delete: 5000, ...none },
        { table: 'public.b', delete: 50, ...none },
      ],
    });
    for (const table of ['public.b', 'b']) {
      const [only] = await listed({ table });
      expect(only).toMatchObject({ total: 50, tables: [{ table: 'public.b', delete: 50 }] });
      expect(only!.changes).toHaveLength(50);
    }
    expect(await listed({ table: 'c' })).toEqual([]);
  });

  it('lists the changed columns of an update where the old values are known, and reports where they are not', async () => {
    await log([
      [
        acme,
        [
          [buildUpdate(B, row('1', '2', 'x'), { kind: 'full', values: row('1', '1', 'x') })],
          [buildUpdate(A, row('1', '1', 'x'))],
          [buildUpdate(A, row('1', '2', 'x'))],
          [buildUpdate(A, row('9', '2', 'x'), { kind: 'key', values: row('1', null, null) })],
          [buildUpdate(A, [...row('9', '3'), undefined])],
        ],
      ],
    ]);
    const changes = (await listed()).flatMap(transaction => transaction.changes);
    expect(changes).toEqual([
      { op: 'update', table: 'public.b', key: { id: '1', n: '2', note: 'x' }, row: { n: '2' }, before: { n: '1' } },
      {
        ...{ op: 'update', table: 'public.a', key: { id: '1' }, row: { n: '1', note: 'x' }, before: {} },
        partial: true,
      },
      { op: 'update', table: 'public.a', key: { id: '1' }, row: { n: '2' }, before: { n: '1' } },
      { op: 'update', table: 'public.a', key: { id: '9' }, row: { id: '9' }, before: { id: '1' } },
      { op: 'update', table: 'public.a', key: { id: '9' }, row: { n: '3' }, before: { n: '2' } },
    ]);
  });

  it('uses no old value from before changes that it did not list', async () => {
    const last = buildUpdate(A, row('1', '3', 'x'));
    await log([
      [acme, [[buildInsert(A, row('1', '1', 'x'))], [deleted(A, 8), buildUpdate(A, row('1', '2', 'x'))], [last]]],
    ]);
    const changes = (await listed({ changes: 1 })).flatMap(transaction => transaction.changes);
    expect(changes.at(-1)).toMatchObject({ row: { n: '3', note: 'x' }, before: {}, partial: true });
  });

  it('reports what it cannot show of the unrouted log, and shows truncations at their position', async () => {
    const truncate = buildTruncate({ oids: [B], options: 0 });
    await log([
      [SYSTEM, [[deleted(A, 1)], Array.from({ length: 2000 }, () => deleted(A, 2)), [truncate]]],
      [acme, [[buildInsert(A, row('1', '1', 'x'))], [buildUpdate(A, row('1', '2', 'x'))]]],
    ]);
    expect((await readUnrouted(deps)).changes).toEqual({
      transactions: 2,
      tables: [{ table: 'public.a', insert: 0, update: 0, delete: 2001, truncate: 0 }],
    });
    const found = await listed();
    expect(found.map(({ lsn: at, total }) => [at, total])).toEqual([
      ['0/200', 1],
      ['0/300', 1],
      ['0/400', 1],
    ]);
    expect(found[2]!.changes).toEqual([{ op: 'truncate', table: 'public.b' }]);
    // One of the unrouted changes may have been this row's.
    expect(found[1]!.changes[0]).toMatchObject({ partial: true, before: {} });
    expect((await readUnrouted(deps, { table: 'b' })).changes.transactions).toBe(0);
  });
});

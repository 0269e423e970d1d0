import { describe, expect, it, onTestFinished } from 'vitest';
import { LsnText } from '../../../lib/domain/lsn.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { backups, runs, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { measureFleet } from '../../../lib/operations/catalog/measure-fleet.ts';
import { localDeps } from '../../support/local-deps.ts';

const HASH = 'a'.repeat(64);
const refs = ['one', 'two', 'three', 'four'].map(name => tenantRef('measure', tenantId(name)));

const snapshot = (id: string, end: string, bytes: number, reusedChunks: number) => ({
  ...{
    id,
    kind: 'snapshot' as const,
    key: id,
    sha256: HASH,
    from: LsnText.parse(end),
    to: LsnText.parse(end),
    rows: 1,
    storedBytes: 10,
    chunks: 10,
  },
  ...{ fromTime: '2026-01-01T00:00:00Z', toTime: '2026-01-01T00:00:00Z', createdAt: '2026-01-01T00:00:00Z' },
  ...{ durationMs: 1, reason: 'schedule', bytes, reusedChunks },
});

const run = (minute: number, changed: number) => ({
  ...{
    id: `run${minute}`,
    key: `run${minute}`,
    sha256: HASH,
    from: LsnText.parse(`0/${minute}0`),
    to: LsnText.parse(`0/${minute + 1}0`),
  },
  ...{
    fromTime: `2026-01-01T00:0${minute}:00Z`,
    toTime: `2026-01-01T00:0${minute + 1}:00Z`,
    previous: null,
    xmin: '1',
  },
  ...{ transactions: changed, changes: changed, storedBytes: 100, tenants: changed },
});

describe('measuring a fleet from the catalog', () => {
  it('returns nothing while it is empty', async () => {
    const deps = await localDeps();
    onTestFinished(() => deps.dispose());
    expect(await measureFleet(deps)).toEqual({});
  });

  it('replaces assumptions: tenants, their bytes, newly stored bytes of snapshots, changed tenants per minute', async () => {
    const deps = await localDeps();
    onTestFinished(() => deps.dispose());
    const firstSeen = '2026-01-01T00:00:00Z';
    await deps.catalog.write(refs.map(ref => tenants.put({ ref, tenantId: ref, firstSeen })));
    await deps.catalog.write([
      backups.put(refs[0]!, snapshot('a', '0/10', 900, 0)),
      backups.put(refs[0]!, snapshot('b', '0/20', 1000, 8)),
      backups.put(refs[1]!, snapshot('c', '0/10', 3000, 0)),
    ]);
    await deps.catalog.write([runs.put(run(0, 1)), runs.put(run(1, 0)), runs.put(run(2, 3)), runs.put(run(3, 0))]);
    const known = await measureFleet(deps);
    expect(known).toMatchObject({ tenants: 4, tenantBytes: 2000, newChunkShare: 0.2 });
    expect(known.active?.minute).toBeCloseTo(4 / 4 / 4, 6);
    // 400 stored bytes in four minutes, a fourth of them each tenant's, four times as many before compression.
    expect(known.changedBytesPerDay).toBe((400 / 4) * 1440 * (4 / 4));
    expect(known.counted).toEqual(['tenants', 'tenantBytes', 'newChunkShare', 'active', 'changedBytesPerDay']);
  });
});

/**
 * Runs of the region that was left which reach this one late, in the vault or in a shared catalog: its shipper never goes on
 * after one, for the other region did, at the same positions.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { formatLsn } from '../../../lib/domain/lsn.ts';
import { logManifestKey } from '../../../lib/domain/object-key.ts';
import { epochTurnOf, positionIn, walLsn } from '../../../lib/domain/source-epoch.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import { heads, type RunItem, runs } from '../../../lib/operations/catalog/catalog-index.ts';
import { continuedBy } from '../../../lib/operations/log/source-history.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';

let catalog: ReturnType<typeof memoryCatalog>;
beforeEach(() => {
  catalog = memoryCatalog();
});

async function listed(epoch: number, to: bigint, timeline: number): Promise<RunItem> {
  const [end, id] = [positionIn(epoch, walLsn(to)), `run-${epoch}-${to}-${timeline}`];
  const item: RunItem = {
    ...{ id, key: logManifestKey(end, id), sha256: id, from: formatLsn(end), to: formatLsn(end), previous: null },
    ...{ fromTime: '2026-05-01T10:00:00Z', toTime: '2026-05-01T10:00:00Z', xmin: '1' },
    ...{ transactions: 0, changes: 0, storedBytes: 0, tenants: 0, source: { system: '7', timeline } },
  };
  await catalog.write([runs.put(item)]);
  return item;
}

async function headIs({ id, key, sha256 }: RunItem): Promise<void> {
  await catalog.write([heads.put(SYSTEM, { id, key, sha256 }, await heads.get(catalog, SYSTEM))]);
}

function goesOn(timeline: number, latest: RunItem, epochTurn = epochTurnOf(['a', 'b'], 'a', 'b')) {
  const ctx = { catalog, epochTurn } as unknown as Parameters<typeof continuedBy>[0];
  return continuedBy(ctx, { system: '7', timeline }, latest, positionIn(4, walLsn(1000n)));
}

describe('the shipper of a region', () => {
  it('does not go on after a run of the timeline that its own server left before it shipped', async () => {
    await headIs(await listed(3, 600n, 4));
    const late = await listed(4, 600n, 3);
    await headIs(late);
    await expect(goesOn(4, late)).rejects.toMatchObject({ code: 'source-replaced' });
  });

  it('does not go on after a run that came late into the catalog, where timelines tell nothing', async () => {
    const own = await listed(3, 600n, 1);
    await headIs(own);
    expect(await goesOn(1, own)).toMatchObject({ timeline: 1 });
    const late = await listed(4, 600n, 1);
    await expect(goesOn(1, late)).rejects.toMatchObject({ code: 'source-replaced' });
    await headIs(late);
    expect(await goesOn(1, late)).toMatchObject({ timeline: 1 });
  });
});

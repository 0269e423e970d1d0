/**
 * The shipper asks every minute which tenants still lack a snapshot beyond a gap: the answer is exact, and costs as many
 * requests for a thousand tenants as for ten.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GapEntry } from '../../../lib/domain/log-manifest.ts';
import { formatLsn, type Lsn, lsn } from '../../../lib/domain/lsn.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { processMemory } from '../../../lib/local/process-memory.ts';
import { type BackupItem, backups, gaps, heads, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { writeAll } from '../../../lib/operations/catalog/typed-items.ts';
import { openGaps } from '../../../lib/operations/log/open-gaps.ts';
import type { Catalog } from '../../../lib/ports.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const NOW = '2026-01-15T12:00:00.000Z';
let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
});
afterEach(() => deps.dispose());

const refs = (count: number) => Array.from({ length: count }, (_, n) => tenantRef('test', tenantId(`t${n}`)));
const at = (position: number) => formatLsn(lsn(BigInt(position)));

function gapOf(tenant: GapEntry['tenant'], id: string, end: number): GapEntry {
  return { tenant, id, reason: 'slot-lost', from: at(end), to: at(end), fromTime: NOW, toTime: NOW };
}

async function register(found: readonly TenantRef[]): Promise<void> {
  await writeAll(
    deps.catalog,
    found.map(ref => tenants.put({ ref, tenantId: `id of ${ref}`, firstSeen: NOW })),
  );
}

let made = 0;
/** A backup as its publication writes it: together with the head of the chain. */
async function publish(tenant: TenantRef, kind: BackupItem['kind'], position: number, took = 0): Promise<void> {
  const id = `b${String(made++).padStart(6, '0')}`;
  const item: BackupItem = {
    ...{ id, kind, key: `k/${id}`, sha256: 'a'.repeat(64), from: at(position), to: at(position + took) },
    ...{ fromTime: NOW, toTime: NOW, createdAt: NOW, rows: 0, bytes: 0, storedBytes: 0, chunks: 0, reusedChunks: 0 },
    ...{ durationMs: 0, reason: 'test' },
  };
  const head = await heads.get(deps.catalog, tenant);
  await deps.catalog.write([
    backups.put(tenant, item),
    heads.put(tenant, { id, key: item.key, sha256: item.sha256 }, head),
  ]);
}

/** The same catalog, with the number of its reads. */
function counted(catalog: Catalog): { catalog: Catalog; reads: () => number } {
  let reads = 0;
  const counting: Catalog = {
    get: (...args) => {
      reads += 1;
      return catalog.get(...args);
    },
    query: (...args) => {
      reads += 1;
      return catalog.query(...args);
    },
    write: writes => catalog.write(writes),
    close: () => catalog.close(),
  };
  return { catalog: counting, reads: () => reads };
}

describe('gaps that wait for snapshots', () => {
  it.each([
    ['of all tenants', [10, 1000], (_: readonly TenantRef[]) => [gapOf(SYSTEM, 'g', 100)]],
    [
      'of each of many tenants',
      [200, 1000],
      (all: readonly TenantRef[]) => all.map(ref => gapOf(ref, `g-${ref}`, 100)),
    ],
  ])('%s cost a minute the same requests, however large the fleet', async (_, sizes, gapsOf) => {
    const costs: number[][] = [];
    for (const count of sizes) {
      const fleet = refs(count);
      await register(fleet);
      await writeAll(deps.catalog, gapsOf(fleet).map(gaps.putOpen));
      const { catalog, reads } = counted(deps.catalog);
      const memory = processMemory();
      const minute = async () => {
        const before = reads();
        const { needSnapshot } = await openGaps({ catalog, memory }, NOW);
        return { cost: reads() - before, lacking: needSnapshot === 'all' ? count : needSnapshot.length };
      };
      const none = await minute();
      expect(none.lacking).toBe(count);
      for (const ref of fleet.slice(0, count / 2)) await publish(ref, 'snapshot', 200);
      await minute();
      const half = await minute();
      expect(half.lacking).toBe(count / 2);
      for (const ref of fleet.slice(-4, -1)) await publish(ref, 'snapshot', 200);
      const three = await minute();
      expect(three.lacking).toBe(count / 2 - 3);
      costs.push([none.cost, half.cost, three.cost]);
      for (const ref of fleet.slice(count / 2)) await publish(ref, 'snapshot', 200);
      expect((await minute()).lacking).toBe(0);
      expect(await gaps.listOpen(deps.catalog)).toEqual([]);
      await deps.dispose();
      deps = await localDeps();
    }
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[0]![2]).toBe(costs[0]![1]! + 3);
  });

  it('are known exactly in every minute, whatever was found out before', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constantFrom('snapshot' as const, 'incremental' as const),
        tenant: fc.nat(1),
        position: fc.integer({ min: 1, max: 9 }),
        took: fc.nat(6),
      }),
      fc.record({ gap: fc.integer({ min: 1, max: 9 }), of: fc.option(fc.nat(1), { freq: 1 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async steps => {
        await deps.dispose();
        deps = await localDeps();
        const fleet = refs(2);
        await register(fleet);
        const newest = new Map<TenantRef, Lsn>();
        const open = new Map<string, { of: TenantRef[]; end: Lsn }>();
        const memory = processMemory();
        for (const [number, each] of steps.entries()) {
          if ('gap' in each) {
            const id = `g${number}`;
            await writeAll(deps.catalog, [
              gaps.putOpen(gapOf(each.of === null ? SYSTEM : fleet[each.of]!, id, each.gap)),
            ]);
            open.set(id, { of: each.of === null ? fleet : [fleet[each.of]!], end: lsn(BigInt(each.gap)) });
          } else {
            const tenant = fleet[each.tenant]!;
            await publish(tenant, each.kind, each.position, each.took);
            const position = lsn(BigInt(each.position));
            if (each.kind === 'snapshot' && position > (newest.get(tenant) ?? -1n)) newest.set(tenant, position);
          }
          const lacking = new Set<TenantRef>();
          for (const [id, { of, end }] of open) {
            const behind = of.filter(tenant => (newest.get(tenant) ?? -1n) < end);
            for (const tenant of behind) lacking.add(tenant);
            if (behind.length === 0) open.delete(id);
          }
          const { ids, needSnapshot } = await openGaps({ catalog: deps.catalog, memory }, NOW);
          expect(ids).toEqual([...open.keys()].sort());
          expect(new Set(needSnapshot === 'all' ? fleet : needSnapshot)).toEqual(lacking);
        }
      }),
      { numRuns: 120 },
    );
  });
});

/** A run of snapshots takes who is due by the hours of its tier, and everyone of whom there is a doubt. */
import { expect, it } from 'vitest';
import { SnapshotHours } from '../../../lib/domain/snapshot-frequency.ts';
import { SYSTEM, TenantRef } from '../../../lib/domain/tenant.ts';
import { processMemory } from '../../../lib/local/process-memory.ts';
import { gaps, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { noteNewestSnapshot } from '../../../lib/operations/catalog/newest-snapshots.ts';
import { dueForSnapshot } from '../../../lib/operations/fleet/due-snapshots.ts';
import { openFailure } from '../../../lib/operations/fleet/open-failures.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';

const REFS = ['a', 'b', 'c', 'd', 'e'].map(letter => TenantRef.parse(letter.repeat(26)));
const [A, B, C, D, E] = REFS as [TenantRef, TenantRef, TenantRef, TenantRef, TenantRef];
const NOW = new Date('2026-03-04T12:00:00Z');

/** A critical, the others historical; of all but E the newest snapshot is seven hours old. */
async function fleet() {
  const catalog = memoryCatalog();
  const snapshotHours = SnapshotHours.parse({ critical: 6, historical: 168 });
  const deps = { catalog, clock: { now: () => NOW }, memory: processMemory(), snapshotHours };
  await catalog.write(REFS.map(ref => tenants.put({ ref, tenantId: ref, firstSeen: NOW.toISOString() })));
  const earlier = new Date(NOW.getTime() - 7 * 3600 * 1000);
  await catalog.write([A, B, C, D].map(ref => noteNewestSnapshot(ref, earlier)));
  const due = () => dueForSnapshot(deps, REFS, ref => (ref === A ? 'critical' : 'historical'));
  return { deps, due };
}

const gap = (tenant: TenantRef | typeof SYSTEM) => ({
  ...{ tenant, id: '000000001-abcdefgh', from: '0/1', fromTime: NOW.toISOString(), to: null, toTime: null },
  reason: 'slot-lost',
});

it('takes those whose hours have passed and those without a snapshot', async () => {
  const { due } = await fleet();
  expect(await due()).toEqual([A, E]);
});

it('takes a tenant whose snapshot or verification failed, and not one whose fold did', async () => {
  const { deps, due } = await fleet();
  const failed = { code: 'x', region: 'r' } as const;
  await openFailure(deps, { ...failed, kind: 'backup-failed', workflow: 'back-up-fleet', tenant: B });
  await openFailure(deps, { ...failed, kind: 'backup-failed', workflow: 'fold-incrementals', tenant: D });
  expect(await due()).toEqual([A, B, E]);
});

it('takes a tenant with a gap that no snapshot closed, and everyone while a gap concerns all', async () => {
  const { deps, due } = await fleet();
  await deps.catalog.write([gaps.putOpen(gap(C) as never)]);
  expect(await due()).toEqual([A, C, E]);
  await deps.catalog.write([gaps.putOpen(gap(SYSTEM) as never)]);
  expect(await due()).toEqual(REFS);
});

it('takes everyone where no hours are configured', async () => {
  const { snapshotHours: _, ...deps } = (await fleet()).deps;
  expect(await dueForSnapshot(deps, REFS, () => 'archive')).toEqual(REFS);
});

/** A shipper that goes on forever tells of late archives once a day, and again when others are late. */
import { expect, it } from 'vitest';
import { TenantRef } from '../../../lib/domain/tenant.ts';
import { ArchiveWatch } from '../../../lib/operations/archive/archive-watch.ts';
import { archives, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import type { Notice } from '../../support/local-deps.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';

const HOUR = 3600_000;
const [A, B] = ['a', 'b'].map(letter => TenantRef.parse(letter.repeat(26))) as [TenantRef, TenantRef];

async function watched() {
  const catalog = memoryCatalog();
  const clock = { ms: Date.parse('2026-03-20T00:00:00Z'), now: () => new Date(clock.ms) };
  const notices: Notice[] = [];
  const notifier = { notify: async (notice: Notice) => void notices.push(notice) };
  for (const ref of [A, B])
    await catalog.write([tenants.put({ ref, tenantId: ref, firstSeen: '2026-01-01T00:00:00Z' })]);
  const archived = (ref: TenantRef, toTime: string) => {
    const item = {
      id: toTime,
      key: 'k',
      sha256: 's',
      to: '0/1' as never,
      toTime,
      createdAt: toTime,
      rows: 1,
      storedBytes: 1,
    };
    return catalog.write([archives.put(ref, { ...item, keep: 'annual' })]);
  };
  const watch = new ArchiveWatch({ catalog, clock, notifier });
  return { watch, clock, notices, archived, catalog };
}

it('tells once a day which tenants have no archive a week after it was due', async () => {
  const { watch, clock, notices, archived } = await watched();
  await archived(A, '2026-03-02T00:00:00Z');
  for (let hour = 0; hour < 23; hour++, clock.ms += HOUR) await watch.look();
  expect(notices.map(({ code, details }) => [code, details])).toEqual([['archive-late', { tenants: [B] }]]);
  clock.ms += 2 * HOUR;
  await watch.look();
  expect(notices).toHaveLength(2);
});

it('looks once an hour, says nothing where all are there, and tells at once when another is late', async () => {
  const { watch, clock, notices, archived } = await watched();
  for (const ref of [A, B]) await archived(ref, '2026-03-02T00:00:00Z');
  await watch.look();
  expect(notices).toEqual([]);
  clock.ms = Date.parse('2026-04-20T00:00:00Z');
  await watch.look();
  await watch.look();
  expect(notices).toHaveLength(1);
  await archived(A, '2026-04-20T00:00:00Z');
  clock.ms += HOUR;
  await watch.look();
  expect(notices.at(-1)!.details).toEqual({ tenants: [B] });
});

it('a catalog that cannot be read stops nothing', async () => {
  const { clock, notices } = await watched();
  const catalog = {
    ...memoryCatalog(),
    query: () => {
      throw new Error('gone');
    },
  };
  const notifier = { notify: async (notice: Notice) => void notices.push(notice) };
  await new ArchiveWatch({ catalog: catalog as never, clock, notifier }).look();
  expect(notices).toEqual([]);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY_COPY_DAYS, KEY_COPY_LOCK_DAYS, type WrappedKey } from '../../../lib/domain/key-copy.ts';
import { KEY_COPIES_PREFIX } from '../../../lib/domain/object-key.ts';
import { AUDITORS, SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { copyKeys } from '../../../lib/operations/fleet/copy-keys.ts';
import { restoreKeys } from '../../../lib/operations/rebuild/restore-keys.ts';
import type { KeyRows } from '../../../lib/ports.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const OWNERS = [SYSTEM, AUDITORS, ...['a', 'b', 'c', 'd'].map(name => tenantRef('key copies', tenantId(name)))];
const DAY_MS = 24 * 3600 * 1000;
const TOMBSTONE = 'holdfast:destroyed';
const row = (owner: TenantRef, type: string): WrappedKey => ({
  ...{
    'branch-key-id': { S: owner },
    type: { S: type },
    enc: { B: Buffer.from(`${owner} ${type}`).toString('base64') },
  },
});

/** The table of keys, in memory. */
class Table implements KeyRows {
  rows = new Map<TenantRef, WrappedKey[]>();
  make(owner: TenantRef): void {
    if (!this.rows.has(owner))
      this.rows.set(
        owner,
        ['branch:ACTIVE', 'branch:version:1'].map(type => row(owner, type)),
      );
  }
  destroy(owner: TenantRef): void {
    this.rows.set(owner, [row(owner, TOMBSTONE)]);
  }
  isDestroyed(owner: TenantRef): boolean {
    return (this.rows.get(owner) ?? []).some(each => JSON.stringify(each).includes(TOMBSTONE));
  }
  async of(owner: TenantRef): Promise<WrappedKey[]> {
    return this.rows.get(owner) ?? [];
  }
  async add(owner: TenantRef, rows: readonly WrappedKey[]): Promise<number> {
    const tombstones = rows.filter(each => JSON.stringify(each).includes(TOMBSTONE));
    const wanted = tombstones.length > 0 || this.isDestroyed(owner) ? tombstones : rows;
    const present = this.rows.get(owner) ?? [];
    const missing = wanted.filter(each => !present.some(other => JSON.stringify(other) === JSON.stringify(each)));
    this.rows.set(owner, [...present, ...missing]);
    return missing.length;
  }
}

async function world(): Promise<LocalDeps> {
  const deps = await localDeps();
  const firstSeen = deps.clock.now().toISOString();
  await deps.catalog.write(OWNERS.slice(2).map(ref => tenants.put({ ref, tenantId: null, firstSeen })));
  return deps;
}

async function within<T>(work: (deps: LocalDeps) => Promise<T>): Promise<T> {
  const deps = await world();
  try {
    return await work(deps);
  } finally {
    await deps.dispose();
  }
}

describe('Copies of branch keys', () => {
  it('bring every copied key back into a lost table, and no destroyed one, whatever happened in between', async () => {
    const step = fc.record({
      do: fc.constantFrom('make', 'destroy', 'copy', 'wait'),
      owner: fc.nat(OWNERS.length - 1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), steps =>
        within(async deps => {
          const table = new Table();
          let copied: Table['rows'] | undefined;
          for (const { do: what, owner } of steps) {
            const ref = OWNERS[owner]!;
            if (what === 'make') table.make(ref);
            if (what === 'destroy' && table.rows.has(ref)) table.destroy(ref);
            if (what === 'wait') deps.clock.advance(3600 * 1000);
            if (what !== 'copy') continue;
            deps.clock.advance(1);
            expect(await copyKeys(deps, table)).toEqual({ owners: table.rows.size, lost: 0 });
            copied = new Map(table.rows);
          }
          const lost = new Table();
          if (copied === undefined) {
            await expect(restoreKeys(deps, lost)).rejects.toMatchObject({ code: 'no-key-copy' });
            return;
          }
          await restoreKeys(deps, lost);
          expect(lost.rows).toEqual(copied);
          expect(await restoreKeys(deps, lost)).toMatchObject({ rowsAdded: 0 });
        }),
      ),
      { numRuns: 25 },
    );
  });

  it('report rows that vanished until a copy no longer has them, and then bring them back', () =>
    within(async deps => {
      const table = new Table();
      for (const owner of OWNERS) table.make(owner);
      await copyKeys(deps, table);
      table.rows.delete(OWNERS[3]!);
      for (let n = 0; n < 2; n++) {
        deps.clock.advance(6 * 3600 * 1000);
        expect(await copyKeys(deps, table)).toEqual({ owners: OWNERS.length - 1, lost: 1 });
      }
      expect(await restoreKeys(deps, table)).toMatchObject({ copies: 3, rowsAdded: 2 });
      deps.clock.advance(6 * 3600 * 1000);
      expect(await copyKeys(deps, table)).toEqual({ owners: OWNERS.length, lost: 0 });
    }));

  it('leave a destroyed key destroyed, although an older copy still has it', () =>
    within(async deps => {
      const table = new Table();
      for (const owner of OWNERS) table.make(owner);
      await copyKeys(deps, table);
      table.destroy(OWNERS[2]!);
      await restoreKeys(deps, table);
      expect(await table.of(OWNERS[2]!)).toEqual([row(OWNERS[2]!, TOMBSTONE)]);
    }));

  it('cannot be deleted for days, and are locked for less than a destruction takes to be final', () =>
    within(async deps => {
      const table = new Table();
      table.make(SYSTEM);
      await copyKeys(deps, table);
      for await (const object of deps.vault.list(KEY_COPIES_PREFIX)) {
        expect(object.retainUntil.getTime() - deps.clock.now().getTime()).toBe(KEY_COPY_LOCK_DAYS * DAY_MS);
        await expect(deps.vault.delete(object.key)).rejects.toMatchObject({ code: 'object-locked' });
      }
      // The lifecycle rule takes up to two days: one for the marker, one for the version.
      expect(KEY_COPY_LOCK_DAYS + 2).toBeLessThanOrEqual(KEY_COPY_DAYS);
    }));

  it('that were altered are refused, whichever of their objects it was', () =>
    within(async deps => {
      const table = new Table();
      for (const owner of OWNERS) table.make(owner);
      await copyKeys(deps, table);
      for await (const key of deps.vault.keys(KEY_COPIES_PREFIX)) {
        const file = await deps.vault.get(key);
        await deps.tamper(key, bytes =>
          Buffer.from(bytes.toString('utf8').replace(SYSTEM, OWNERS[2]!).replace('owners', 'owner5')),
        );
        await expect(restoreKeys(deps, new Table())).rejects.toMatchObject({ code: 'object-altered' });
        await deps.tamper(key, () => file);
      }
    }));
});

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '../../../lib/domain/errors.ts';
import { AUDITORS, SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { replicateKeys } from '../../../lib/operations/fleet/replicate-keys.ts';
import type { KeyReplicas } from '../../../lib/ports.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const REGIONS = ['eu-west-1', 'eu-north-1'];
const HOUR_MS = 3600 * 1000;
const ref = (name: string) => tenantRef('replicas', tenantId(name));

type State = 'silent' | 'unusable' | undefined;

/** KMS of the other regions: makes what it is asked for, unless the region or the replica is in another state. */
class OtherRegions implements KeyReplicas {
  readonly regions = REGIONS;
  readonly made = new Set<string>();
  readonly asked: string[] = [];
  readonly keyless = new Set<TenantRef>();
  state: (region: string, owner: TenantRef) => State = () => undefined;

  async replicate(owner: TenantRef, region: string): Promise<boolean> {
    this.asked.push(`${region} ${owner}`);
    const state = this.state(region, owner);
    const code = state === 'silent' ? 'keyring-unreachable' : 'key-unusable';
    if (state) throw new StorageError(code, 'A fault.', { hint: 'None.' });
    if (this.keyless.has(owner)) return false;
    this.made.add(`${region} ${owner}`);
    return true;
  }
}

let deps: LocalDeps;
let other: OtherRegions;

beforeEach(async () => {
  deps = await localDeps();
  other = new OtherRegions();
});
afterEach(() => deps.dispose());

async function known(...names: string[]): Promise<TenantRef[]> {
  const refs = names.map(ref);
  const items = refs.map(each => ({ ref: each, tenantId: null, firstSeen: deps.clock.now().toISOString() }));
  await deps.catalog.write(items.map(tenants.put));
  return refs;
}

const run = (only?: TenantRef) => replicateKeys(deps, other, only ? { only } : {});

describe('The replicas of tenants’ keys', () => {
  it('are made in every region for every tenant, the log and the audit trail, and asked for again only a day later', async () => {
    const refs = await known('a', 'b');
    expect(await run()).toEqual({ checked: 4, withoutReplica: 0, failures: [] });
    const all = REGIONS.flatMap(region => [SYSTEM, AUDITORS, ...refs].map(owner => `${region} ${owner}`));
    expect([...other.made].sort()).toEqual(all.sort());
    deps.clock.advance(23 * HOUR_MS);
    expect(await run()).toEqual({ checked: 0, withoutReplica: 0, failures: [] });
    deps.clock.advance(2 * HOUR_MS);
    expect(await run()).toEqual({ checked: 4, withoutReplica: 0, failures: [] });
  });

  it('of a tenant whose key was just made are made alone', async () => {
    const [a] = await known('a', 'b');
    expect(await run(a)).toMatchObject({ checked: 1, withoutReplica: 3 });
    expect(other.made.size).toBe(2);
  });

  it('are made in one region while another is silent, which is asked only a few times', async () => {
    const refs = await known(...Array.from({ length: 100 }, (_, n) => `t${n}`));
    other.state = region => (region === 'eu-north-1' ? 'silent' : undefined);
    expect(await run()).toEqual({ checked: 102, withoutReplica: 102, failures: ['keyring-unreachable'] });
    expect([...other.made].sort()).toEqual([SYSTEM, AUDITORS, ...refs].map(owner => `eu-west-1 ${owner}`).sort());
    expect(other.asked.filter(each => each.startsWith('eu-north-1')).length).toBeLessThan(30);
    other.state = () => undefined;
    expect(await run()).toMatchObject({ withoutReplica: 0 });
    expect(other.made.size).toBe(204);
  });

  it('that were complete stay counted as such for a week of silence, and not longer', async () => {
    await known('a');
    await run();
    other.state = () => 'silent';
    deps.clock.advance(6 * 24 * HOUR_MS);
    expect(await run()).toMatchObject({ withoutReplica: 0 });
    deps.clock.advance(2 * 24 * HOUR_MS);
    expect(await run()).toMatchObject({ withoutReplica: 3 });
  });

  it('are not expected of a tenant without a key', async () => {
    const [a] = await known('a', 'b');
    other.keyless.add(a!);
    expect(await run()).toMatchObject({ withoutReplica: 0 });
  });

  it('count as missing exactly where the last check of a region found no usable one, whatever came before', async () => {
    const states = fc.array(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(states, async rounds => {
        const world = await localDeps();
        try {
          const owners = [SYSTEM, AUDITORS, ref('a')];
          await world.catalog.write([
            tenants.put({ ref: ref('a'), tenantId: null, firstSeen: '2026-01-01T00:00:00Z' }),
          ]);
          const places = new OtherRegions();
          for (const damaged of rounds) {
            const index = (region: string, owner: TenantRef) => REGIONS.indexOf(region) * 3 + owners.indexOf(owner);
            places.state = (region, owner) => (damaged[index(region, owner)] ? 'unusable' : undefined);
            const missing = owners.filter(owner => REGIONS.some(region => damaged[index(region, owner)]));
            expect((await replicateKeys(world, places)).withoutReplica).toBe(missing.length);
            world.clock.advance(25 * HOUR_MS);
          }
        } finally {
          await world.dispose();
        }
      }),
      { numRuns: 20 },
    );
  });
});

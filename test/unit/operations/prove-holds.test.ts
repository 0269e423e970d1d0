/** The proof of holds in as many calls as it needs: nothing is certified that was not read, whatever the catalog says. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heldPrefixes, packKey } from '../../../lib/domain/object-key.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { holdProofs } from '../../../lib/operations/catalog/hold-items.ts';
import { holdProblems, keepHolds } from '../../../lib/operations/governance/holds/keep-holds.ts';
import type { HoldDeps } from '../../../lib/operations/governance/holds/place-hold.ts';
import { proveHolds } from '../../../lib/operations/governance/holds/prove-holds.ts';
import { timeBudget } from '../../../lib/operations/time-budget.ts';
import type { HeldKeys, Vault } from '../../../lib/ports.ts';
import { hold, release } from '../../support/held-tenant.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { memoryVault } from '../../support/memory-vault.ts';

const acme = tenantRef('test', tenantId('acme'));
const OBJECTS = 200;
const NOW = timeBudget(0);
const unlocked = { retainUntil: new Date('2026-01-01') };
const run = 'week 12';

let deps: LocalDeps;
let everywhere: LocalDeps & HoldDeps;
beforeEach(async () => {
  deps = await localDeps({ now: '2026-03-20T12:00:00Z' });
  const second = memoryVault(deps.clock);
  everywhere = { ...deps, otherRegions: [{ region: 'eu-west-1', vault: second }] };
  await deps.keyring.ensureKey(acme);
  await deps.catalog.write([tenants.put({ ref: acme, tenantId: null, firstSeen: '2026-01-01T00:00:00Z' })]);
  for (const vault of [deps.vault, second])
    for (let n = 0; n < OBJECTS; n++) await vault.put(packKey(acme, 'backup', n), Buffer.from('rows'), unlocked);
  await hold(everywhere, acme);
});
afterEach(() => deps.dispose());

/** Keys that were looked at, by vault. */
function looking(vault: Vault, seen: string[]): Vault {
  return {
    ...vault,
    async *list(prefix, after) {
      for await (const object of vault.list(prefix, after)) {
        seen.push(object.key);
        yield object;
      }
    },
  };
}

async function inSteps(given: HoldDeps, name = run) {
  for (let calls = 1; ; calls++) {
    const proof = await proveHolds(given, { tenant: acme, run: name }, NOW);
    if (proof.done) return { proof, calls };
  }
}

describe('a proof that needs many calls', () => {
  it('proves the same as one call, and leaves nothing behind', async () => {
    const once = await proveHolds(everywhere, { tenant: acme, run: 'once' });
    const { proof, calls } = await inSteps(everywhere);
    expect(calls).toBeGreaterThan(6);
    expect(proof).toEqual(once);
    expect(await holdProofs.get(deps.catalog, acme)).toBeUndefined();
  });

  it('finds, and holds, whatever is not held in any region, wherever it pauses', async () => {
    const vaults = [deps.vault, everywhere.otherRegions![0]!.vault];
    const open = [0, 63, 64, 120, 199].map(n => packKey(acme, 'backup', n));
    for (const vault of vaults) for (const key of open) await vault.setHold(key, false);
    const { proof } = await inSteps(everywhere);
    expect(proof).toMatchObject({ repaired: 2 * open.length, first: open[0] });
    for (const vault of vaults) for (const key of open) expect((await vault.head(key))?.hold).toBe(true);
  });

  it.each([
    ['an edited catalog', async () => deps.catalog.write([holdProofs.put(acme, '{"place":1e9,"regions":[]}')])],
    [
      'a pause that another installation signed',
      async () => {
        const foreign = await localDeps({ now: '2026-03-20T12:00:00Z' });
        const other = { ...everywhere, signer: foreign.signer };
        // Its holds do not verify here, and nothing is open: it pauses in the middle.
        for (let n = 0; n < 4; n++) await proveHolds(other, { tenant: acme, run }, NOW);
        await foreign.dispose();
      },
    ],
    [
      'the pause of another run',
      async () => void (await proveHolds(everywhere, { tenant: acme, run: 'week 11' }, NOW)),
    ],
    [
      'a pause of three days ago',
      async () => {
        await proveHolds(everywhere, { tenant: acme, run }, NOW);
        deps.clock.advance(3 * 24 * 3600 * 1000);
      },
    ],
  ])('is begun again after %s', async (_, before) => {
    await before();
    const seen: string[] = [];
    const proof = await proveHolds({ ...everywhere, vault: looking(deps.vault, seen) }, { tenant: acme, run });
    const all: string[] = [];
    for (const prefix of heldPrefixes(acme)) for await (const key of deps.vault.keys(prefix)) all.push(key);
    expect([...new Set(seen)]).toEqual(all);
    expect(proof).toMatchObject({ regions: [{ region: 'primary', objects: all.length }, { objects: OBJECTS }] });
  });

  it('does not hold again what a release lets go meanwhile', async () => {
    await proveHolds(everywhere, { tenant: acme, run }, NOW);
    await release(everywhere, acme);
    await expect(proveHolds(everywhere, { tenant: acme, run })).rejects.toMatchObject({ code: 'hold-not-standing' });
    for (const vault of [deps.vault, everywhere.otherRegions![0]!.vault])
      for await (const object of vault.list(heldPrefixes(acme)[0]!)) expect(object.hold).toBe(false);
    expect(await keepHolds(everywhere, { tenant: acme, run })).toMatchObject({ holds: [], certificates: [] });
  });

  it('certifies nothing before its end', async () => {
    const certificates = async () => {
      const found: string[] = [];
      for await (const key of deps.vault.keys(`governance/holds/${acme}/certificates/`)) found.push(key);
      return found.length;
    };
    const before = await certificates();
    let kept = await keepHolds(everywhere, { tenant: acme, run }, NOW);
    for (; kept === undefined; kept = await keepHolds(everywhere, { tenant: acme, run }, NOW))
      expect(await certificates()).toBe(before);
    expect(kept).toMatchObject({ repaired: 0, certificates: [expect.any(String)] });
    expect(await certificates()).toBe(before + 1);
  });
});

describe('the key of a held tenant', () => {
  const marks = new Set<string>();
  const heldKeys: HeldKeys = {
    mark: async tenant => {
      const isNew = !marks.has(tenant);
      marks.add(tenant);
      return isNew;
    },
    unmark: async tenant => void marks.delete(tenant),
  };
  beforeEach(() => marks.clear());

  it('is marked while a matter stands, and no longer', async () => {
    const marking = { ...everywhere, heldKeys };
    await hold(marking, acme, 'case 18');
    expect([...marks]).toEqual([acme]);
    await release(marking, acme, 'case 17');
    expect([...marks]).toEqual([acme]);
    await release(marking, acme, 'case 18');
    expect([...marks]).toEqual([]);
  });

  it('is marked again, and people are told, if somebody removed the mark', async () => {
    const kept = await keepHolds({ ...everywhere, heldKeys }, { tenant: acme, run });
    expect(kept && holdProblems(kept)).toBe(1);
    expect(deps.notices).toMatchObject([{ code: 'hold-broken', severity: 'alarm' }]);
    expect([...marks]).toEqual([acme]);
  });

  it('stays marked for a matter that comes while the last one is released', async () => {
    const marking = { ...everywhere, heldKeys };
    const late: HeldKeys = {
      ...heldKeys,
      unmark: async tenant => {
        await hold(marking, acme, 'case 18');
        await heldKeys.unmark(tenant);
      },
    };
    await hold(marking, acme, 'case 19');
    await release(marking, acme, 'case 17');
    await release({ ...everywhere, heldKeys: late }, acme, 'case 19');
    expect([...marks]).toEqual([acme]);
  });
});

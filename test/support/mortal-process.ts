/**
 * A process that ends at a seeded call of any of its ports, before the call is made or after it was, so that its answer is
 * lost: from then on none of its calls does anything, and its sessions at the database are gone.
 */
import type { FailoverDeps } from '../../lib/operations/failover/failover-steps.ts';

export interface MortalProcess {
  readonly deps: FailoverDeps;
  isDead(): boolean;
}

/** `calls`: how many it makes. `died`: ends its sessions. */
export function mortalProcess(given: FailoverDeps, calls: number, died: () => Promise<unknown>): MortalProcess {
  let left = calls;
  let end: Promise<unknown> | undefined;
  const tick = async () => {
    if (left-- > 0) return;
    end ??= died();
    await end;
    throw new Error('The process was killed.');
  };
  const { regions } = given;
  const places = regions.places.map(place => ({ ...place, vault: counted(place.vault, tick) }));
  const own = places.find(({ region }) => region === regions.region)!;
  const vault = counted(given.vault, tick);
  const deps: FailoverDeps = {
    ...given,
    ...{ vault, catalog: counted(given.catalog, tick) },
    regions: {
      ...regions,
      places: places.map(place => (place === own ? { ...place, vault } : place)),
      database: counted(regions.database, tick),
      traffic: counted(regions.traffic, tick),
    },
  };
  return { deps, isDead: () => end !== undefined };
}

function counted<T extends object>(port: T, tick: () => Promise<void>): T {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        if (name === 'keys' || name === 'list' || name === 'query')
          return countedRows(() => method.apply(target, args), tick);
        return countedCall(() => method.apply(target, args), tick);
      };
    },
  });
}

async function countedCall(call: () => unknown, tick: () => Promise<void>): Promise<unknown> {
  await tick();
  const answer = await call();
  await tick();
  return answer;
}

async function* countedRows(call: () => AsyncIterable<unknown>, tick: () => Promise<void>): AsyncIterable<unknown> {
  await tick();
  yield* call();
}

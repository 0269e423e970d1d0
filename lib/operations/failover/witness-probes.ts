/**
 * The second place of an automatic fail-over: what a witness sees of the regions, as signed documents in its own vault, which
 * the regions read. Invariant: a region counts a document once, when it was not there at the probe before, so that no two
 * clocks are compared and an old document proves nothing.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { witnessProbeKey, witnessProbesPrefix } from '../../domain/object-key.ts';
import { PROBES_KEPT, type RegionProbe, WitnessProbe } from '../../domain/region-probe.ts';
import type { Deps, Vault } from '../../ports.ts';
import type { ProbedDatabase, Regions } from '../../region-ports.ts';
import { putSigned, readSigned } from '../storage/signed-document.ts';
import { answered, readPlaces } from './region-places.ts';

type WitnessDeps = Pick<Deps, 'vault' | 'signer' | 'clock'> & { readonly regions: Regions };

/**
 * At the witness: looks at every database that it watches, and keeps what it found. Throws what its own vault throws.
 * `watched`: of `regions.watched`.
 */
export async function probeAsWitness(
  deps: WitnessDeps,
  watched: readonly ProbedDatabase[],
): Promise<readonly WitnessProbe[]> {
  const { vault, signer, clock, regions } = deps;
  const readings = await readPlaces({ ...regions, signer });
  const found: WitnessProbe[] = [];
  for (const { region, answers } of watched) {
    const database = await answers();
    const now = clock.now();
    const probe: WitnessProbe = {
      ...{ format: 'holdfast.witness-probe/1', region, at: now.toISOString(), database },
      vault: readings.get(region) !== 'unreachable',
    };
    // It is worth nothing once the next ones are there.
    await putSigned({ vault, signer }, witnessProbeKey(region, now), probe, { retainUntil: now });
    await removeOld(vault, region);
    found.push(probe);
  }
  return found;
}

async function removeOld(vault: Vault, region: string): Promise<void> {
  const keys: string[] = [];
  for await (const key of vault.keys(witnessProbesPrefix(region))) keys.push(key);
  for (const key of keys.slice(0, -PROBES_KEPT))
    await vault.delete(key).catch(error => {
      // Locked while a clock that was set back says so: the next probe removes it.
      if (!(error instanceof HoldfastError && error.code === 'object-locked')) throw error;
    });
}

/** In a region: what the witness found of the other since the probe before, which tells what was there already. */
export async function readWitness(
  deps: WitnessDeps,
  region: string,
  before: Pick<RegionProbe, 'seen'> | undefined,
): Promise<Pick<RegionProbe, 'witness' | 'seen'>> {
  const seen = before?.seen ?? null;
  const place = deps.regions.places.find(({ witness }) => witness);
  if (place === undefined || deps.regions.shared !== undefined) return { witness: null, seen };
  const prefix = witnessProbesPrefix(region);
  const read = async () => {
    let newest: string | undefined;
    for await (const key of place.vault.keys(prefix, seen ?? undefined)) newest = key;
    if (newest === undefined) return undefined;
    return { newest, probe: await readSigned({ signer: deps.signer, vault: place.vault }, newest, WitnessProbe) };
  };
  const found = await answered(deps.regions, read());
  if (found === 'unreachable' || found === undefined || found.probe.region !== region) return { witness: null, seen };
  const { database, vault } = found.probe;
  // With the first probe nobody knows how long it has been there.
  return { witness: before === undefined ? null : { database, vault }, seen: found.newest };
}

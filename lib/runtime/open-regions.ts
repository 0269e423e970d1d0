/** Opens the regions that the configuration of this machine names: their places, the database's fail-over, this lease. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError } from '../domain/errors.ts';
import { RegionsFile } from '../domain/regions-file.ts';
import { type EpochTurn, epochTurnOf } from '../domain/source-epoch.ts';
import { openExistingVault } from '../local/file-vault.ts';
import { webhookTraffic } from '../local/webhook-traffic.ts';
import { regionLease } from '../operations/failover/region-lease.ts';
import type { Deps } from '../ports.ts';
import { answersProbe, replicaFailover } from '../postgres/server/replica.ts';
import type { RegionPlace, Regions } from '../region-ports.ts';
import { type Config, databaseUrl } from './config.ts';
import { parseYaml } from './yaml-document.ts';

export interface OpenedRegions {
  readonly regions: Regions;
  readonly requireActive: () => Promise<void>;
  /** Two regions that do not know of each other begin different source epochs. */
  readonly epochTurn: EpochTurn;
}

/** Undefined where the installation has one region. InputError `bad-regions`, `no-database-url`, `missing-variable`. */
export async function openRegions(
  config: Config,
  deps: Pick<Deps, 'vault' | 'clock' | 'signer'>,
): Promise<OpenedRegions | undefined> {
  if (config.regions === undefined) return undefined;
  const file = resolve(dirname(config.file), config.regions);
  const parsed = await readRegions(file);
  const { region, home, leaseSeconds, drainSeconds } = parsed;
  const places = parsed.places.map(place => openPlace(place, parsed, file, deps));
  const other = parsed.places.find(place => place.region !== region && !place.witness)!;
  const leaving = { url: databaseUrl(other.database ?? '', file) };
  const served = parsed.places.filter(place => !place.witness);
  const watched = served.map(each => ({
    region: each.region,
    answers: () => answersProbe({ url: databaseUrl(each.database ?? '', file) }),
  }));
  const regions: Regions = {
    ...{ region, home, leaseSeconds, drainSeconds, places, automatic: parsed.automatic },
    ...(!served.some(each => each.region === region) && { watched }),
    database: replicaFailover(leaving, config.source),
    traffic: webhookTraffic(parsed.webhook, config.installation),
  };
  const serving = served.map(place => place.region);
  const epochTurn = epochTurnOf(serving, home, region);
  return { regions, epochTurn, requireActive: regionLease({ ...deps, places, leaseSeconds }, region).require };
}

function openPlace(
  { region, witness, vault }: RegionsFile['places'][number],
  file: Pick<RegionsFile, 'region'>,
  path: string,
  deps: Pick<Deps, 'vault' | 'clock'>,
): RegionPlace {
  if (region === file.region) return { region, witness, vault: deps.vault };
  return { region, witness, vault: reachedVault(resolve(dirname(path), vault), deps.clock) };
}

/** A directory that is not there now may be later: every call opens it. */
function reachedVault(directory: string, clock: Deps['clock']): RegionPlace['vault'] {
  const open = () => openExistingVault(directory, clock);
  return {
    put: async (...given) => (await open()).put(...given),
    get: async (...given) => (await open()).get(...given),
    async *keys(...given) {
      yield* (await open()).keys(...given);
    },
  };
}

async function readRegions(file: string): Promise<RegionsFile> {
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new InputError('bad-regions', `The file ${file} cannot be read (${cause.code}).`, {
      hint: 'Correct `regions` in the configuration.',
      cause,
    });
  });
  return parseYaml(RegionsFile, text, file, {
    ...{ code: 'bad-regions', name: 'file of regions', hint: 'Correct the lines above (docs/failover.md).' },
  });
}

/**
 * Wires the drills of one machine: scratch server, acceptance checks, the copies of another region, and on a test
 * installation what damages it. Invariant: the copies are opened to be read, and no key is made in them.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { hasRegion } from '../domain/drill-settings.ts';
import { InputError } from '../domain/errors.ts';
import { decidePolicy } from '../domain/tenant-policy.ts';
import { callAcceptanceHook } from '../local/acceptance-hook.ts';
import { damageObject } from '../local/damage-object.ts';
import { openFileVault } from '../local/file-vault.ts';
import { openLocalKeyring } from '../local/local-keyring.ts';
import { openLocalSigner } from '../local/local-signer.ts';
import { processMemory } from '../local/process-memory.ts';
import { openSqliteCatalog } from '../local/sqlite-catalog.ts';
import { systemClock } from '../local/system-clock.ts';
import { listPolicies } from '../operations/catalog/tenant-policies.ts';
import type { Context } from '../operations/context.ts';
import type { DrillPlant, RegionStores } from '../operations/drills/drill-run.ts';
import { failoverDeps } from '../operations/failover/failover-kind.ts';
import { planFailover } from '../operations/failover/plan-failover.ts';
import { readPolicies } from '../operations/fleet/read-policies.ts';
import type { Config } from './config.ts';

/** InputError `no-acceptance-file`. */
export async function openDrillPlant(config: Config, ctx: Context): Promise<DrillPlant> {
  const { scratch, template, acceptanceSql, acceptanceHook: hook, testInstallation } = config.drills;
  await readPolicies(ctx);
  const answered = await listPolicies(ctx.catalog);
  const stated = { tier: 'standard', retention: config.settings.keep, tenants: { tiers: {}, retention: {} } } as const;
  return {
    tierOf: tenant => decidePolicy({ ...stated, queried: false }, tenant, answered.get(tenant)).tier,
    ...(scratch !== undefined && { scratch: { url: scratch } }),
    ...(template !== undefined && { template }),
    ...(acceptanceSql !== undefined && { acceptanceSql: await sqlOf(acceptanceSql) }),
    ...(hook !== undefined && { acceptanceHook: request => callAcceptanceHook(hook, request) }),
    ...(hasRegion(config.drills) && { openRegion: () => openRegion(config) }),
    ...(config.regions !== undefined && { planFailover: () => planFailover(failoverDeps(ctx), NOT_PLANNED) }),
    ...(testInstallation && { faults: { damageObject: key => damageObject(config.vault, key) } }),
  };
}

/** The worst case: nothing was stopped beforehand. */
const NOT_PLANNED = { planned: false, fenced: [] };

async function sqlOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(cause => {
    throw new InputError('no-acceptance-file', `The file ${file} cannot be read (${cause.code}).`, {
      hint: 'Correct drills.acceptanceSql in the configuration.',
      cause,
    });
  });
}

/** InputError `region-not-configured` where the copies are not there. */
async function openRegion({ drills: { regionVault, regionKeys } }: Config): Promise<RegionStores> {
  const isVault = (await stat(regionVault!).catch(() => undefined))?.isDirectory() === true;
  const keys: string[] = await readdir(regionKeys!).catch(() => []);
  if (!isVault || !keys.includes('signing-key.pem')) {
    throw new InputError('region-not-configured', 'The copies of the vault and of the keys are not there.', {
      hint: 'Check drills.regionVault and drills.regionKeys, and that the copying ran.',
    });
  }
  const catalog = openSqliteCatalog(':memory:');
  return {
    vault: await openFileVault(regionVault!, systemClock),
    keyring: await openLocalKeyring(regionKeys!),
    signer: await openLocalSigner(regionKeys!),
    ...{ catalog, memory: processMemory(), close: () => catalog.close() },
  };
}

/**
 * The drill `region`: the first region is lost. From the copy of the vault and of the keys alone the catalog is rebuilt and
 * tenants are restored; then a fail-over is planned and not done. Invariant: of the first region nothing is read to restore
 * (its vault, keys, catalog, database), and nothing is written to the second.
 */
import type { DrilledTenant } from '../../domain/drill.ts';
import { IntegrityError, StorageError } from '../../domain/errors.ts';
import type { Vault } from '../../ports.ts';
import type { Context } from '../context.ts';
import { rebuildCatalog } from '../rebuild/rebuild-catalog.ts';
import { acceptRestored, restoredOf } from './acceptance.ts';
import { chooseForKind } from './choose-for-kind.ts';
import { type DrillBody, type DrillRun, problemOf, type RegionStores, timedPhase } from './drill-run.ts';
import { drillTenant } from './drill-tenants.ts';
import { withScratch } from './scratch.ts';

export async function drillRegion(run: DrillRun): Promise<DrillBody> {
  const stores = await timedPhase(run, 'open', () => run.plant.openRegion!());
  try {
    const body = await withScratch(run, scratch => restoreFrom(run, stores, scratch));
    return { ...body, ...(await dryRun(run)) };
  } finally {
    await stores.close();
  }
}

/** What a fail-over would do and lose now. That it cannot be planned is a finding. */
async function dryRun(run: DrillRun): Promise<Pick<DrillBody, 'failover'>> {
  const { planFailover } = run.plant;
  if (planFailover === undefined) return {};
  try {
    return { failover: await timedPhase(run, 'failover-plan', planFailover) };
  } catch (error) {
    run.findings.push(`A fail-over to this region cannot be planned (${problemOf(error).code}).`);
    return {};
  }
}

async function restoreFrom(
  run: DrillRun,
  { vault, keyring, signer, catalog, memory }: RegionStores,
  scratch: Parameters<Parameters<typeof withScratch>[1]>[0],
): Promise<DrillBody> {
  const stores = { vault: readOnly(vault), keyring, signer, catalog, memory };
  const ctx: Context = { ...run.ctx, ...stores, source: scratch.source };
  const rebuilt = await timedPhase(run, 'catalog', () => rebuildCatalog(ctx));
  const left = rebuilt.leftOut[0];
  if (left)
    throw new IntegrityError(
      'region-incomplete',
      `${rebuilt.leftOut.length} manifests of the copy are not listed, the first is ${left.key}.`,
      {
        hint: `${left.why} Compare the copy with the vault: holdfast verify names what differs.`,
        details: { object: left.key },
      },
    );
  const chosen = await chooseForKind(run, ctx);
  const tenants: DrilledTenant[] = [];
  await timedPhase(run, 'restore', async () => {
    for (const tenant of chosen) tenants.push(await drillTenant(run, ctx, tenant, { scratch, verify: true }));
  });
  const acceptance = await acceptRestored(run, scratch, restoredOf(chosen, tenants));
  return { scratch: scratch.described, tenants, acceptance };
}

/** The copy as it is: whatever would be written to it is an error. */
function readOnly(vault: Vault): Vault {
  const refuse = async (): Promise<never> => {
    throw new StorageError('read-only-copy', 'A drill does not write to the copy of the vault.', {
      hint: 'Report it as a bug in Holdfast.',
    });
  };
  return {
    get: (key, range) => vault.get(key, range),
    head: key => vault.head(key),
    list: (prefix, after) => vault.list(prefix, after),
    keys: (prefix, after) => vault.keys(prefix, after),
    ...{ put: refuse, extendRetention: refuse, setHold: refuse, delete: refuse },
  };
}

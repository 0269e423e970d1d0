/**
 * Wires the drills of an installation on AWS: where scratch databases are made, and the team's own check. Invariant: the
 * context has the scratch server in place of the source, so that no step of a drill can reach live rows.
 */
import type { DeployedDrills } from '../domain/deployed-drills.ts';
import { callAcceptanceHook } from '../local/acceptance-hook.ts';
import type { Context } from '../operations/context.ts';
import type { DrillPlant } from '../operations/drills/drill-run.ts';
import type { AwsPorts } from './aws.ts';
import type { StorageContext } from './function-handler.ts';

/** Of one check: a function ends after 15 minutes. */
const CHECK_MS = 10 * 60 * 1000;

interface DrillPorts {
  readonly ctx: Context;
  readonly plant: DrillPlant;
  readonly settings: DeployedDrills;
}

/** `tierOf`: by the tenant's reference. */
export async function openDeployedDrills(
  aws: AwsPorts,
  storage: StorageContext,
  tierOf: DrillPlant['tierOf'],
): Promise<DrillPorts> {
  const settings = aws.operations.drills;
  if (settings === undefined) throw new Error('The deployment has no drills.');
  const source = await aws.drillScratch();
  const { template, acceptanceSql, acceptanceHook: hook, atOnce } = settings;
  const { host, port } = aws.config.source;
  return {
    settings,
    ctx: { ...storage, source, settings: { ...storage.settings, tenantParallelism: atOnce } },
    plant: {
      ...{ tierOf, scratch: source, sourceServer: `${host}:${port}`, acceptanceLimitMs: CHECK_MS },
      ...(template !== undefined && { template }),
      ...(acceptanceSql !== undefined && { acceptanceSql }),
      ...(hook !== undefined && { acceptanceHook: request => callAcceptanceHook(hook, request, CHECK_MS) }),
    },
  };
}

/** The stores of another region, to be read only: what a restore would note there is left out, and people hear of the record. */
export function asCopy(storage: StorageContext): StorageContext {
  const { catalog } = storage;
  return {
    ...storage,
    catalog: {
      get: (...given) => catalog.get(...given),
      query: (...given) => catalog.query(...given),
      write: async () => {},
      close: () => catalog.close(),
    },
    notifier: { notify: async () => {} },
  };
}

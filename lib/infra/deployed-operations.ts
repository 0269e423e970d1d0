/** What the deployment says of single operations, as the functions read it beside their code: by reference, without ids. */
import type { OperationsSettings } from '../domain/operations-settings.ts';
import { defaultSettings } from '../domain/settings.ts';
import { deployedClusterBackups } from './cluster-backups.ts';
import { deployedConsole } from './deployed-console.ts';
import { deployedDrills } from './deployed-drills.ts';
import { deployedFailover } from './deployed-failover.ts';
import { deployedMessages } from './deployed-messages.ts';
import type { Deployment } from './deployment.ts';

/** `directory`: of the deployment's file. InputError `no-acceptance-file`. */
export function deployedOperations(deployment: Deployment, directory: string): OperationsSettings {
  const drills = deployedDrills(deployment, directory);
  const failover = deployedFailover(deployment);
  const clusterBackups = deployedClusterBackups(deployment);
  const messages = deployedMessages(deployment);
  const console = deployedConsole(deployment);
  const { fleet, storage, reports, retention, schedules, tiers } = deployment;
  const { logIndexMinutes } = storage;
  const isUsual = logIndexMinutes === defaultSettings().logIndex.minutes;
  return {
    ...{ load: fleet.load, reports, reasons: retention.reasons },
    ...(fleet.processor && { processor: { ...fleet.processor, region: deployment.regions.primary } }),
    ...(tiers.snapshotHours && { snapshotHours: tiers.snapshotHours }),
    ...(schedules.archive.enabled && { archives: { scheduled: true } }),
    ...(!isUsual && { logIndexMinutes }),
    ...(drills && { drills }),
    ...(failover && { failover }),
    ...(clusterBackups && { clusterBackups }),
    ...(messages && { messages }),
    ...(console && { console }),
  };
}

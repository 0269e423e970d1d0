/** The alarms of what the other regions hold for the primary: objects, keys, and the expiry of both; and of copies of keys. */
import { Duration } from 'aws-cdk-lib';
import type { Deployment } from '../deployment.ts';
import { type ReplicaRegion, replicaRegionsOf } from '../names.ts';
import { type AlarmSpec, replicationFailed } from './failure-alarms.ts';
import { counted, replication } from './metrics.ts';
import { scheduleInterval } from './schedule-interval.ts';

export function copyAlarms(deployment: Deployment): AlarmSpec[] {
  const others = replicaRegionsOf(deployment).length > 0;
  const keys = deployment.keys.mode === 'pooled' ? [keysLost] : others ? [keysWithoutReplica] : [];
  return [...(others ? replicas(deployment) : []), ...keys.map(spec => spec(deployment))];
}

/** Of the primary vault's replication, as S3 reports it. */
export function replicationAlarms(deployment: Deployment): AlarmSpec[] {
  const targets = replicaRegionsOf(deployment);
  return [
    ...targets.map(target => behind(deployment, target)),
    ...targets.map(target => replicationFailed(deployment, target, 'primary')),
  ];
}

function behind(deployment: Deployment, target: ReplicaRegion): AlarmSpec {
  const metric = replication(deployment, target, 'ReplicationLatency');
  if (target === 'tertiary') {
    return {
      name: 'replication-behind-tertiary',
      page: 'replication-behind',
      meaning:
        'Objects have waited longer than a day for replication to the tertiary region, which has no time control.',
      metric,
      above: Duration.days(1).toSeconds(),
    };
  }
  return {
    name: 'replication-behind',
    page: 'replication-behind',
    meaning:
      'Objects have waited longer than 15 minutes for replication to the secondary region, or S3 reports no latency although every minute has objects.',
    metric,
    above: Duration.minutes(15).toSeconds(),
    periods: 3,
    silenceIsTrouble: true,
  };
}

/** A new key has its replicas within a run of the schedule; two hours without them are a fault. */
function keysWithoutReplica(deployment: Deployment): AlarmSpec {
  const interval = scheduleInterval(deployment.schedules.replicateKeys.expression);
  const hours = Math.min(24, Math.ceil(interval.toHours({ integral: false })));
  return {
    name: 'keys-without-replica',
    page: 'keys-without-replica',
    meaning:
      'Keys of tenants have no usable replica in another region, or their number is not reported: if the primary region is lost, backups of these tenants cannot be opened.',
    metric: counted(deployment, 'KeysWithoutReplica', 'Minimum', Duration.hours(hours)),
    above: 0,
    periods: 2,
    silenceIsTrouble: true,
  };
}

/** A lock that was just lengthened, or a region that was just down, is not a fault: three runs must agree. */
function replicas(deployment: Deployment): AlarmSpec[] {
  const interval = scheduleInterval(deployment.schedules.verifyReplicas.expression);
  const hours = Math.min(24, Math.ceil(interval.toHours({ integral: false })) + 1);
  return [
    {
      name: 'objects-without-replica',
      page: 'objects-without-replica',
      meaning:
        'Objects of the vault have no copy in another region, or one with a shorter lock, or their number is not reported.',
      metric: counted(deployment, 'ObjectsWithoutReplica', 'Minimum', Duration.hours(hours)),
      above: 0,
      periods: 3,
      silenceIsTrouble: true,
    },
    {
      name: 'replica-expiry-behind',
      page: 'replica-expiry-behind',
      meaning: 'Another region has not removed for two days what the primary expired.',
      metric: counted(deployment, 'ReplicaExpiryAge', 'Maximum', Duration.hours(hours)),
      above: Duration.days(2).toSeconds(),
    },
  ];
}

function keysLost(deployment: Deployment): AlarmSpec {
  const interval = scheduleInterval(deployment.schedules.copyKeys.expression);
  const hours = Math.min(24, Math.ceil(interval.toHours({ integral: false })) + 1);
  return {
    name: 'keys-lost',
    page: 'key-in-danger',
    meaning: 'The table of branch keys has fewer tenants than its last copy, or is not being copied.',
    metric: counted(deployment, 'KeysLost', 'Maximum', Duration.hours(hours)),
    above: 0,
    silenceIsTrouble: true,
  };
}

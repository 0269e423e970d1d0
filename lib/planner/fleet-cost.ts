/**
 * The monthly cost of a fleet, line by line, each with its arithmetic: work (fleet-work.ts) × prices (aws-prices.ts).
 * List prices without free tiers. Invariant: a line's amount is the result of its arithmetic; if the price of another
 * region is used, the line names it.
 */

import { type MetricName, metricsCounted } from '../domain/function-metrics.ts';
import { tiersInUse } from '../domain/objectives.ts';
import { DAYS_A_MONTH } from '../domain/run-frequency.ts';
import type { PriceName } from './aws-prices.ts';
import { type CostLine, costLine, type Factor } from './cost-line.ts';
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import { copyRegions, type FleetSettings, keptSnapshots } from './fleet-settings.ts';
import { type FleetWork, fleetWork } from './fleet-work.ts';
import { replicaChecks } from './key-steps.ts';
import { optionLines } from './option-cost.ts';
import { storageLines } from './storage-cost.ts';

export interface FleetCost {
  readonly tenants: number;
  readonly lines: readonly CostLine[];
  readonly usd: number;
  readonly usdPerTenant: number;
}

const GB = 1e9;

/** Dollars of a fleet a month, by line. InputError `bad-schedule`. */
export function fleetCost(profile: FleetProfile, settings: FleetSettings, given: Assumptions): FleetCost {
  const work = fleetWork(profile, settings, given);
  const lines = [
    ...requestLines(work, settings),
    ...storageLines(profile, work, settings, given),
    ...keyLines(profile, work, settings),
    ...computeLines(work, settings),
    ...catalogLines(profile, work, settings, given),
    ...watchLines(work, settings, given),
    ...networkLines(work, settings, given),
    ...optionLines(profile, work, settings, given),
  ].filter(line => line.usd > 0);
  const usd = lines.reduce((sum, line) => sum + line.usd, 0);
  return { tenants: profile.tenants, lines, usd, usdPerTenant: usd / profile.tenants };
}

function requestLines({ steps, objects }: FleetWork, { regions }: FleetSettings): CostLine[] {
  const line = (name: string, price: PriceName, factors: readonly Factor[], region = regions.primary) =>
    costLine(region === regions.primary ? 'S3 requests' : 'S3 replication', name, region, price, factors);
  const made = objects.reduce((sum, kind) => sum + kind.count, 0);
  return [
    ...steps.flatMap(step => [
      line(`${step.name}: GET and HEAD`, 's3Get', [
        [step.runs, 'runs'],
        [step.get, 'requests'],
      ]),
      line(`${step.name}: PUT and LIST`, 's3Put', [
        [step.runs, 'runs'],
        [step.put + step.list, 'requests'],
      ]),
    ]),
    ...(['secondary', 'tertiary'] as const).flatMap(each => {
      const region = regions[each];
      return region === undefined ? [] : [line(`replica PUTs, ${each}`, 's3Put', [[made, 'objects']], region)];
    }),
  ];
}

/** First year: rotated keys cost more from the second year on (dedicated-keys.ts enables rotation). */
function keyLines({ tenants }: FleetProfile, work: FleetWork, settings: FleetSettings): CostLine[] {
  const { regions, keys } = settings;
  const others = copyRegions(settings).length;
  const line = (name: string, price: PriceName, factors: readonly Factor[]) =>
    costLine('KMS', name, regions.primary, price, factors);
  return [
    keys.mode === 'dedicated'
      ? line('tenant keys (dedicated)', 'kmsKey', [
          [tenants, 'tenants'],
          [1 + others, others === 0 ? 'region' : 'regions'],
        ])
      : line('key of the pool and its replicas', 'kmsKey', [[1 + others, others === 0 ? 'key' : 'keys']]),
    // Vault and signing in each region; notices in the primary, and of the watch in the secondary.
    line('vault, signing and notices keys', 'kmsKey', [[2 * (1 + others) + (others === 0 ? 1 : 2), 'keys']]),
    // Its alarms have a topic of their own there; sessions of STS are free.
    ...(settings.vault ? [line('notices key of the account of the vault', 'kmsKey', [[1, 'key']])] : []),
    line(keys.mode === 'dedicated' ? 'data keys' : 'branch keys opened', 'kmsRequest', [[work.dataKeys, 'requests']]),
    line('replicas of keys checked', 'kmsRequest', [[replicaChecks(tenants, settings), 'requests']]),
    line('signatures of manifests', 'kmsSign', [[work.signatures, 'manifests']]),
  ];
}

/** Calls that connect to the database, and so are in its network. */
function loginsOf(steps: FleetWork['steps']): number {
  const asks = /^(ship|fold|plan|read|commit|verify)/;
  return steps.filter(step => asks.test(step.name)).reduce((sum, step) => sum + step.runs, 0);
}

function computeLines({ steps, transitions, runs }: FleetWork, { regions, source }: FleetSettings): CostLine[] {
  const line = (group: string, name: string, price: PriceName, factors: readonly Factor[]) =>
    costLine(group, name, regions.primary, price, factors);
  const calls = steps.reduce((sum, step) => sum + step.runs, 0);
  return [
    ...steps.map(step =>
      line('Lambda', step.name, 'lambdaTime', [
        [step.runs, 'runs'],
        [step.seconds, 's'],
        [step.memoryMb / 1024, 'GB'],
      ]),
    ),
    line('Lambda', 'requests', 'lambdaRequest', [[calls, 'calls']]),
    line('Step Functions', 'state transitions', 'transition', [[transitions, 'transitions']]),
    line('EventBridge', 'scheduled runs', 'scheduled', [
      [Object.values(runs).reduce((sum, each) => sum + each, 0), 'runs'],
    ]),
    ...(source?.authentication.kind === 'iam'
      ? []
      : [
          line('Secrets Manager', "the database's password, fetched by each call", 'secretRequest', [
            [loginsOf(steps), 'calls'],
          ]),
        ]),
  ];
}

function catalogLines(profile: FleetProfile, work: FleetWork, settings: FleetSettings, given: Assumptions): CostLine[] {
  const { regions, retention } = settings;
  const everywhere = [regions.primary, ...copyRegions(settings)];
  const line = (name: string, price: PriceName, factors: readonly Factor[], region = regions.primary) =>
    costLine('DynamoDB', name, region, price, factors);
  const kept =
    (work.segmentItems * retention.logDays) / DAYS_A_MONTH +
    work.runsKept +
    profile.tenants * (keptSnapshots(settings) + retention.logDays * 24 * profile.active.hour + 4);
  const stored = (kept * given.catalogItemBytes) / GB;
  const ship = work.steps.find(step => step.name === 'ship-log')!;
  const others = work.steps.filter(step => step !== ship).reduce((sum, step) => sum + step.runs * step.writes, 0);
  return [
    line('ship-log: items written (transactions take two units)', 'dynamoWrite', [
      [ship.runs, 'runs'],
      [ship.writes, 'items'],
      [2, 'units'],
    ]),
    line('other items written', 'dynamoWrite', [
      [others, 'items'],
      [2, 'units'],
    ]),
    ...everywhere
      .slice(1)
      .map(region =>
        line(`items replicated to ${region}`, 'dynamoWrite', [[ship.runs * ship.writes + others, 'items']], region),
      ),
    ...work.steps.map(step =>
      line(`${step.name}: reads`, 'dynamoRead', [
        [step.runs, 'runs'],
        [step.readUnits, 'units'],
      ]),
    ),
    ...everywhere.map(region => line(`storage in ${region}`, 'dynamoStorage', [[stored, 'GB']], region)),
    line('point-in-time recovery', 'dynamoRecovery', [[stored, 'GB']]),
  ];
}

/** KMS, STS, SNS and Step Functions; Secrets Manager if it stores the password. S3 and DynamoDB cost nothing. */
const INTERFACE_ENDPOINTS = 4;
const HOURS_A_MONTH = DAYS_A_MONTH * 24;

/** What functions in the database's network need to reach AWS (docs/security.md). */
function networkLines(work: FleetWork, { regions, source }: FleetSettings, given: Assumptions): CostLine[] {
  const line = (name: string, price: PriceName, factors: readonly Factor[]) =>
    costLine('Network', name, regions.primary, price, factors);
  const zones = source?.availabilityZones === undefined ? given.zones : new Set(source.availabilityZones).size;
  const secret = source?.authentication.kind === 'iam' ? 0 : 1;
  const requests = work.dataKeys + work.signatures + secret * loginsOf(work.steps);
  const data: Factor = [(requests * given.serviceRequestBytes) / GB, 'GB'];
  const { network } = given;
  if (network === 'endpoints') {
    return [
      line('interface endpoints (KMS, STS, SNS, Step Functions, Secrets Manager)', 'endpointHour', [
        [INTERFACE_ENDPOINTS + secret, 'endpoints'],
        [zones, 'zones'],
        [HOURS_A_MONTH, 'hours'],
      ]),
      line('through interface endpoints', 'endpointData', [data]),
    ];
  }
  const gateways: Factor[] = [
    [zones, 'gateways'],
    [HOURS_A_MONTH, 'hours'],
  ];
  const own = [
    line('NAT gateways', 'natHour', gateways),
    line('public addresses of the NAT gateways', 'publicAddress', gateways),
  ];
  return [...(network === 'nat' ? own : []), line('through the NAT gateways', 'natData', [data])];
}

/** Metrics of S3 for one replication rule. */
const METRICS_OF_A_RULE = 4;
/** Alarms of infra/constructs/alarms.ts, in addition to one for each tier and that of the query; a test counts them in the template. */
const ALARMS_FOR_ALL = 33;
/** Of each region with a copy: replication behind and failed. Of all together: objects without replica, and their expiry. */
const ALARMS_OF_A_COPY = 2;
const ALARMS_OF_COPIES = 2;
/** Of the watch in the secondary region: its alarm, and the gauges of failures there. */
const ALARMS_OF_WATCH = 1;
const GAUGES_OF_WATCH = 3;
const METRICS_OF_OTHER_REGIONS: readonly MetricName[] = [
  ...(['KeysWithoutReplica', 'ObjectsWithoutReplica', 'ReplicaExpiryAge', 'PrimarySilentSeconds'] as const),
];
const ALARMS_OF_DRILLS = 4;
const ALARMS_OF_CLUSTER_BACKUPS = 2;
const METRICS_OF_DRILLS: readonly MetricName[] = ['LateDrills', 'FailedDrills', 'SlowDrills'];
const MONTHS_OF_LOGS = 3;

/** Alarms that the stacks create for these settings. */
export function alarmsMade(
  settings: Pick<FleetSettings, 'tiers' | 'regions' | 'keys' | 'longRestores' | 'drills' | 'alarms' | 'clusterBackups'>,
): number {
  const others = copyRegions(settings).length;
  const keys = settings.keys.mode === 'pooled' || others > 0 ? 1 : 0;
  const ofCopies = others === 0 ? 0 : ALARMS_OF_COPIES + others * ALARMS_OF_A_COPY;
  const { tiers } = settings;
  const query = tiers.query === undefined ? 0 : 1;
  const { alarms } = settings;
  const messages = alarms !== undefined && (alarms.messages.length > 0 || alarms.contacts !== undefined) ? 1 : 0;
  const drills = settings.drills === undefined ? 0 : ALARMS_OF_DRILLS;
  const always = ALARMS_FOR_ALL + tiersInUse(tiers).length;
  const copies = settings.clusterBackups === undefined ? 0 : ALARMS_OF_CLUSTER_BACKUPS;
  return always + keys + ofCopies + query + messages + drills + copies + longRestoreWatch(settings);
}

/** One metric, and the alarm on it. What a long restore itself costs is a restore's. */
function longRestoreWatch({ longRestores }: Pick<FleetSettings, 'longRestores'>): number {
  return longRestores === undefined ? 0 : 1;
}

function watchedBeyondAlarms(settings: FleetSettings) {
  const others = copyRegions(settings).length;
  const ofDrills = settings.drills === undefined ? METRICS_OF_DRILLS.length : 0;
  const counted = metricsCounted(settings.tiers) + longRestoreWatch(settings) - ofDrills;
  if (others === 0) return { metrics: counted - METRICS_OF_OTHER_REGIONS.length, alarms: 0 };
  return { metrics: counted + GAUGES_OF_WATCH + METRICS_OF_A_RULE * others, alarms: ALARMS_OF_WATCH };
}

function watchLines({ steps, transitions }: FleetWork, settings: FleetSettings, given: Assumptions): CostLine[] {
  const { regions } = settings;
  const watched = watchedBeyondAlarms(settings);
  const line = (name: string, price: PriceName, factors: readonly Factor[]) =>
    costLine('CloudWatch', name, regions.primary, price, factors);
  const calls = steps.reduce((sum, step) => sum + step.runs, 0);
  const functionLogs = (calls * given.logBytesPerCall) / GB;
  // Entered, started, succeeded, exited: four events per state.
  const stateLogs = (transitions * 4 * given.logBytesPerEvent) / GB;
  return [
    line('logs of functions', 'logIngest', [[functionLogs, 'GB']]),
    line('logs of state machines (every event)', 'logIngest', [[stateLogs, 'GB']]),
    line('logs kept three months', 'logStorage', [
      [functionLogs + stateLogs, 'GB'],
      [MONTHS_OF_LOGS, 'months'],
    ]),
    line('metrics', 'metric', [[watched.metrics, 'metrics']]),
    line('alarms', 'alarm', [[alarmsMade(settings) + watched.alarms, 'alarms']]),
    line('traces', 'trace', [
      [calls, 'calls'],
      [given.tracedShare, 'recorded'],
    ]),
  ];
}

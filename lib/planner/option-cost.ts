/**
 * The cost of what a deployment can add: drills, archives, the status page, and protection that fails over. Invariant: a
 * deployment without an option has none of its lines. Requests and calls are those of the code that each function names.
 */
import { tiersInUse } from '../domain/objectives.ts';
import { DAYS_A_MONTH, runsPerMonth } from '../domain/run-frequency.ts';
import type { PriceName } from './aws-prices.ts';
import { type CostLine, costLine, type Factor } from './cost-line.ts';
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import { copyRegions, type FleetSettings, keptSnapshots } from './fleet-settings.ts';
import type { FleetWork } from './fleet-work.ts';
import { timed } from './measured-calls.ts';
import { NO_REQUESTS, type RequestCounts, verifySnapshotRequests } from './request-counts.ts';
import { waiting } from './step-requests.ts';

const GB = 1e9;
const MB = 1_000_000;
const MINUTES_A_MONTH = DAYS_A_MONTH * 1440;
const HOURS_A_MONTH = DAYS_A_MONTH * 24;

interface Priced {
  readonly profile: FleetProfile;
  readonly settings: FleetSettings;
  readonly given: Assumptions;
}

/** Calls of one function: what they compute, request and read. */
interface Calls {
  readonly name: string;
  readonly region: string;
  readonly runs: number;
  readonly requests: RequestCounts;
  readonly readUnits?: number;
  readonly megabytes?: number;
}

export function optionLines(
  profile: FleetProfile,
  work: FleetWork,
  settings: FleetSettings,
  given: Assumptions,
): CostLine[] {
  const priced = { profile, settings, given };
  return [
    ...(settings.drills ? drillLines(priced) : []),
    ...(settings.schedules.archive?.enabled ? archiveLines(priced) : []),
    ...(settings.statusPage ? statusPageLines(priced, work, settings.statusPage.everyMinutes) : []),
    ...(settings.failover ? failoverLines(priced, work) : []),
  ];
}

function callLines(group: string, { name, region, runs, requests, readUnits, megabytes }: Calls, given: Assumptions) {
  const { memoryMb, seconds } = timed(given, name, waiting(given, requests), { rowsRestored: megabytes ?? 0 });
  const line = (what: string, price: PriceName, factors: readonly Factor[]) =>
    costLine(group, `${name}: ${what}`, region, price, factors);
  return [
    line('function', 'lambdaTime', [
      [runs, 'calls'],
      [seconds, 's'],
      [memoryMb / 1024, 'GB'],
    ]),
    line('calls', 'lambdaRequest', [[runs, 'calls']]),
    line('GET and HEAD', 's3Get', [
      [runs, 'calls'],
      [requests.get, 'requests'],
    ]),
    line('PUT and LIST', 's3Put', [
      [runs, 'calls'],
      [requests.put + requests.list, 'requests'],
    ]),
    line('reads of the catalog', 'dynamoRead', [
      [runs, 'calls'],
      [readUnits ?? requests.reads, 'units'],
    ]),
    line('items written', 'dynamoWrite', [
      [runs, 'calls'],
      [2 * requests.writes, 'units'],
    ]),
  ];
}

/** Of operations/drills/choose-for-kind.ts, by the days of domain/drill-schedule.ts: tenants restored in a month. */
function tenantsDrilled({ profile, settings }: Priced): number {
  const kinds: Readonly<Record<string, number>> = {
    'single-tenant': tiersInUse(settings.tiers).length,
    'several-tenants': 3,
    accident: 1,
    region: copyRegions(settings).length > 0 && settings.drills?.scratch !== undefined ? 1 / 3 : 0,
    'whole-system': profile.tenants / 12,
  };
  const all = Object.keys(kinds);
  return (settings.drills?.kinds ?? all).reduce((sum, kind) => sum + (kinds[kind] ?? 0), 0);
}

function drillLines(priced: Priced): CostLine[] {
  const { profile, settings, given } = priced;
  const region = settings.regions.primary;
  const runs = tenantsDrilled(priced);
  const blocks = Math.max(1, (profile.tenantBytes * given.compression) / (128 * 1024));
  const requests = verifySnapshotRequests({ documents: 0, packs: given.packsPerSnapshot, blocks });
  const restored = { name: 'drill-tenant', region, runs, requests, megabytes: profile.tenantBytes / MB };
  const looked = { name: 'plan-drill', region, runs: DAYS_A_MONTH, requests: { ...NO_REQUESTS, list: 1, reads: 3 } };
  return [
    ...callLines('Drills', restored, given),
    ...callLines('Drills', looked, given),
    costLine('Drills', 'state transitions', region, 'transition', [[DAYS_A_MONTH * 3 + runs * 6, 'transitions']]),
  ];
}

/** Runs look on the first seven days of a month; the first makes the archives, which are staged, stored and read back. */
const ARCHIVE_RUNS = 7;

function archiveLines({ profile, settings, given }: Priced): CostLine[] {
  const { regions, retention } = settings;
  const { tenants, tenantBytes } = profile;
  const bytes = tenantBytes * given.compression;
  const blocks = Math.max(1, bytes / (128 * 1024));
  const read = verifySnapshotRequests({ documents: 0, packs: given.packsPerSnapshot, blocks });
  const requests = { ...read, get: read.get + 2, put: read.put + 2, writes: read.writes + 1 };
  const made = { name: 'archive-tenant', region: regions.primary, runs: tenants, requests };
  const found = { ...NO_REQUESTS, reads: 3 };
  const idle = { ...made, runs: (ARCHIVE_RUNS - 1) * tenants, requests: found };
  const monthly = (11 / 12) * (retention.monthlyDays / DAYS_A_MONTH);
  const kept = monthly + retention.annualDays / 365;
  const stored = [regions.primary, ...copyRegions(settings)].map(region =>
    costLine('Archives', `kept in ${region}, Glacier Instant Retrieval`, region, 's3InstantArchive', [
      [tenants, 'tenants'],
      [kept, 'archives'],
      [bytes / GB, 'GB'],
    ]),
  );
  return [
    ...callLines('Archives', { ...made, megabytes: (2 * tenantBytes) / MB }, given),
    ...callLines('Archives', idle, given).map(line => ({ ...line, name: `${line.name}, nothing due` })),
    costLine('Archives', 'read back, Glacier Instant Retrieval', regions.primary, 's3ReadInstantArchive', [
      [tenants, 'archives'],
      [bytes / GB, 'GB'],
    ]),
    costLine('Archives', 'state transitions', regions.primary, 'transition', [
      [ARCHIVE_RUNS * tenants * 5, 'transitions'],
    ]),
    costLine('Archives', 'signatures', regions.primary, 'kmsSign', [[tenants, 'manifests']]),
    ...copyRegions(settings).map(region =>
      costLine('Archives', `transfer to ${region}`, regions.primary, 'transferOut', [
        [tenants, 'archives'],
        [bytes / GB, 'GB'],
      ]),
    ),
    ...stored,
  ];
}

/** Signed reports of 90 days, with up to two requests each (docs/status-page.md, Cost). */
const REPORTS_READ = 180;

/** In both regions: every item of the kept log, and of each tenant its snapshots, twice. */
function statusPageLines({ profile, settings, given }: Priced, work: FleetWork, everyMinutes: number): CostLine[] {
  const { primary, secondary } = settings.regions;
  const units = (items: number) => (items * given.catalogItemBytes) / 4096;
  const readUnits = units(work.runsKept) + profile.tenants * (3 + units(2 * keptSnapshots(settings)));
  const requests = { ...NO_REQUESTS, get: REPORTS_READ, put: 2, reads: Math.ceil(readUnits / 256) };
  return [primary, ...(secondary === undefined ? [] : [secondary])].flatMap(region => [
    ...callLines(
      `Status page, ${region}`,
      { name: 'build-status-page', region, runs: MINUTES_A_MONTH / everyMinutes, requests, readUnits },
      given,
    ),
    costLine(`Status page, ${region}`, 'metric', region, 'metric', [[1, 'metrics']]),
    costLine(`Status page, ${region}`, 'alarm', region, 'alarm', [[1, 'alarms']]),
  ]);
}

/** Alarms of the secondary beside those of tiers and of its copies; a test counts them in the template. */
const ALARMS_OF_STANDBY = 18;

/** Alarms of the stack that watches a region which can take over. */
export function alarmsOfStandby(settings: Pick<FleetSettings, 'tiers' | 'regions'>): number {
  return ALARMS_OF_STANDBY + tiersInUse(settings.tiers).length + copyRegions(settings).length;
}

/** Every minute, in both regions: probe-region asks the other's vault, catalog and database; the idle shipper looks too. */
function failoverLines({ settings, given }: Priced, work: FleetWork): CostLine[] {
  const { primary, secondary } = settings.regions;
  if (secondary === undefined) return [];
  const group = 'Fail-over';
  const places = 1 + copyRegions(settings).length;
  const looks = { ...NO_REQUESTS, list: places, get: places, reads: 2, writes: 1 };
  const idle = { ...NO_REQUESTS, list: places, get: places, reads: 1 };
  const scheduled = work.runs.fold + work.runs.full + work.runs.verify;
  const both = [primary, secondary].flatMap(region => [
    ...callLines(group, { name: 'probe-region', region, runs: MINUTES_A_MONTH, requests: looks }, given),
    ...callLines(group, { name: 'leave-region', region, runs: MINUTES_A_MONTH, requests: NO_REQUESTS }, given),
  ]);
  const ships = runsPerMonth(settings.schedules.ship.expression);
  return [
    ...both,
    ...callLines(group, { name: 'ship-log', region: secondary, runs: ships, requests: idle }, given),
    ...callLines(group, { name: 'start-run', region: secondary, runs: scheduled, requests: idle }, given),
    costLine(group, 'scheduled calls', secondary, 'scheduled', [[3 * MINUTES_A_MONTH + scheduled, 'calls']]),
    ...(settings.source?.authentication.kind === 'iam'
      ? []
      : [
          costLine(group, "the database's password", secondary, 'secretRequest', [
            [2 * MINUTES_A_MONTH + ships, 'calls'],
          ]),
        ]),
    costLine(group, 'alarms of the secondary', secondary, 'alarm', [[alarmsOfStandby(settings), 'alarms']]),
    // That the other region looks lost.
    costLine(group, 'alarm of the primary', primary, 'alarm', [[1, 'alarms']]),
    ...gateways(group, settings, given),
  ];
}

/** Functions in the network of the database ask S3 in the other regions, to which no endpoint leads (docs/failover.md). */
function gateways(group: string, { regions, source }: FleetSettings, given: Assumptions): CostLine[] {
  if (given.network === 'there') return [];
  const zones = source?.availabilityZones === undefined ? given.zones : new Set(source.availabilityZones).size;
  const needing = given.network === 'nat' ? [regions.secondary!] : [regions.primary, regions.secondary!];
  return needing.flatMap(region =>
    (['natHour', 'publicAddress'] as const).map(price =>
      costLine(
        group,
        `${price === 'natHour' ? 'NAT gateways' : 'their public addresses'} in ${region}`,
        region,
        price,
        [
          [zones, 'gateways'],
          [HOURS_A_MONTH, 'hours'],
        ],
      ),
    ),
  );
}

/**
 * The profile of a fleet: the numbers that determine costs and load. Three example fleets with a long tail: the more
 * tenants, the smaller and less active the average one. All numbers are assumptions, replaced by measured ones if a
 * catalog has them (operations/catalog/measure-fleet.ts).
 */
import type { Tier } from '../domain/objectives.ts';

export interface FleetProfile {
  readonly tenants: number;
  /** Bytes of an average tenant's rows as COPY text. */
  readonly tenantBytes: number;
  /** Bytes of change log of an average tenant per day, before compression. */
  readonly changedBytesPerDay: number;
  /** Share of tenants with a change in a minute, an hour, a day. */
  readonly active: { readonly minute: number; readonly hour: number; readonly day: number };
  /** Share of a changed tenant's bytes that its daily snapshot stores again: chunks are stored, not rows. */
  readonly newChunkShare: number;
  /** Share of the tenants in each tier, where it is counted; else as the deployment lists them. */
  readonly tiers?: Partial<Readonly<Record<Tier, number>>>;
  /** Tables of the tenant model. */
  readonly tables: number;
  /** The profile was measured, not assumed. */
  readonly counted?: readonly string[];
}

/** Assumptions for every fleet. What calls take is measured (measured-calls.ts). */
export interface Assumptions {
  /** Stored bytes per byte of rows or log (zstd, then sealed). */
  readonly compression: number;
  /** Milliseconds of one request to S3 or DynamoDB, for sequential requests. */
  readonly requestMs: number;
  /** Bytes of manifests that a whole processor opens, parses and checks per second. */
  readonly manifestBytesPerSecond: number;
  /** Bytes of log that one call writes (CloudWatch), and of one state's event. */
  readonly logBytesPerCall: number;
  readonly logBytesPerEvent: number;
  /** Share of calls that X-Ray records: its default rule. */
  readonly tracedShare: number;
  /** How often a day a function's container is replaced by a new one, with an empty key cache. */
  readonly containersPerDay: number;
  /** Earlier packs that an average snapshot still references. */
  readonly packsPerSnapshot: number;
  /** Bytes of one segment's entry in a run's manifest, stored; of a run in an index; of one catalog item; of a small sealed object. */
  readonly segmentEntryBytes: number;
  readonly runEntryBytes: number;
  readonly catalogItemBytes: number;
  readonly smallObjectBytes: number;
  /**
   * How functions in the database's network reach KMS and the others: interface endpoints for Holdfast alone, which is
   * all that they need; NAT gateways for it alone; or what the network already has (`there`). S3 and DynamoDB: gateway
   * endpoints, which are free.
   */
  readonly network: 'endpoints' | 'nat' | 'there';
  /** Availability zones with a subnet for the functions, if the deployment does not name them. */
  readonly zones: number;
  /** Bytes of one request to KMS, Secrets Manager or SNS and its response. */
  readonly serviceRequestBytes: number;
}

export const ASSUMPTIONS: Assumptions = {
  compression: 0.25,
  requestMs: 20,
  manifestBytesPerSecond: 40_000_000,
  logBytesPerCall: 900,
  logBytesPerEvent: 500,
  tracedShare: 0.05,
  containersPerDay: 12,
  packsPerSnapshot: 10,
  segmentEntryBytes: 280,
  runEntryBytes: 250,
  catalogItemBytes: 1000,
  smallObjectBytes: 6000,
  network: 'endpoints',
  zones: 2,
  serviceRequestBytes: 3000,
};

const MB = 1_000_000;

const EXAMPLES: readonly FleetProfile[] = [
  {
    ...{ tenants: 10, tenantBytes: 2000 * MB, changedBytesPerDay: 20 * MB, tables: 40, newChunkShare: 0.1 },
    active: { minute: 0.3, hour: 0.8, day: 1 },
  },
  {
    ...{ tenants: 1000, tenantBytes: 200 * MB, changedBytesPerDay: 4 * MB, tables: 40, newChunkShare: 0.12 },
    active: { minute: 0.05, hour: 0.4, day: 0.9 },
  },
  {
    ...{ tenants: 100_000, tenantBytes: 20 * MB, changedBytesPerDay: 0.5 * MB, tables: 40, newChunkShare: 0.15 },
    active: { minute: 0.01, hour: 0.1, day: 0.6 },
  },
];

export const FLEET_SIZES: readonly number[] = EXAMPLES.map(example => example.tenants);

/** The example of that size; between two of them, interpolated geometrically by size; outside them, the nearest. */
export function profileOf(tenants: number): FleetProfile {
  const above = EXAMPLES.findIndex(example => example.tenants >= tenants);
  if (above <= 0) return { ...EXAMPLES.at(above)!, tenants };
  const [low, high] = [EXAMPLES[above - 1]!, EXAMPLES[above]!];
  const part = Math.log(tenants / low.tenants) / Math.log(high.tenants / low.tenants);
  const between = (a: number, b: number) => Number((a * (b / a) ** part).toPrecision(3));
  return {
    tenants,
    tenantBytes: between(low.tenantBytes, high.tenantBytes),
    changedBytesPerDay: between(low.changedBytesPerDay, high.changedBytesPerDay),
    tables: low.tables,
    newChunkShare: between(low.newChunkShare, high.newChunkShare),
    active: {
      minute: between(low.active.minute, high.active.minute),
      hour: between(low.active.hour, high.active.hour),
      day: between(low.active.day, high.active.day),
    },
  };
}

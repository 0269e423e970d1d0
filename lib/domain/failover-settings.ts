/**
 * What the functions of an installation on AWS know of its regions, for a fail-over: the same in every region. Regions have
 * their names of AWS.
 */
import * as z from 'zod';
import { PlaceName } from './region-state.ts';

const Name = z.string().min(1);
const ByRegion = z.record(PlaceName, Name);

/** How RDS changes which region has the database that serves. */
export const FailoverDatabase = z.discriminatedUnion('kind', [
  /** `clusters`: ARN of the member in each region. */
  z.strictObject({ kind: z.literal('global-cluster'), globalCluster: Name, clusters: ByRegion }),
  /** `instances`: identifier of the DB instance in each region. */
  z.strictObject({ kind: z.literal('replica'), instances: ByRegion }),
]);
export type FailoverDatabase = z.infer<typeof FailoverDatabase>;

/** What leads the application to a region. */
export const FailoverTraffic = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  /** A parameter of Systems Manager, in the region that takes over, with the name of that region. */
  z.strictObject({ kind: z.literal('parameter'), name: Name }),
  /** A CNAME record of Route 53; `values`: what it points to for each region. */
  z.strictObject({
    ...{ kind: z.literal('record'), hostedZone: Name, name: Name, values: ByRegion },
    ttlSeconds: z.number().int().positive(),
  }),
  z.strictObject({ kind: z.literal('webhook'), url: z.url() }),
]);
export type FailoverTraffic = z.infer<typeof FailoverTraffic>;

export const FailoverSettings = z.strictObject({
  /** Where the application belongs. */
  home: PlaceName,
  /** A witness has a vote and no database. */
  places: z
    .array(z.strictObject({ region: PlaceName, bucket: Name, witness: z.boolean() }))
    .min(2)
    .max(3),
  leaseSeconds: z.number().positive(),
  drainSeconds: z.number().positive(),
  database: FailoverDatabase,
  traffic: FailoverTraffic,
});
export type FailoverSettings = z.infer<typeof FailoverSettings>;

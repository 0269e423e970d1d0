/**
 * The option of a deployment to fail over to the standby: how RDS changes regions, what leads the application, and how long
 * each waits. Without it one region ships, and a lost region is a procedure for people.
 */
import * as z from 'zod';
import type { Deployment } from './deployment.ts';

const Name = z.string().min(1);
const ClusterArn = z.string().regex(/^arn:[\w-]+:rds:[^:]+:\d{12}:cluster:[\w-]+$/, 'must be the ARN of a DB cluster');
const InstanceId = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/i, 'must be the identifier of a DB instance');

const Database = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('global-cluster').describe('An Aurora global database.'),
      globalCluster: Name.describe('Identifier of the global cluster.'),
      primaryArn: ClusterArn.describe('Its cluster in the primary region.'),
      secondaryArn: ClusterArn.describe('Its cluster in the secondary region.'),
    }),
    z.strictObject({
      kind: z.literal('replica').describe('An RDS instance with a read replica in the other region.'),
      primaryInstance: InstanceId.describe('The instance in the primary region.'),
      secondaryInstance: InstanceId.describe('The instance in the secondary region.'),
    }),
  ])
  .describe('How RDS fails the database over.');

const Leads = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none').describe('A person leads the application.') }),
    z.strictObject({
      kind: z.literal('parameter').describe('A parameter of Systems Manager in the region that takes over.'),
      name: z
        .string()
        .regex(/^\/[\w./-]+$/, 'must be the name of a parameter, beginning with a slash')
        .describe('Its name; its value becomes the name of the active region.'),
    }),
    z.strictObject({
      kind: z.literal('record').describe('A CNAME record in Route 53.'),
      hostedZone: z
        .string()
        .regex(/^Z[A-Z0-9]+$/, 'must be the id of a hosted zone')
        .describe('Id of its hosted zone.'),
      name: Name.describe('Name of the record.'),
      primary: Name.describe('What it points to while the primary region is active.'),
      secondary: Name.describe('What it points to while the secondary region is active.'),
      ttlSeconds: z.number().int().min(1).max(86_400).default(30).describe('How long resolvers keep it.'),
    }),
    z.strictObject({
      kind: z.literal('webhook').describe('An HTTP POST with the name of the active region.'),
      url: z.url('must be an https URL').startsWith('https://').describe('Where it is sent.'),
    }),
  ])
  .prefault({ kind: 'none' })
  .describe('What leads the application to the active region.');

export const FailoverOption = z
  .strictObject({
    database: Database,
    traffic: Leads,
    automatic: z
      .literal(
        false,
        'is not possible on AWS: every place would ask the same function of the lost region whether the database answers, so one fault of it would look like a lost database from all of them',
      )
      .default(false)
      .describe(
        'Must be false: a person decides. A fail-over without a person is possible on machines of your own only (docs/failover.md).',
      ),
    leaseSeconds: z
      .number()
      .int()
      .min(10)
      .max(120)
      .default(30)
      .describe('How long a region goes on by what it read from the vaults: an unplanned fail-over waits this long.'),
    drainSeconds: z
      .number()
      .int()
      .min(60)
      .max(14_400)
      .default(1800)
      .describe(
        'How long a planned fail-over waits, with the application’s writes stopped, until the other vault has everything.',
      ),
  })
  .describe(
    'Fail-over to the standby, and back (docs/failover.md). Needs `account`, `source.standby`, pooled keys, and no vault account. Without it Holdfast protects the primary region only.',
  );
export type FailoverOption = z.infer<typeof FailoverOption>;

/** What a deployment with a fail-over must have: undefined where it has it, else the field and what is wrong. */
export function lacksForFailover({
  failover,
  account,
  keys,
  vault,
}: Pick<Deployment, 'failover' | 'account' | 'keys' | 'vault'>): string | undefined {
  if (failover === undefined) return undefined;
  if (account === undefined) return 'needs `account`: the functions name the buckets of both regions';
  // A key that is made in the secondary could not become the primary's: with pooled keys, all regions share the one.
  if (keys.mode !== 'pooled') return 'needs pooled keys: a tenant that is new in the secondary region gets a key there';
  return vault && 'is not possible with a vault account';
}

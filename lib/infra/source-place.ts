/**
 * Where a database is, as a deployment says it: that of the primary region, and the standby's, which says only what
 * differs. What functions of a region work on is asked here, so that nothing else needs to know which it is.
 */
import { z } from 'zod';
import type { Deployment } from './deployment.ts';
import type { WorkRegion } from './names.ts';

export const VpcId = z.string().regex(/^vpc-[0-9a-z]+$/, 'must be a VPC id such as vpc-0a1b2c3d');
export const SubnetIds = z.array(z.string().regex(/^subnet-[0-9a-z]+$/, 'must be a subnet id')).min(1);
export const SecurityGroupId = z.string().regex(/^sg-[0-9a-z]+$/, 'must be a security group id');
export const Port = z.number().int().min(1).max(65_535);
export const SecretArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:secretsmanager:/, 'must be the ARN of a Secrets Manager secret');
export const ResourceId = z
  .string()
  .regex(/^(cluster|db)-[A-Z0-9]+$/, 'must be a resource id such as cluster-ABCDEFGHIJKL');
export const DatabaseId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'must be a DB cluster or instance identifier');
export const ZONE_OF_EACH = 'must name the availability zone of each subnet, in the same order';

export const Standby = z
  .strictObject({
    identifier: DatabaseId.describe('DB cluster or instance identifier in the secondary region.'),
    host: z.string().min(1).describe('Its writer endpoint, once it has been promoted.'),
    port: Port.optional().describe("Port of the endpoint. Default: the source's."),
    secretArn: SecretArn.optional().describe(
      'The secret in the secondary region (a replica of that of the source is sufficient). *Required* if the source uses a secret.',
    ),
    resourceId: ResourceId.optional().describe(
      'Its `DbClusterResourceId` or `DbiResourceId`, if functions log in by IAM. Without it: any database in the account.',
    ),
    vpcId: VpcId.describe('Network of that database.'),
    subnetIds: SubnetIds.describe('Subnets there from which the functions reach the database and the AWS endpoints.'),
    availabilityZones: z
      .array(z.string().min(1))
      .min(1)
      .describe('Availability zone of each subnet, in the same order.'),
    securityGroupId: SecurityGroupId.describe('A security group there that the database admits.'),
  })
  .refine(standby => standby.subnetIds.length === standby.availabilityZones.length, {
    path: ['availabilityZones'],
    error: ZONE_OF_EACH,
  });

type Source = Deployment['source'];
/** What of the source differs between the regions. */
export type Database = Pick<
  Source,
  'identifier' | 'host' | 'port' | 'authentication' | 'vpcId' | 'subnetIds' | 'availabilityZones' | 'securityGroupId'
>;

/** The database that functions of that region work on. The tertiary region has none, the secondary only a standby. */
export function databaseIn({ source }: Deployment, region: WorkRegion): Database {
  if (region === 'primary') return source;
  const { standby, authentication } = source;
  if (standby === undefined) throw new Error('The deployment names no standby database.');
  const { secretArn, resourceId, ...place } = standby;
  return { ...place, port: standby.port ?? source.port, authentication: login() };

  function login(): Database['authentication'] {
    if (secretArn !== undefined) return { kind: 'secret', secretArn };
    if (authentication.kind === 'secret') return authentication;
    return { kind: 'iam', user: authentication.user, ...(resourceId && { resourceId }) };
  }
}

/**
 * Database locations in a deployment: that of the primary region, and the standby, which specifies only what differs.
 * databaseIn() returns the database of a region, so that nothing else needs to know which of the two it is.
 */
import * as z from 'zod';
import type { Deployment } from './deployment.ts';
import type { RegionName } from './names.ts';

const Name = z.string().min(1);
const VpcId = z.string().regex(/^vpc-[0-9a-z]+$/, 'must be a VPC id, for example vpc-0a1b2c3d');
const SubnetIds = z.array(z.string().regex(/^subnet-[0-9a-z]+$/, 'must be a subnet id')).min(1);
const SecurityGroupId = z.string().regex(/^sg-[0-9a-z]+$/, 'must be a security group id');
const Port = z.number().int().min(1).max(65_535);
const SecretArn = z.string().regex(/^arn:aws[a-z-]*:secretsmanager:/, 'must be the ARN of a Secrets Manager secret');
const KeyArn = z.string().regex(/^arn:aws[a-z-]*:kms:[^:]+:\d{12}:key\//, 'must be the ARN of a KMS key');
const ResourceId = z
  .string()
  .regex(/^(cluster|db)-[A-Z0-9]+$/, 'must be a resource id, for example cluster-ABCDEFGHIJKL');
const ZONE_OF_EACH = 'must contain the availability zone of each subnet, in the same order';
const LOOKED_UP = 'Default: looked up with `vpcId`, which needs `account` and credentials at synthesis.';

const Zones = z
  .array(z.string().min(1))
  .min(1)
  .optional()
  .describe('Availability zone of each subnet, in the same order. Only with `subnetIds`.');

const Standby = z
  .strictObject({
    host: z.string().min(1).describe('Its writer endpoint, once it has been promoted.'),
    port: Port.optional().describe("Port of the endpoint. Default: the source's."),
    secretArn: SecretArn.optional().describe(
      'The secret in the secondary region (a replica of that of the source is sufficient). *Required* if the source uses a secret.',
    ),
    secretKeyArn: KeyArn.optional().describe('The KMS key of that secret, if it is a key of yours.'),
    resourceId: ResourceId.optional().describe(
      'Its `DbClusterResourceId` or `DbiResourceId`, if functions log in by IAM. Without it: any database in the account.',
    ),
    vpcId: VpcId.describe('Network of that database.'),
    subnetIds: SubnetIds.optional().describe(
      `Subnets there from which the functions reach the database and the AWS endpoints. ${LOOKED_UP}`,
    ),
    availabilityZones: Zones,
    securityGroupId: SecurityGroupId.describe('A security group there that the database admits.'),
  })
  .refine(standby => standby.subnetIds?.length === standby.availabilityZones?.length, {
    path: ['availabilityZones'],
    error: ZONE_OF_EACH,
  });

const Authentication = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('secret').describe('Username and password from Secrets Manager.'),
      secretArn: SecretArn.describe('A secret with `username` and `password`, as RDS makes them.'),
      secretKeyArn: KeyArn.optional().describe(
        'The KMS key of the secret, if it is a key of yours and not `aws/secretsmanager`. Its key policy must admit the account.',
      ),
    }),
    z.strictObject({
      kind: z.literal('iam').describe('An IAM token, valid for fifteen minutes, instead of a password.'),
      user: Name.describe('Database role with `rds_iam`.'),
      resourceId: ResourceId.optional().describe(
        '`DbClusterResourceId` or `DbiResourceId`. Without it: that role of any database in the account.',
      ),
    }),
  ])
  .describe('How the functions log in.');

const SourceFields = z.strictObject({
  host: Name.describe('Writer endpoint: logical replication reads from it.'),
  port: Port.default(5432).describe('Port of the endpoint.'),
  database: Name.describe('Database that contains the tenants.'),
  authentication: Authentication,
  vpcId: VpcId.describe('Network of the database.'),
  subnetIds: SubnetIds.optional().describe(
    `Subnets from which the functions reach the database and the AWS endpoints (VPC endpoints, or NAT). ${LOOKED_UP}`,
  ),
  availabilityZones: Zones,
  securityGroupId: SecurityGroupId.describe('A security group that the database admits.'),
  instance: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/i, 'must be the identifier of a DB instance')
    .optional()
    .describe(
      'Identifier of the DB instance, if it has a disk of its own (RDS, not Aurora): an alarm compares the retained WAL with the free space. Without it, and without `max_slot_wal_keep_size`, 64 GiB count as full.',
    ),
  slot: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/, 'must be lower-case letters, digits and _')
    .default('holdfast')
    .describe('Logical replication slot; the first run of the shipper creates it.'),
  publication: z
    .string()
    .min(1)
    .max(63)
    .default('holdfast')
    .describe('Publication over the tenant tables (`holdfast doctor --fix`).'),
  certificates: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file of the certificate authorities of the database, relative to this file. Default: those of Amazon RDS that come with Holdfast; newer regions need the bundle that AWS publishes.',
    ),
  tls: z
    .boolean()
    .default(true)
    .describe(
      "TLS with the server's certificate checked. Off only for a server without certificates on a test machine.",
    ),
  standby: Standby.optional().describe(
    'The physical copy of the source in the secondary region (Aurora global database or RDS cross-region replica). With it, tenants can be restored there if the primary region is lost. Without it, the region has only the vault, keys and catalog.',
  ),
});

/** The fields that a program with the database as a construct still says. */
export const SourceSettings = SourceFields.pick({ database: true, slot: true, publication: true, certificates: true });

export const ProtectedSource = SourceFields.refine(
  source => source.subnetIds?.length === source.availabilityZones?.length,
  {
    path: ['availabilityZones'],
    error: ZONE_OF_EACH,
  },
)
  .refine(
    ({ authentication, standby }) =>
      standby === undefined || (authentication.kind === 'secret') === (standby.secretArn !== undefined),
    {
      path: ['standby', 'secretArn'],
      error: 'must be set if the source uses a secret, and only then: both log in the same way',
    },
  )
  .describe('The database to protect.');

export type ProtectedSource = z.infer<typeof ProtectedSource>;
/** The fields of the source that differ between the regions. */
export type Database = Pick<
  ProtectedSource,
  'host' | 'port' | 'authentication' | 'vpcId' | 'subnetIds' | 'availabilityZones' | 'securityGroupId'
>;

/** Identifier of the DB instance in that region, where it has a disk of its own that an alarm watches. */
export function diskOf({ source, failover }: Deployment, region: RegionName): string | undefined {
  if (region === 'primary' || source.instance === undefined) return source.instance;
  return failover?.database.kind === 'replica' ? failover.database.secondaryInstance : undefined;
}

/** The database of the functions in that region. The tertiary region has none, the secondary only a standby. */
export function databaseIn({ source }: Deployment, region: RegionName): Database {
  if (region === 'primary') return source;
  if (region === 'tertiary') throw new Error('The tertiary region has no database.');
  const { standby, authentication } = source;
  if (standby === undefined) throw new Error('The deployment has no standby database.');
  const { secretArn, secretKeyArn, resourceId, ...place } = standby;
  return { ...place, port: standby.port ?? source.port, authentication: login() };

  function login(): Database['authentication'] {
    if (secretArn !== undefined) return { kind: 'secret', secretArn, ...(secretKeyArn && { secretKeyArn }) };
    if (authentication.kind === 'secret') return authentication;
    return { kind: 'iam', user: authentication.user, ...(resourceId && { resourceId }) };
  }
}

export function hasDatabase({ source }: Deployment, region: RegionName): boolean {
  return region === 'primary' || (region === 'secondary' && source.standby !== undefined);
}

/**
 * A database given as constructs, as the source of a deployment: endpoint, port, network, login and permissions are read
 * from them instead of being typed by hand. What they do not know is refused, and never widens a permission.
 */
import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { InputError } from '../domain/errors.ts';
import type { InstallationSettings } from './deployment.ts';
import { type Database, type ProtectedSource, SourceSettings } from './source-place.ts';

/** A database in one region. Exactly one of `cluster` and `instance`, and of `secret` and `iamUser`. */
export interface DatabaseProps {
  /** An Aurora or Multi-AZ cluster. @default - `instance` */
  readonly cluster?: rds.IDatabaseCluster;
  /** A DB instance of RDS: an alarm then compares the retained WAL with its disk. @default - `cluster` */
  readonly instance?: rds.IDatabaseInstance;
  /** Network of the database. */
  readonly vpc: ec2.IVpc;
  /** Subnets from which the functions reach the database and AWS. @default - the private subnets */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /** One that the database admits already. @default - a new one beside the VPC, which the database then admits */
  readonly securityGroup?: ec2.ISecurityGroup;
  /** `username` and `password`, as RDS makes them; imported ones with their complete ARN. @default - `iamUser` */
  readonly secret?: secretsmanager.ISecret;
  /** Database role with `rds_iam`. @default - `secret` */
  readonly iamUser?: string;
}

export interface SourceProps extends DatabaseProps {
  /** Database that contains the tenants. */
  readonly database: string;
  /** Logical replication slot. @default holdfast */
  readonly slot?: string;
  /** Publication over the tenant tables. @default holdfast */
  readonly publication?: string;
  /** PEM file of the database's certificate authorities. @default - those of Amazon RDS */
  readonly certificates?: string;
}

interface RegionsProps {
  readonly regions?: object;
  readonly standby?: DatabaseProps;
}

const OF_DATABASE = {
  ...{ cluster: true, instance: true, vpc: true, vpcSubnets: true, securityGroup: true, secret: true, iamUser: true },
} satisfies Record<keyof DatabaseProps, true>;
export const DATABASE_FIELDS = Object.keys(OF_DATABASE);

type Regions = Pick<InstallationSettings, 'name' | 'regions'>;

/**
 * Node.js runs TypeScript without checking its types: a misspelled field would silently be its default, and fewer regions or
 * approvals than were meant. InputError `bad-deployment`.
 */
export function refuseUnknownFields(
  scope: Construct,
  props: SourceProps & RegionsProps,
  known: readonly string[],
): void {
  const unknown = [
    ...Object.keys(props).filter(field => !known.includes(field)),
    ...Object.keys(props.regions ?? {}).filter(field => !['secondary', 'tertiary'].includes(field)),
    ...Object.keys(props.standby ?? {}).filter(field => !DATABASE_FIELDS.includes(field)),
  ];
  if (unknown.length > 0)
    throw refused(scope, `unknown fields: ${unknown.join(', ')}`, 'docs/library.md names the fields.');
}

/** Region and, if it is known, account of the database. InputError `bad-deployment`. */
export function environmentOf(scope: Construct, props: DatabaseProps): { region: string; account?: string } {
  const { region, account } = oneDatabase(scope, props).env;
  if (Token.isUnresolved(region))
    throw refused(scope, 'the region of the database is unknown', 'Give its stack an env with a region.');
  return { region, ...(!Token.isUnresolved(account) && { account }) };
}

/** The source of the deployment. InputError `bad-deployment`. */
export function sourceOf(
  scope: Construct,
  { name, regions }: Regions,
  props: SourceProps & { readonly standby?: DatabaseProps },
): ProtectedSource {
  const { database, slot, publication, certificates, standby } = props;
  const parsed = SourceSettings.safeParse({ database, slot, publication, certificates });
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw refused(scope, wrong, 'docs/configuration.md describes each field.');
  }
  const instance = props.instance?.instanceIdentifier;
  return {
    ...{ ...parsed.data, tls: true, ...placeOf(scope, `${name}-functions`, props) },
    ...(instance !== undefined && { instance }),
    ...(standby !== undefined && { standby: standbyOf(scope, { name, regions }, props, standby) }),
  };
}

function standbyOf(scope: Construct, { name, regions }: Regions, source: DatabaseProps, props: DatabaseProps) {
  const { region } = environmentOf(scope, props);
  if (region !== regions.secondary)
    throw refused(scope, `the standby is in ${region}`, 'It must be in the secondary region.');
  if ((source.secret === undefined) !== (props.secret === undefined))
    throw refused(scope, 'source and standby log in differently', 'Give both a secret, or both an iamUser.');
  const { authentication, ...place } = placeOf(scope, `${name}-standby-functions`, props);
  if (authentication.kind === 'iam') return { ...place, resourceId: authentication.resourceId };
  return { ...place, secretArn: authentication.secretArn, secretKeyArn: authentication.secretKeyArn };
}

function placeOf(scope: Construct, groupId: string, props: DatabaseProps): Database {
  const { vpc, vpcSubnets } = props;
  const database = oneDatabase(scope, props);
  const { hostname, port } = props.cluster?.clusterEndpoint ?? props.instance!.instanceEndpoint;
  if (vpc.env.region !== database.env.region)
    throw refused(scope, 'the VPC is in another region than the database', 'Give the VPC of the database.');
  const { subnetIds, availabilityZones, hasPublic } = vpc.selectSubnets(vpcSubnets);
  if (hasPublic) warnOfPublicSubnets(scope);
  const group = props.securityGroup ?? admitted(scope, groupId, props, port);
  return {
    ...{ host: hostname, port, authentication: loginOf(scope, props) },
    ...{ vpcId: vpc.vpcId, subnetIds, availabilityZones, securityGroupId: group.securityGroupId },
  };
}

/** The CDK refuses functions there, but not where a network is named by its attributes. */
function warnOfPublicSubnets(scope: Construct): void {
  Annotations.of(scope).addWarningV2(
    'holdfast:public-subnets',
    'Functions get no public address: from public subnets they reach AWS through VPC endpoints only. Name private subnets in vpcSubnets, or see docs/on-aws.md, The network.',
  );
}

/**
 * A new group in the stack of the VPC, and a rule in that of the database: neither then refers to a stack of ours, which
 * refer to both.
 */
function admitted(scope: Construct, id: string, { vpc, cluster, instance }: DatabaseProps, port: number) {
  const { connections } = cluster ?? instance!;
  if (connections.securityGroups.length === 0)
    throw refused(
      scope,
      'the security groups of the database are unknown',
      'Import the database with them, or give securityGroup: one that the database admits.',
    );
  const group = new ec2.SecurityGroup(Stack.of(vpc), id, { vpc, description: 'Functions of Holdfast' });
  connections.allowFrom(group, ec2.Port.tcp(port), 'Functions of Holdfast');
  return group;
}

function loginOf(scope: Construct, { secret, iamUser, cluster, instance }: DatabaseProps): Database['authentication'] {
  if ((secret === undefined) === (iamUser === undefined))
    throw refused(scope, 'the login is not clear', 'Give either secret or iamUser.');
  if (secret === undefined) {
    const resourceId = cluster?.clusterResourceIdentifier ?? instance?.instanceResourceId;
    if (resourceId === undefined)
      throw refused(scope, 'the resource id of the database is unknown', 'Import it with its resource id.');
    return { kind: 'iam', user: iamUser!, resourceId };
  }
  const { secretFullArn, encryptionKey } = secret;
  if (secretFullArn === undefined)
    throw refused(scope, 'the complete ARN of the secret is unknown', 'Use Secret.fromSecretCompleteArn.');
  return { kind: 'secret', secretArn: secretFullArn, ...(encryptionKey && { secretKeyArn: encryptionKey.keyArn }) };
}

function oneDatabase(scope: Construct, { cluster, instance }: DatabaseProps) {
  if ((cluster === undefined) === (instance === undefined))
    throw refused(scope, 'the database is not clear', 'Give either cluster or instance.');
  return (cluster ?? instance)!;
}

function refused(scope: Construct, what: string, hint: string): InputError {
  return new InputError('bad-deployment', `${scope.node.path}: ${what}.`, { hint });
}

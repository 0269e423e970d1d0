/**
 * The functions of one stack: the same code, the same settings, each with a role of its own that can do exactly what
 * `grants` says, and where it works for one tenant a session role that can do what `forTenant` says. A function is in the
 * network of the database when it may reach the database, and else in none.
 */
import { Annotations, type Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FunctionConfig } from '../../domain/function-config.ts';
import type { Deployment } from '../deployment.ts';
import {
  catalogTableName,
  keysTableName,
  pooledKeyAlias,
  signingKeyAlias,
  topicArn,
  vaultBucketName,
  type WorkRegion,
  workflowArn,
} from '../names.ts';
import { type Database, databaseIn } from '../source-place.ts';
import { accept } from './accepted.ts';
import { grantReachDatabase, grantTakeSessions } from './access.ts';
import { grantVerify } from './access-keys.ts';
import type { TenantGrant } from './grant.ts';
import { type FunctionNetwork, HoldfastFunction } from './holdfast-function.ts';

export type Grant = (fn: lambda.Function, deployment: Deployment, region: WorkRegion) => void;

export interface FunctionSetProps {
  readonly deployment: Deployment;
  /** What bundleFunctions() made. */
  readonly codeDirectory: string;
  /** The region that they work in: its bucket, its replicas of keys and tables, its topics, its database. */
  readonly region: WorkRegion;
}

export interface FunctionSpec {
  readonly description: string;
  /** File in lambdas/ without its ending. @default - as the function is named */
  readonly handlerFile?: string;
  readonly grants: readonly Grant[];
  /** What it may do for the one tenant that it works for. @default - it works for no one tenant */
  readonly forTenant?: readonly TenantGrant[];
  /** @default 512 MB */
  readonly memoryMb?: number;
  /** @default 1 minute */
  readonly timeout?: Duration;
  /** @default - unreserved */
  readonly reservedConcurrency?: number;
}

export class FunctionSet extends Construct {
  readonly made: lambda.Function[] = [];
  private readonly deployment: Deployment;
  private readonly region: WorkRegion;
  private readonly code: lambda.Code;
  private readonly config: FunctionConfig;
  private readonly network: FunctionNetwork;

  constructor(scope: Construct, id: string, { deployment, codeDirectory, region }: FunctionSetProps) {
    super(scope, id);
    this.deployment = deployment;
    this.region = region;
    this.code = lambda.Code.fromAsset(codeDirectory);
    this.config = functionConfig(deployment, region);
    this.network = networkOf(this, databaseIn(deployment, region));
  }

  make(name: string, spec: FunctionSpec): lambda.Function {
    const { grants, forTenant, handlerFile, ...rest } = spec;
    const made = new HoldfastFunction(this, name, {
      ...rest,
      ...{ name, handler: handlerFile ?? name, code: this.code, config: this.config },
      forOneTenant: forTenant !== undefined,
      ...(grants.includes(grantReachDatabase) && { network: this.network }),
    });
    for (const grant of [grantVerify, ...grants]) grant(made.function, this.deployment, this.region);
    this.giveSessions(made, forTenant ?? []);
    acceptFindings(made);
    this.made.push(made.function);
    return made.function;
  }

  private giveSessions(made: HoldfastFunction, forTenant: readonly TenantGrant[]): void {
    const role = made.sessionRole;
    if (role === undefined) return;
    const grantee = { addToRolePolicy: (statement: iam.PolicyStatement) => void role.addToPolicy(statement) };
    for (const grant of forTenant) grant(grantee, this.deployment, this.region);
    grantTakeSessions(made.function, role);
  }
}

/** What a function of this deployment is told, in that region. */
export function functionConfig(deployment: Deployment, region: WorkRegion): FunctionConfig {
  const { name, installation, regions, source, approvals } = deployment;
  const { tenants: _, ...retention } = deployment.retention;
  const { secondary, tertiary } = regions;
  const { host, port, authentication } = databaseIn(deployment, region);
  const makesKeys = region === 'primary';
  return {
    ...{ name, installation, region: regions[region], retention, makesKeys },
    tier: deployment.tiers.default,
    bucket: vaultBucketName(deployment, region),
    table: catalogTableName(deployment),
    keysTable: keysTableName(deployment),
    signingKey: signingKeyAlias(deployment),
    keys:
      deployment.keys.mode === 'pooled'
        ? { mode: 'pooled', key: pooledKeyAlias(deployment) }
        : { mode: 'dedicated', replicaRegions: makesKeys ? [secondary, tertiary] : [] },
    topics: { alarm: topicArn(deployment, 'alarm', region), info: topicArn(deployment, 'info', region) },
    runbook: deployment.alarms.runbook,
    source: {
      ...{ host, port, database: source.database, tls: source.tls },
      authentication: authentication.kind === 'iam' ? { kind: 'iam', user: authentication.user } : authentication,
    },
    ...{ slot: source.slot, publication: source.publication },
    approvals: { inPlace: approvals.restoreInPlace, missingOnly: approvals.restoreMissingOnly },
    ...{ approvalHours: approvals.timeoutHours, stepBudgetMs: deployment.fleet.stepBudgetSeconds * 1000 },
    workflows: { backUpFleet: workflowArn(deployment, 'back-up-fleet', region) },
  };
}

/** By its attributes, never looked up: synthesis needs no account. */
function networkOf(scope: Construct, source: Database): FunctionNetwork {
  const vpc = ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: source.vpcId,
    availabilityZones: [...source.availabilityZones],
    privateSubnetIds: [...source.subnetIds],
  });
  // Functions need no route tables; the stack that made the network keeps them.
  Annotations.of(vpc).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
  const securityGroup = ec2.SecurityGroup.fromSecurityGroupId(scope, 'SecurityGroup', source.securityGroupId, {
    mutable: false,
  });
  return { vpc, subnets: { subnets: vpc.privateSubnets }, securityGroup };
}

function acceptFindings(made: HoldfastFunction): void {
  accept(
    made,
    'AwsSolutions-IAM5',
    'Objects of the vault are named when they are made, tenants’ keys too: buckets and prefixes, key aliases and the encryption context narrow these statements (access*.ts); X-Ray and network interfaces know no resource.',
  );
}

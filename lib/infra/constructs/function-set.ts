/**
 * The functions of one stack: the same code, the same settings, each with a role of its own that can do exactly what
 * `may` says. A function is in the database's network when it may reach the database, and else in none.
 */
import { Annotations, type Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
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
  workflowArn,
} from '../names.ts';
import { accept } from './accepted.ts';
import { mayReachDatabase, mayVerify } from './access.ts';
import { type FunctionNetwork, HoldfastFunction } from './holdfast-function.ts';

export type Capability = (fn: lambda.Function, deployment: Deployment) => void;

export interface FunctionSetProps {
  readonly deployment: Deployment;
  /** What bundleFunctions() made. */
  readonly codeDirectory: string;
}

export interface FunctionSpec {
  readonly description: string;
  /** File in lambdas/ without its ending. @default - as the function is named */
  readonly handlerFile?: string;
  readonly may: readonly Capability[];
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
  private readonly code: lambda.Code;
  private readonly config: FunctionConfig;
  private readonly network: FunctionNetwork;

  constructor(scope: Construct, id: string, { deployment, codeDirectory }: FunctionSetProps) {
    super(scope, id);
    this.deployment = deployment;
    this.code = lambda.Code.fromAsset(codeDirectory);
    this.config = functionConfig(deployment);
    this.network = networkOf(this, deployment);
  }

  make(name: string, spec: FunctionSpec): lambda.Function {
    const { may, handlerFile, ...rest } = spec;
    const made = new HoldfastFunction(this, name, {
      ...rest,
      ...{ name, handler: handlerFile ?? name, code: this.code, config: this.config },
      ...(may.includes(mayReachDatabase) && { network: this.network }),
    });
    for (const capability of [mayVerify, ...may]) capability(made.function, this.deployment);
    acceptFindings(made);
    this.made.push(made.function);
    return made.function;
  }
}

function functionConfig(deployment: Deployment): FunctionConfig {
  const { name, installation, regions, source, approvals } = deployment;
  const { tenants: _, ...retention } = deployment.retention;
  const { secondary, tertiary } = regions;
  return {
    ...{ name, installation, region: regions.primary, retention },
    tier: deployment.tiers.default,
    bucket: vaultBucketName(deployment, 'primary'),
    table: catalogTableName(deployment),
    keysTable: keysTableName(deployment),
    signingKey: signingKeyAlias(deployment),
    keys:
      deployment.keys.mode === 'pooled'
        ? { mode: 'pooled', key: pooledKeyAlias(deployment) }
        : { mode: 'dedicated', replicaRegions: [secondary, tertiary] },
    topics: { alarm: topicArn(deployment, 'alarm'), info: topicArn(deployment, 'info') },
    runbook: deployment.alarms.runbook,
    source: {
      ...{ host: source.host, port: source.port, database: source.database, tls: source.tls },
      authentication: source.authentication,
    },
    ...{ slot: source.slot, publication: source.publication },
    approvals: { inPlace: approvals.restoreInPlace, missingOnly: approvals.restoreMissingOnly },
    ...{ approvalHours: approvals.timeoutHours, stepBudgetMs: deployment.fleet.stepBudgetSeconds * 1000 },
    workflows: { backUpFleet: workflowArn(deployment, 'back-up-fleet') },
  };
}

/** By its attributes, never looked up: synthesis needs no account. */
function networkOf(scope: Construct, { source }: Deployment): FunctionNetwork {
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
    'Objects of the vault are named when they are made, tenants’ keys too: buckets and prefixes, key aliases and the encryption context narrow these statements (access.ts); X-Ray and network interfaces know no resource.',
  );
}

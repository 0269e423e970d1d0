/**
 * The functions of one stack: the same code, the same settings, each with its own role, which has exactly the permissions
 * in `grants`; a function that works for one tenant also has a session role with those in `forTenant`. A function is in
 * the network of the database if it is granted access to the database, and otherwise in no VPC.
 */
import { Annotations, type Duration, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FunctionConfig } from '../../domain/function-config.ts';
import { functionMemoryMb } from '../../domain/function-memory.ts';
import type { Deployment } from '../deployment.ts';
import {
  awsRegion,
  breakGlassRoleArn,
  catalogTableName,
  destroyKeysRoleArn,
  keysTableName,
  makesKeys,
  pinnedRoleNames,
  pooledKeyAlias,
  type RegionName,
  replicaRegionsOf,
  signingKeyAlias,
  topicArn,
  vaultBucketName,
  workflowArn,
} from '../names.ts';
import { type Database, databaseIn, diskOf, hasDatabase } from '../source-place.ts';
import { accept } from './accepted.ts';
import { grantAssume, grantReachDatabase } from './access.ts';
import { grantReachScratch } from './access-drills.ts';
import { grantVerify } from './access-keys.ts';
import { grantExpireTenant, grantSeeHolds, grantWriteTenant } from './access-vault.ts';
import type { TenantGrant } from './grant.ts';
import { type FunctionNetwork, HoldfastFunction } from './holdfast-function.ts';
import type { VaultRoles } from './vault-roles.ts';

export type Grant = (fn: lambda.Function, deployment: Deployment, region: RegionName) => void;

export interface FunctionSetProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** The region of the functions: its bucket, its replicas of keys and tables, its topics, its database. */
  readonly region: RegionName;
  /** Regions whose vaults the functions look into. @default - in the primary all others, elsewhere none */
  readonly otherVaults?: readonly RegionName[];
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
  /** @default - that of the database in the region */
  readonly network?: () => FunctionNetwork;
}

export interface FunctionSpec {
  readonly description: string;
  /** File in lambdas/ without its extension. @default - the function's name */
  readonly handlerFile?: string;
  readonly grants: readonly Grant[];
  /** Grants for the one tenant of an invocation. @default - the function does not work for one tenant */
  readonly forTenant?: readonly TenantGrant[];
  /** @default 1 minute */
  readonly timeout?: Duration;
  /** @default - unreserved */
  readonly reservedConcurrency?: number;
}

export class FunctionSet extends Construct {
  readonly made: lambda.Function[] = [];
  private readonly deployment: Deployment;
  private readonly region: RegionName;
  private readonly code: lambda.Code;
  private readonly config: FunctionConfig;
  /** Made for the first function that needs it: there may be no database in this region. */
  private network: FunctionNetwork | undefined;
  private readonly networkElsewhere: FunctionSetProps['network'];
  private readonly vaultRoles: VaultRoles | undefined;

  constructor(scope: Construct, id: string, props: FunctionSetProps) {
    super(scope, id);
    const { deployment, codeDirectory, region, otherVaults } = props;
    this.vaultRoles = props.vaultRoles;
    this.networkElsewhere = props.network;
    this.deployment = deployment;
    this.region = region;
    this.code = lambda.Code.fromAsset(codeDirectory);
    this.config = functionConfig(deployment, region, otherVaults);
  }

  make(name: string, spec: FunctionSpec): lambda.Function {
    const { grants, forTenant, handlerFile, ...rest } = spec;
    const network = grants.some(grant => grant === grantReachDatabase || grant === grantReachScratch)
      ? this.databaseNetwork()
      : undefined;
    const crossing = this.vaultRoles?.forFunction(this.region, name, forTenant !== undefined);
    const made = new HoldfastFunction(this, name, {
      ...rest,
      ...(crossing && { crossing }),
      ...{ name, handler: handlerFile ?? name, code: this.code, config: this.config, memoryMb: functionMemoryMb(name) },
      forOneTenant: forTenant !== undefined,
      ...(network && { network }),
    });
    for (const grant of [grantVerify, ...grants]) grant(made.function, this.deployment, this.region);
    // Sessions see one tenant's objects, and no records of holds.
    if (forTenant?.some(grant => grant === grantWriteTenant || grant === grantExpireTenant))
      grantSeeHolds(made.function, this.deployment, this.region);
    this.giveSessions(made, forTenant ?? []);
    if (crossing) grantAssume(made.function, [crossing.role.arn]);
    acceptFindings(made);
    this.made.push(made.function);
    return made.function;
  }

  databaseNetwork(): FunctionNetwork {
    this.network ??= this.networkElsewhere?.() ?? networkOf(this, databaseIn(this.deployment, this.region));
    return this.network;
  }

  private giveSessions(made: HoldfastFunction, forTenant: readonly TenantGrant[]): void {
    const role = made.sessionRole;
    if (role === undefined) return;
    for (const grant of forTenant) grant(role, this.deployment, this.region);
    grantAssume(made.function, [role.arn]);
  }
}

/** The configuration of a function of this deployment in that region. */
export function functionConfig(
  deployment: Deployment,
  region: RegionName,
  others: readonly RegionName[] = region === 'primary' ? replicaRegionsOf(deployment) : [],
): FunctionConfig {
  const { name, installation, source, approvals } = deployment;
  const { tenants: _, reasons: __, ...retention } = deployment.retention;
  const { host, port, authentication } = configuredDatabase(deployment, region);
  const isPrimary = region === 'primary';
  return {
    ...{ name, installation, region: awsRegion(deployment, region), retention },
    makesKeys: makesKeys(deployment, region),
    tier: deployment.tiers.default,
    bucket: vaultBucketName(deployment, region),
    otherVaults: others.map(each => ({
      region: awsRegion(deployment, each),
      bucket: vaultBucketName(deployment, each),
    })),
    table: catalogTableName(deployment),
    keysTable: keysTableName(deployment),
    signingKey: signingKeyAlias(deployment),
    keys:
      deployment.keys.mode === 'pooled'
        ? { mode: 'pooled', key: pooledKeyAlias(deployment), destroyKeys: destroyKeysRoleArn(deployment) }
        : {
            mode: 'dedicated',
            replicaRegions: isPrimary ? replicaRegionsOf(deployment).map(each => awsRegion(deployment, each)) : [],
            roles: { breakGlass: breakGlassRoleArn(deployment), destroyKeys: destroyKeysRoleArn(deployment) },
          },
    topics: { alarm: topicArn(deployment, 'alarm', region), info: topicArn(deployment, 'info', region) },
    runbook: deployment.alarms.runbook,
    source: {
      ...{ host, port, database: source.database, tls: source.tls },
      ...(diskOf(deployment, region) !== undefined && { diskIsWatched: true }),
      authentication:
        authentication.kind === 'iam'
          ? { kind: 'iam', user: authentication.user }
          : { kind: 'secret', secretArn: authentication.secretArn },
    },
    ...{ slot: source.slot, publication: source.publication },
    approvals: { inPlace: approvals.restoreInPlace, missingOnly: approvals.restoreMissingOnly },
    ...{ approvalHours: approvals.timeoutHours, stepBudgetMs: deployment.fleet.stepBudgetSeconds * 1000 },
    accidents: deployment.accidents,
    people: { pinnedRoles: pinnedRoleNames(deployment) },
    workflows: {
      backUpFleet: workflowArn(deployment, 'back-up-fleet', region),
      restoreTenant: workflowArn(deployment, 'restore-tenant', region),
      restoreTenants: workflowArn(deployment, 'restore-tenants', region),
      ...(isPrimary && {
        carryOutRequest: workflowArn(deployment, 'carry-out-request', region),
        finishDestructions: workflowArn(deployment, 'finish-destructions', region),
      }),
    },
  };
}

/**
 * What the functions of that region are told of a database. Without one there, they use none of it: and a reference to a
 * construct of another region could not be resolved.
 */
function configuredDatabase(
  deployment: Deployment,
  region: RegionName,
): Pick<Database, 'host' | 'port' | 'authentication'> {
  if (hasDatabase(deployment, region)) return databaseIn(deployment, region);
  const { host, port, authentication } = deployment.source;
  const login = authentication.kind === 'secret' ? authentication.secretArn : authentication.user;
  if (![host, port, login].some(Token.isUnresolved)) return { host, port, authentication };
  return { host: 'none.invalid', port: 5432, authentication: { kind: 'iam', user: 'none' } };
}

/** By its attributes, if they are given: then synthesis needs no account. */
function networkOf(scope: Construct, source: Database): FunctionNetwork {
  const { vpcId, subnetIds, availabilityZones } = source;
  const securityGroup = ec2.SecurityGroup.fromSecurityGroupId(scope, 'SecurityGroup', source.securityGroupId, {
    mutable: false,
  });
  if (subnetIds === undefined) {
    const vpc = ec2.Vpc.fromLookup(scope, 'Vpc', { vpcId });
    return { vpc, subnets: {}, securityGroup };
  }
  const vpc = ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
    ...{ vpcId, availabilityZones: [...(availabilityZones ?? [])], privateSubnetIds: [...subnetIds] },
  });
  // Functions need no route tables; the stack that created the network manages them.
  Annotations.of(vpc).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
  return { vpc, subnets: { subnets: vpc.privateSubnets }, securityGroup };
}

function acceptFindings(made: HoldfastFunction): void {
  accept(
    made,
    'AwsSolutions-IAM5',
    'Objects of the vault and tenants’ keys are created at run time: buckets and prefixes, key aliases and the encryption context narrow these statements (access*.ts); X-Ray and network interfaces support no resource-level permissions.',
  );
}

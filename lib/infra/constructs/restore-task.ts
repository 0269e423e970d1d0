/**
 * The container that applies restores too long for a function: a public Node.js image through the registry's cache, the
 * functions' own bundle from the asset bucket, the permissions of the function apply-restore and no others, one session role
 * for the tenant, in the database's network. Invariant: the task definition contains names and no secret; its login comes
 * from the role at run time.
 */
import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { FUNCTION_CONFIG_VARIABLE, type FunctionConfig } from '../../domain/function-config.ts';
import { CODE_DIGEST_VARIABLE, CODE_URL_VARIABLE } from '../../domain/restore-task.ts';
import type { Deployment } from '../deployment.ts';
import type { LongRestores } from '../long-restores.ts';
import type { WorkRegion } from '../names.ts';
import { accept } from './accepted.ts';
import { grantAnswerTasks, grantAssume, grantLogIn, grantNotify, grantUseCatalog } from './access.ts';
import { grantAppendAudit } from './access-audit.ts';
import { grantSeeRegions } from './access-failover.ts';
import { grantSign, grantUseTenantKeys, grantVerify } from './access-keys.ts';
import { grantWriteTenant } from './access-vault.ts';
import { functionConfig } from './function-set.ts';
import { allow, type Grantee } from './grant.ts';
import type { FunctionNetwork } from './holdfast-function.ts';
import { fetchScript, packCode } from './task-code.ts';
import type { VaultRoles } from './vault-roles.ts';

export interface RestoreTaskProps {
  readonly deployment: Deployment;
  readonly settings: LongRestores;
  readonly region: WorkRegion;
  readonly network: FunctionNetwork;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
}

const CONTAINER = 'apply-restore';
const VCPU = 1024;
const MIB_OF_GIB = 1024;

export class RestoreTask extends Construct {
  readonly cluster: ecs.Cluster;
  readonly definition: ecs.FargateTaskDefinition;
  readonly container: ecs.ContainerDefinition;
  readonly network: FunctionNetwork;
  readonly timeout: Duration;

  constructor(scope: Construct, id: string, props: RestoreTaskProps) {
    super(scope, id);
    const { deployment, settings, network } = props;
    this.network = network;
    this.timeout = Duration.hours(settings.timeoutHours);
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      clusterName: `${deployment.name}-restores`,
      vpc: network.vpc,
    });
    const roles = this.roles(props);
    const { taskRole } = roles;
    this.definition = new ecs.FargateTaskDefinition(this, 'Task', {
      family: `${deployment.name}-apply-restore`,
      ...{ cpu: VCPU, memoryLimitMiB: settings.memoryGiB * MIB_OF_GIB, taskRole },
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    this.container = this.containerOf(props, this.cachedImage(props), roles.config);
    this.acceptFindings();
  }

  /** As the function apply-restore: a test compares the two. */
  private roles({ deployment, region, vaultRoles }: RestoreTaskProps) {
    const crossing = vaultRoles?.forFunction(region, 'apply-long-restore', true);
    const description = `${deployment.name}: Applies an approved plan that is too long for a function`;
    const taskRole = new iam.Role(this, 'Role', {
      ...(crossing && { roleName: crossing.roleName }),
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description,
    });
    const session = crossing?.tenantRole ?? this.sessionRole(taskRole, description);
    const own: Grantee = { ...granteeOf(taskRole), ...(crossing && { inVault: crossing.role }) };
    for (const grant of [
      grantVerify,
      grantLogIn,
      grantSign,
      grantUseCatalog,
      grantNotify,
      grantAppendAudit,
      grantSeeRegions,
    ])
      grant(own, deployment, region);
    for (const grant of [grantWriteTenant, grantUseTenantKeys]) grant(session, deployment, region);
    grantAssume(own, [session.arn]);
    if (crossing) grantAssume(own, [crossing.role.arn]);
    grantAnswerTasks(own);
    return { taskRole, config: { sessionRole: session.arn, ...(crossing && { vaultRole: crossing.role.arn }) } };
  }

  private sessionRole(taskRole: iam.Role, description: string): Grantee & { readonly arn: string } {
    const made = new iam.Role(this, 'SessionRole', {
      assumedBy: new iam.ArnPrincipal(taskRole.roleArn),
      description: `${description}, for the tenant of the session`,
      maxSessionDuration: Duration.hours(1),
    });
    return { arn: made.roleArn, ...granteeOf(made) };
  }

  /** The account's own registry fetches the public image once and keeps it: the private subnets need no way to the internet. */
  private cachedImage({ deployment, settings }: RestoreTaskProps): ecs.ContainerImage {
    const ecrRepositoryPrefix = `${deployment.name}-public`;
    const rule = new ecr.CfnPullThroughCacheRule(this, 'ImageCache', {
      ...{ ecrRepositoryPrefix, upstreamRegistry: 'ecr-public', upstreamRegistryUrl: 'public.ecr.aws' },
    });
    this.definition.node.addDependency(rule);
    const { account, region, urlSuffix, partition } = Stack.of(this);
    const role = granteeOf(this.definition.obtainExecutionRole());
    allow(role, ['ecr:GetAuthorizationToken'], ['*']);
    allow(
      role,
      [
        ...['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
        // For the first pull.
        ...['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage'],
      ],
      [`arn:${partition}:ecr:${region}:${account}:repository/${ecrRepositoryPrefix}/*`],
    );
    const registry = `${account}.dkr.ecr.${region}.${urlSuffix}`;
    return ecs.ContainerImage.fromRegistry(`${registry}/${ecrRepositoryPrefix}/${settings.image}`);
  }

  private containerOf(props: RestoreTaskProps, image: ecs.ContainerImage, roles: Partial<FunctionConfig>) {
    const { deployment, region, settings, codeDirectory } = props;
    const code = packCode(codeDirectory);
    const asset = new Asset(this, 'Code', { path: code.path });
    allow(granteeOf(this.definition.taskRole), ['s3:GetObject'], [asset.bucket.arnForObjects(asset.s3ObjectKey)]);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const config = {
      ...functionConfig(deployment, region),
      ...roles,
      stepBudgetMs: settings.timeoutHours * 3_600_000,
    };
    return this.definition.addContainer(CONTAINER, {
      ...{ containerName: CONTAINER, image, user: 'node', stopTimeout: Duration.seconds(30) },
      command: ['node', '--enable-source-maps', '--input-type=module', '-e', fetchScript(codeDirectory)],
      environment: {
        [FUNCTION_CONFIG_VARIABLE]: Stack.of(this).toJsonString(config),
        [CODE_URL_VARIABLE]: asset.httpUrl,
        [CODE_DIGEST_VARIABLE]: code.sha256,
        POWERTOOLS_SERVICE_NAME: deployment.name,
        POWERTOOLS_LOG_LEVEL: 'INFO',
        POWERTOOLS_TRACE_ENABLED: 'false',
      },
      logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: CONTAINER }),
    });
  }

  private acceptFindings(): void {
    accept(
      this,
      'AwsSolutions-IAM5',
      'Objects of the vault, tenants’ keys and cached repositories are created at run time: prefixes, aliases and the encryption context narrow these statements; tokens of tasks and of the registry support no resource-level permissions.',
    );
    accept(
      this.cluster,
      'AwsSolutions-ECS4',
      'Container Insights would bill metrics of a container that runs when a restore is long: the restore counts its own.',
    );
    accept(
      this.definition,
      'AwsSolutions-ECS2',
      'The variables name resources, as those of the functions do; passwords, tokens and keys come from the role at run time (a test searches them).',
    );
  }
}

function granteeOf(role: iam.IRole): Grantee {
  return { addToRolePolicy: statement => void role.addToPrincipalPolicy(statement) };
}

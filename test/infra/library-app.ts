/** Apps of somebody else, with a database as constructs and TenantBackups beside it. */
import { App, type AppProps, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { TenantBackups, TenantBackupsProps } from '../../lib/infra/tenant-backups.ts';
import { ACCOUNT } from './synthesized.ts';

export const ENV = { account: ACCOUNT, region: 'eu-central-1' };
export const MODEL = 'test/infra/tenant-model.example.yaml';

export const SETTINGS = {
  installation: '0b9d1a52-7f5c-4c3e-9d0a-2f6f3f1f8a11',
  database: 'saas',
  model: MODEL,
  alarms: { emails: ['platform-on-call@example.com'] },
};

export function libraryApp(props: AppProps = {}): App {
  // CloudFormation's schema checks take longer than everything else.
  process.env.CDK_VALIDATION = 'false';
  return new App({ treeMetadata: false, analyticsReporting: false, ...props });
}

/** Its type contradicts the interface's under exactOptionalPropertyTypes. */
export function network(scope: Construct): ec2.IVpc {
  return new ec2.Vpc(scope, 'Vpc', { maxAzs: 2, natGateways: 1 }) as ec2.IVpc;
}

/** An application's own stack: a network, and an Aurora cluster in it with a password in Secrets Manager. */
export class DatabaseStack extends Stack {
  readonly vpc: ec2.IVpc;
  readonly cluster: rds.DatabaseCluster;

  constructor(scope: Construct, id: string, props: StackProps = { env: ENV }) {
    super(scope, id, props);
    this.vpc = network(this);
    this.cluster = new rds.DatabaseCluster(this, 'Database', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('writer'),
      vpc: this.vpc,
    });
  }
}

/** What the constructs of the stack say. */
export function from(stack: DatabaseStack): Pick<TenantBackupsProps, 'cluster' | 'vpc' | 'secret'> {
  return { cluster: stack.cluster, vpc: stack.vpc, secret: stack.cluster.secret as secretsmanager.ISecret };
}

/** The database of deployment.example.ts, imported. */
export function importedExample(
  stack: Stack,
): Pick<TenantBackupsProps, 'cluster' | 'vpc' | 'secret' | 'securityGroup'> {
  return {
    cluster: rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Database', {
      clusterIdentifier: 'saas-production',
      clusterEndpointAddress: 'saas-production.cluster-abcdefghijkl.eu-central-1.rds.amazonaws.com',
      port: 5432,
    }),
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0a1b2c3d4e5f60718',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      privateSubnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
    }),
    secret: secretsmanager.Secret.fromSecretCompleteArn(
      stack,
      'Secret',
      'arn:aws:secretsmanager:eu-central-1:111122223333:secret:holdfast/database-AbCdEf',
    ),
    securityGroup: ec2.SecurityGroup.fromSecurityGroupId(stack, 'Admitted', 'sg-0a1b2c3d4e5f60718'),
  };
}

export function templatesIn({ stacks }: TenantBackups): ReadonlyMap<string, Template> {
  return new Map(stacks.map(stack => [stack.stackName, Template.fromStack(stack)]));
}

/**
 * A pipeline (CDK Pipelines) that deploys an application with its database and Holdfast: first to staging, in one region,
 * then, after a person agreed, to production, in three. Replace accounts, repository, connection and recipients.
 */
import { App, Stack, type StackProps, Stage, type StageProps } from 'aws-cdk-lib';
import { BuildSpec } from 'aws-cdk-lib/aws-codebuild';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { CodePipeline, CodePipelineSource, ManualApprovalStep, ShellStep } from 'aws-cdk-lib/pipelines';
import { TenantBackups, type TenantBackupsProps } from 'holdfast';

const REGION = 'eu-central-1';
const ACCOUNTS = { pipeline: '111122223333', staging: '222233334444', production: '333344445555' };

/** The application's own stack. */
class DatabaseStack extends Stack {
  readonly vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2 }) as ec2.IVpc;
  readonly cluster = new rds.DatabaseCluster(this, 'Database', {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    writer: rds.ClusterInstance.serverlessV2('writer'),
    parameters: { 'rds.logical_replication': '1' },
    vpc: this.vpc,
  });
}

interface PlatformProps extends StageProps {
  readonly backups: Pick<TenantBackupsProps, 'installation' | 'regions'>;
}

class Platform extends Stage {
  constructor(scope: Stack, id: string, { backups, ...props }: PlatformProps) {
    super(scope, id, props);
    const { cluster, vpc } = new DatabaseStack(this, 'Database');
    if (cluster.secret === undefined) throw new Error('The cluster has no secret.');
    new TenantBackups(this, 'Backups', {
      ...backups,
      ...{ cluster, vpc, secret: cluster.secret, database: 'saas', model: 'tenant-model.yaml' },
      alarms: { emails: ['platform-on-call@example.com'] },
    });
  }
}

class PipelineStack extends Stack {
  constructor(scope: App, id: string, props: StackProps) {
    super(scope, id, props);
    const pipeline = new CodePipeline(this, 'Pipeline', {
      crossAccountKeys: true,
      // Node.js runs TypeScript from 22.18 on; the build image begins with an older one.
      synthCodeBuildDefaults: {
        partialBuildSpec: BuildSpec.fromObject({ phases: { install: { 'runtime-versions': { nodejs: '22' } } } }),
      },
      synth: new ShellStep('Synth', {
        input: CodePipelineSource.connection('example/platform', 'main', {
          connectionArn: `arn:aws:codeconnections:${REGION}:${ACCOUNTS.pipeline}:connection/00000000-0000-0000-0000-000000000000`,
        }),
        commands: ['npm ci', 'npx cdk synth'],
      }),
    });
    const stage = (name: 'staging' | 'production', backups: PlatformProps['backups']) =>
      new Platform(this, name, { env: { account: ACCOUNTS[name], region: REGION }, backups });
    pipeline.addStage(stage('staging', { installation: 'a4f0c0d8-5a55-4a55-9d3c-3f2f1a0c7b01' }));
    const regions = { secondary: 'eu-west-1', tertiary: 'eu-north-1' };
    pipeline.addStage(stage('production', { installation: 'd2b7a9de-94b2-4c62-8a0e-7f43a3a1f902', regions }), {
      pre: [new ManualApprovalStep('Production')],
    });
  }
}

const app = new App();
new PipelineStack(app, 'Pipeline', { env: { account: ACCOUNTS.pipeline, region: REGION } });
app.synth();

/**
 * The functions as deployed (the real bundles, the real settings), each in its own process against MiniStack and a real
 * PostgreSQL: the result of a call, and its entire output, which would be its log.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  FUNCTION_CONFIG_VARIABLE,
  type FunctionConfig,
  type TenantSettings,
} from '../../lib/domain/function-config.ts';
import { NO_GOVERNANCE } from '../../lib/domain/governance-settings.ts';
import type { OperationsSettings } from '../../lib/domain/operations-settings.ts';
import { functionCode, installationFiles } from '../../lib/infra/constructs/function-code.ts';
import { ACCOUNT, type Emulator, REGION, startEmulator } from '../e2e/emulator.ts';
import { bundledFunctions } from './bundled-functions.ts';
import { createCatalogTable } from './catalog-table.ts';
import { type Answered, functionProcesses } from './function-processes.ts';
import { createKeyTable } from './key-table.ts';
import type { TestDatabase } from './postgres.ts';

// biome-ignore lint/suspicious/noExplicitAny: events and results are whatever the function says
export type Loose = any;

export interface DeployedFunctions {
  readonly emulator: Emulator;
  readonly dynamo: DynamoDBClient;
  /** The output of bundleFunctions(). */
  readonly code: string;
  /** The environment of a function's process. */
  readonly environment: NodeJS.ProcessEnv;
  call(handler: string, event: unknown, change?: Partial<FunctionConfig>): Promise<Answered>;
  /** Notices since the last call, oldest first. */
  notices(): Promise<Loose[]>;
  stop(): Promise<void>;
}

export const TABLE = 'functions-catalog';
const ARN = (service: string, name: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;

const DRILLED: OperationsSettings = { drills: { kinds: ['single-tenant'], atOnce: 1 } };

export interface DeployedOptions {
  readonly db: Pick<TestDatabase, 'name' | 'url'>;
  readonly model: string;
  readonly installation: string;
  readonly slot: string;
  readonly tenants?: TenantSettings;
  /** Holds what deployments may share: the bundles, and the code compiled by their processes. */
  readonly runDirectory: string;
}

export async function deployFunctions(options: DeployedOptions): Promise<DeployedFunctions> {
  const tenants = options.tenants ?? { tiers: {}, retention: {} };
  const files = installationFiles(options.model, tenants, NO_GOVERNANCE, DRILLED);
  const code = functionCode(files, 'none', await bundledFunctions(options.runDirectory));
  const compiled = join(options.runDirectory, 'compiled');
  const processes = functionProcesses();
  const emulator = await startEmulator({ authorizes: false });
  const config = await makeResources(emulator, options);
  const queue = await listen(emulator);
  const dynamo = new DynamoDBClient(emulator.target);
  return {
    emulator,
    dynamo,
    code,
    environment: environment(emulator, config, compiled),
    call: (handler, event, change = {}) =>
      processes.call(join(code, `${handler}.mjs`), event, environment(emulator, { ...config, ...change }, compiled)),
    notices: () => receive(emulator, queue),
    async stop() {
      dynamo.destroy();
      await processes.end();
      await emulator.stop();
      await rm(code, { recursive: true, force: true });
    },
  };
}

function environment(emulator: Emulator, config: FunctionConfig, compiled: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    [FUNCTION_CONFIG_VARIABLE]: JSON.stringify(config),
    ...{ AWS_ENDPOINT_URL: emulator.endpoint, AWS_REGION: REGION },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    ...{ POWERTOOLS_SERVICE_NAME: config.name, POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_TRACE_ENABLED: 'false' },
    NODE_OPTIONS: '--enable-source-maps',
    // Each process would compile the code again.
    NODE_COMPILE_CACHE: compiled,
  };
}

async function makeResources(emulator: Emulator, options: DeployedOptions): Promise<FunctionConfig> {
  const { target } = emulator;
  const s3 = new S3Client({ ...target, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'functions-vault', ObjectLockEnabledForBucket: true }));
  const dynamo = new DynamoDBClient(target);
  await createCatalogTable(dynamo, TABLE);
  await createKeyTable(dynamo, 'functions-keys');
  const kms = new KMS(target);
  const signing = await kms.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const sns = new SNSClient(target);
  for (const Name of ['functions-alarm', 'functions-info']) await sns.send(new CreateTopicCommand({ Name }));
  const { hostname, port, username, password } = new URL(options.db.url);
  const secrets = new SecretsManagerClient(target);
  const SecretString = JSON.stringify({ username, password: decodeURIComponent(password) || 'none' });
  const secret = await secrets.send(new CreateSecretCommand({ Name: 'functions-database', SecretString }));
  return {
    ...{ name: 'functions', installation: options.installation, region: REGION, tier: 'standard' },
    ...{ bucket: 'functions-vault', table: TABLE, keysTable: 'functions-keys' },
    makesKeys: true,
    stepBudgetMs: 600_000,
    // The emulator gives a session of any role.
    sessionRole: 'arn:aws:iam::000000000000:role/functions-session',
    signingKey: signing.KeyMetadata!.Arn!,
    otherVaults: [],
    keys: {
      mode: 'dedicated',
      replicaRegions: [],
      roles: { breakGlass: 'arn:aws:iam::111122223333:role/b', destroyKeys: 'arn:aws:iam::111122223333:role/d' },
    },
    topics: { alarm: ARN('sns', 'functions-alarm'), info: ARN('sns', 'functions-info') },
    runbook: 'https://example.com/runbook',
    source: {
      ...{ host: hostname, port: Number(port), database: options.db.name, tls: false },
      authentication: { kind: 'secret', secretArn: secret.ARN! },
    },
    ...{ slot: options.slot, publication: 'holdfast', approvals: { inPlace: 0, missingOnly: 0 }, approvalHours: 1 },
    retention: { dailyDays: 30, weeklyDays: 84, monthlyDays: 365, annualDays: 2557, logDays: 30, recordDays: 2557 },
    people: { pinnedRoles: ['Approver'] },
    workflows: {
      backUpFleet: ARN('states', 'stateMachine:none'),
      restoreTenant: ARN('states', 'stateMachine:none'),
      restoreTenants: ARN('states', 'stateMachine:none'),
      carryOutRequest: ARN('states', 'stateMachine:none'),
      finishDestructions: ARN('states', 'stateMachine:none'),
    },
  };
}

/** A queue that subscribes to both topics. */
async function listen(emulator: Emulator): Promise<string> {
  const { QueueUrl } = await emulator.call('AmazonSQS.CreateQueue', { QueueName: 'functions-listener' });
  const sns = new SNSClient(emulator.target);
  for (const name of ['functions-alarm', 'functions-info']) {
    const TopicArn = ARN('sns', name);
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: ARN('sqs', 'functions-listener') }));
  }
  return QueueUrl;
}

async function receive(emulator: Emulator, QueueUrl: string): Promise<Loose[]> {
  const found: Loose[] = [];
  for (;;) {
    const { Messages = [] } = await emulator.call('AmazonSQS.ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
    if (Messages.length === 0) return found;
    for (const { Body, ReceiptHandle } of Messages) {
      found.push(JSON.parse(JSON.parse(Body).Message));
      await emulator.call('AmazonSQS.DeleteMessage', { QueueUrl, ReceiptHandle });
    }
  }
}

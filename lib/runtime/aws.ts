/** Wires the AWS adapters to the operations, from what the stacks told the function. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { Signer as TokenSigner } from '@aws-sdk/rds-signer';
import { clientOptions } from '../aws/clients.ts';
import { databaseSource } from '../aws/database-source.ts';
import { openDedicatedKeyring } from '../aws/dedicated-keys.ts';
import { openDynamoCatalog } from '../aws/dynamo-catalog.ts';
import { openKmsSigner } from '../aws/kms-signer.ts';
import { openPooledKeyring } from '../aws/pooled-keys.ts';
import { openS3Vault } from '../aws/s3-vault.ts';
import { snsNotifier } from '../aws/sns-notifier.ts';
import { type FunctionConfig, MODEL_FILE, TENANT_SETTINGS_FILE, TenantSettings } from '../domain/function-config.ts';
import type { RetentionPolicy } from '../domain/retention.ts';
import { defaultSettings } from '../domain/settings.ts';
import { systemClock } from '../local/system-clock.ts';
import type { Context } from '../operations/context.ts';
import { readModelFile } from '../operations/model/model-file.ts';
import type { Deps, Keyring } from '../ports.ts';

export interface AwsPorts {
  readonly config: FunctionConfig;
  readonly workflows: SFNClient;
  readonly storage: Omit<Context, 'source'>;
  /** The tenant's own retention where it has one. */
  retentionOf(tenant: string): RetentionPolicy;
  tierOf(tenant: string): string;
  /** For one invocation: the source's password or token is fetched anew, since both may change or run out. */
  context(): Promise<Context>;
}

/** Lambda's own copy of the certificate authorities, with those of RDS. */
const CA_FILE = '/var/runtime/ca-cert.pem';
/** A part stops well before the function's own end (15 minutes). */
const PART_BUDGET_MS = 10 * 60 * 1000;
/** The window is replayed from the snapshot before its beginning: the log since then is locked as long as it is kept. */
const REPLAY_DAYS = 2;

export async function openAws(config: FunctionConfig): Promise<AwsPorts> {
  const options = clientOptions({ region: config.region });
  const clock = systemClock;
  const kms = new KMS(options);
  const deps: Deps = {
    installation: config.installation,
    vault: openS3Vault({ client: new S3Client(options), bucket: config.bucket }),
    keyring: await openKeyring(config),
    signer: await openKmsSigner({ kms, key: config.signingKey }),
    catalog: openDynamoCatalog({ client: new DynamoDBClient(options), table: config.table }),
    clock,
    notifier: snsNotifier({
      client: new SNSClient(options),
      installation: config.installation,
      topics: config.topics,
      runbookUrl: config.runbook,
    }),
  };
  const model = await readModelFile(join(import.meta.dirname, MODEL_FILE));
  const tenants = TenantSettings.parse(
    JSON.parse(await readFile(join(import.meta.dirname, TENANT_SETTINGS_FILE), 'utf8')),
  );
  const { retention, slot, publication } = config;
  const settings = defaultSettings({
    partBudgetMs: PART_BUDGET_MS,
    stepBudgetMs: config.stepBudgetMs,
    retentionDays: {
      snapshot: retention.dailyDays,
      log: retention.logDays + REPLAY_DAYS,
      incremental: retention.logDays + REPLAY_DAYS,
      record: retention.recordDays,
    },
  });
  const storage = { ...deps, model, settings, slot, publication };
  return {
    config,
    storage,
    retentionOf: tenant => ({ ...retention, ...tenants.retention[tenant] }) as RetentionPolicy,
    tierOf: tenant => tenants.tiers[tenant] ?? config.tier,
    workflows: new SFNClient(options),
    context: async () => ({ ...storage, source: await openSource(config) }),
  };
}

/** Clients of its own: the keyring counts what passes through them. */
async function openKeyring(config: FunctionConfig): Promise<Keyring> {
  const options = clientOptions({ region: config.region });
  const own = {
    kms: new KMS(options),
    dynamo: new DynamoDBClient(options),
    table: config.keysTable,
    clock: systemClock,
  };
  if (config.keys.mode === 'pooled') {
    // The stacks know its alias, the key store wants its ARN.
    const { KeyMetadata } = await own.kms.describeKey({ KeyId: config.keys.key });
    return openPooledKeyring({ ...own, keyArn: KeyMetadata!.Arn!, keyStoreName: config.name });
  }
  const replicas = config.keys.replicaRegions.map(region => ({ region, kms: new KMS(clientOptions({ region })) }));
  return openDedicatedKeyring({ ...own, replicas });
}

async function openSource({ source, region }: FunctionConfig): Promise<{ url: string }> {
  const { host, port, database, authentication } = source;
  const login =
    authentication.kind === 'secret'
      ? { secret: authentication.secretArn, secrets: new SecretsManagerClient(clientOptions({ region })) }
      : {
          user: authentication.user,
          signer: new TokenSigner({ hostname: host, port, username: authentication.user, region }),
        };
  const { url } = await databaseSource({ host, port, database, caFile: CA_FILE }, login);
  return source.tls ? { url } : { url: url.slice(0, url.indexOf('?')) };
}

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
import { openDynamoCatalog } from '../aws/dynamo-catalog.ts';
import { openKmsSigner } from '../aws/kms-signer.ts';
import { openS3Vault } from '../aws/s3-vault.ts';
import { snsNotifier } from '../aws/sns-notifier.ts';
import { type FunctionConfig, MODEL_FILE, TENANT_SETTINGS_FILE, TenantSettings } from '../domain/function-config.ts';
import type { RetentionPolicy } from '../domain/retention.ts';
import { defaultSettings } from '../domain/settings.ts';
import { systemClock } from '../local/system-clock.ts';
import type { Context } from '../operations/context.ts';
import { readModelFile } from '../operations/model/model-file.ts';
import type { Deps } from '../ports.ts';
import { openKeyring } from './open-keyring.ts';
import { tenantStorages } from './tenant-storage.ts';

export interface AwsPorts {
  readonly config: FunctionConfig;
  readonly workflows: SFNClient;
  readonly storage: Omit<Context, 'source'>;
  /** The tenant's own retention where it has one. */
  retentionOf(tenant: string): RetentionPolicy;
  tierOf(tenant: string): string;
  /** For this tenant, by its reference: its objects and its key through a session of its own (tenant-storage.ts). */
  storageOf(tenant: string): Promise<Omit<Context, 'source'>>;
  /** For one invocation: the source's password or token is fetched anew, since both may change or run out. */
  context(storage?: Omit<Context, 'source'>): Promise<Context>;
}

/** Lambda's own copy of the certificate authorities, with those of RDS. */
const CA_FILE = '/var/runtime/ca-cert.pem';
/** A part stops well before the function's own end (15 minutes). */
const PART_BUDGET_MS = 10 * 60 * 1000;
/** The window is replayed from the snapshot before its beginning: the log since then is locked as long as it is kept. */
const REPLAY_DAYS = 2;

/** `directory`: where model and tenants' settings are; beside the code of a deployed function. */
export async function openAws(config: FunctionConfig, directory = import.meta.dirname): Promise<AwsPorts> {
  const options = clientOptions({ region: config.region });
  const clock = systemClock;
  const kms = new KMS(options);
  const deps: Deps = {
    installation: config.installation,
    vault: openS3Vault({ client: new S3Client(options), bucket: config.bucket }),
    keyring: openKeyring(config),
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
  const model = await readModelFile(join(directory, MODEL_FILE));
  const tenants = TenantSettings.parse(JSON.parse(await readFile(join(directory, TENANT_SETTINGS_FILE), 'utf8')));
  const { retention, slot, publication } = config;
  const settings = defaultSettings({
    partBudgetMs: PART_BUDGET_MS,
    retentionDays: {
      snapshot: retention.dailyDays,
      log: retention.logDays + REPLAY_DAYS,
      incremental: retention.logDays + REPLAY_DAYS,
      record: retention.recordDays,
    },
  });
  const storage = { ...deps, model, settings, slot, publication };
  const open = tenantStorages(config, deps);
  return {
    config,
    storage,
    retentionOf: tenant => ({ ...retention, ...tenants.retention[tenant] }) as RetentionPolicy,
    tierOf: tenant => tenants.tiers[tenant] ?? config.tier,
    workflows: new SFNClient(options),
    storageOf: async tenant => ({ ...storage, ...(await open(tenant)) }),
    context: async (given = storage) => ({ ...given, source: await openSource(config) }),
  };
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

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
import { type AwsTarget, clientOptions } from '../aws/clients.ts';
import { databaseSource } from '../aws/database-source.ts';
import { openDynamoCatalog } from '../aws/dynamo-catalog.ts';
import { type Idempotency, openIdempotency } from '../aws/idempotency.ts';
import { openKmsSigner } from '../aws/kms-signer.ts';
import { openS3Vault } from '../aws/s3-vault.ts';
import { snsNotifier } from '../aws/sns-notifier.ts';
import { type FunctionConfig, MODEL_FILE, TENANT_SETTINGS_FILE, TenantSettings } from '../domain/function-config.ts';
import type { InstallationFiles } from '../domain/installation.ts';
import { type Tier, tiersInUse } from '../domain/objectives.ts';
import { lockDays, type RetentionPolicy } from '../domain/retention.ts';
import { defaultSettings } from '../domain/settings.ts';
import { processMemory } from '../local/process-memory.ts';
import { systemClock } from '../local/system-clock.ts';
import { systemRandom } from '../local/system-random.ts';
import type { Context } from '../operations/context.ts';
import { parseModel, readModelFile } from '../operations/model/model-file.ts';
import type { Deps, Notifier } from '../ports.ts';
import { openKeyring } from './open-keyring.ts';
import { tenantStorages } from './tenant-storage.ts';

export interface AwsPorts {
  readonly config: FunctionConfig;
  readonly workflows: SFNClient;
  readonly storage: Omit<Context, 'source'>;
  /** The tenant's own retention where it has one. */
  retentionOf(tenant: string): RetentionPolicy;
  tierOf(tenant: string): Tier;
  /** Those that some tenant can be of. */
  readonly tiers: readonly Tier[];
  /** What people notice, done once however often it is asked for. */
  readonly once: Idempotency;
  /** For this tenant, by its reference: its objects and its key through a session of its own (tenant-storage.ts). */
  storageOf(tenant: string): Promise<Omit<Context, 'source'>>;
  /** For one invocation: the source's password or token is fetched anew, since both may change or run out. */
  context(storage?: Omit<Context, 'source'>): Promise<Context>;
}

/** What differs between a function and a person's machine. */
export interface OpenAwsOptions {
  /** Named profile whose credentials are used. Absent: those of the environment. */
  readonly profile?: string;
  /** The tenant model and what is different for single tenants. Absent: the files beside the functions' code. */
  readonly files?: InstallationFiles;
  /** Where those files are instead. */
  readonly directory?: string;
  /** PEM file of the RDS certificate authorities. Absent: Lambda's own copy. */
  readonly caFile?: string;
  /** Told too, beside the topics: whoever sits at a terminal. */
  readonly alsoTell?: Notifier;
  readonly progress?: Deps['progress'];
}

/** Lambda's own copy of the certificate authorities, with those of RDS. */
const LAMBDA_CA_FILE = '/var/runtime/ca-cert.pem';
/** A part stops well before the function's own end (15 minutes). */
const PART_BUDGET_MS = 10 * 60 * 1000;

/** Asked twice at most, for a moment: a notice waits for it. */
const PATIENCE = { maxAttempts: 2, silenceMs: 3_000 };

export async function openAws(config: FunctionConfig, how: OpenAwsOptions = {}): Promise<AwsPorts> {
  const target = { region: config.region, ...(how.profile && { profile: how.profile }) };
  const options = clientOptions(target);
  const clock = systemClock;
  const kms = new KMS(options);
  const deps: Deps = {
    installation: config.installation,
    vault: openS3Vault({ client: new S3Client(options), bucket: config.bucket }),
    keyring: openKeyring(config, target),
    signer: await openKmsSigner({ kms, key: config.signingKey }),
    catalog: openDynamoCatalog({ client: new DynamoDBClient(options), table: config.table }),
    clock,
    random: systemRandom,
    memory: processMemory(),
    notifier: tellBoth(
      snsNotifier({
        client: new SNSClient(options),
        installation: config.installation,
        topics: config.topics,
        runbookUrl: config.runbook,
      }),
      how.alsoTell,
    ),
    ...(how.progress && { progress: how.progress }),
  };
  const { model, tenants } = how.files
    ? fromFiles(how.files)
    : await besideTheCode(how.directory ?? import.meta.dirname);
  const { retention, slot, publication } = config;
  const settings = defaultSettings({
    partBudgetMs: PART_BUDGET_MS,
    stepBudgetMs: config.stepBudgetMs,
    retentionDays: lockDays(retention),
  });
  const storage = { ...deps, model, settings, slot, publication };
  const open = tenantStorages(config, deps);
  return {
    config,
    storage,
    retentionOf: tenant => ({ ...retention, ...tenants.retention[tenant] }),
    tierOf: tenant => tenants.tiers[tenant] ?? config.tier,
    tiers: tiersInUse({ default: config.tier, tenants: tenants.tiers }),
    once: openIdempotency({
      client: new DynamoDBClient(clientOptions({ ...target, ...PATIENCE })),
      table: config.table,
      scope: config.name,
    }),
    workflows: new SFNClient(options),
    storageOf: async tenant => ({ ...storage, ...(await open(tenant)) }),
    context: async (given = storage) => ({
      ...given,
      source: await openSource(config, target, how.caFile ?? LAMBDA_CA_FILE),
    }),
  };
}

function tellBoth(topics: Notifier, other: Notifier | undefined): Notifier {
  if (other === undefined) return topics;
  return {
    async notify(notice) {
      await other.notify(notice);
      await topics.notify(notice);
    },
  };
}

async function besideTheCode(directory: string) {
  const beside = (name: string) => join(directory, name);
  const tenants = TenantSettings.parse(JSON.parse(await readFile(beside(TENANT_SETTINGS_FILE), 'utf8')));
  return { model: await readModelFile(beside(MODEL_FILE)), tenants };
}

function fromFiles({ model, tenants }: InstallationFiles) {
  return { model: parseModel(model, 'the deployed tenant model'), tenants };
}

async function openSource(
  { source, region }: FunctionConfig,
  target: AwsTarget,
  caFile: string,
): Promise<{ url: string }> {
  const { host, port, database, authentication } = source;
  const login =
    authentication.kind === 'secret'
      ? { secret: authentication.secretArn, secrets: new SecretsManagerClient(clientOptions(target)) }
      : {
          user: authentication.user,
          signer: new TokenSigner({
            ...{ hostname: host, port, username: authentication.user, region },
            // Of a client with this target: the signer by itself knows no profile.
            credentials: () => new KMS(clientOptions(target)).config.credentials(),
          }),
        };
  const { url } = await databaseSource({ host, port, database, caFile }, login);
  return source.tls ? { url } : { url: url.slice(0, url.indexOf('?')) };
}

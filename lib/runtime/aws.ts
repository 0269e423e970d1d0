/** Wires the AWS adapters to the operations, from the configuration that the stacks gave the function. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Signer, SignerConfig } from '@aws-sdk/rds-signer';
import { type AwsTarget, clientOptions } from '../aws/clients.ts';
import { type DatabaseSource, databaseSource } from '../aws/database-source.ts';
import { openDynamoCatalog } from '../aws/dynamo-catalog.ts';
import { type Idempotency, openIdempotency } from '../aws/idempotency.ts';
import { openKeyRows } from '../aws/key-rows.ts';
import { openKmsSigner } from '../aws/kms-signer.ts';
import { putPublicFiles } from '../aws/public-site.ts';
import { hasObject, openS3Vault } from '../aws/s3-vault.ts';
import { snsNotifier } from '../aws/sns-notifier.ts';
import {
  CA_FILE,
  type FunctionConfig,
  MODEL_FILE,
  TENANT_SETTINGS_FILE,
  TenantSettings,
} from '../domain/function-config.ts';
import { GOVERNANCE_FILE, GovernanceSettings } from '../domain/governance-settings.ts';
import type { InstallationFiles } from '../domain/installation.ts';
import { type Tier, tiersInUse } from '../domain/objectives.ts';
import { OPERATIONS_FILE, OperationsSettings } from '../domain/operations-settings.ts';
import { lockDays } from '../domain/retention.ts';
import { defaultSettings } from '../domain/settings.ts';
import type { DecidedPolicy } from '../domain/tenant-policy.ts';
import { processMemory } from '../local/process-memory.ts';
import { systemClock } from '../local/system-clock.ts';
import { systemRandom } from '../local/system-random.ts';
import { holdingVault } from '../operations/catalog/holding-vault.ts';
import type { Context } from '../operations/context.ts';
import { trailCatalog, trailVault } from '../operations/failover/place-vault.ts';
import { parseModel, readModelFile } from '../operations/model/model-file.ts';
import type { ClusterBackups, Deps, HeldKeys, KeyReplicas, KeyRows, Keyring, Notifier, Vault } from '../ports.ts';
import { type AwsRegions, awsRegions } from './aws-regions.ts';
import { destroyingKeyrings } from './destroying-keyring.ts';
import { heldKeys, keyReplicas, openKeyring } from './open-keyring.ts';
import { openPolicies } from './open-policies.ts';
import { tenantStorages } from './tenant-storage.ts';
import { type VaultCaller, type VaultTarget, vaultTarget } from './vault-target.ts';
import { watchedProcessor } from './watched-processor.ts';

export interface AwsPorts {
  readonly config: FunctionConfig;
  /** Roles, approvals and policies of the deployment. */
  readonly governance: GovernanceSettings;
  /** What the deployment says of single operations. */
  readonly operations: OperationsSettings;
  readonly workflows: SFNClient;
  readonly storage: Omit<Context, 'source'>;
  /** Tier and retention: of the deployment, of the team's query, or the defaults. */
  policyOf(tenant: string): Promise<DecidedPolicy>;
  /** The same for all tenants, read once. */
  allPolicies(): Promise<(tenant: string) => DecidedPolicy>;
  /** The tier as policyOf last read it in this container, else of the deployment: for metrics. */
  tierOf(tenant: string): Tier;
  /** Tiers in use. */
  readonly tiers: readonly Tier[];
  /** Runs work with visible effects (notices, counts) once, however often it is requested. */
  readonly once: Idempotency;
  /** Replicas of tenants' keys in the other regions: only for the step that makes them. */
  readonly keyReplicas: KeyReplicas;
  /** Marks on the keys of held tenants: only for the steps that place, keep and release holds. Absent with pooled keys. */
  readonly heldKeys?: HeldKeys;
  /** Rows of the table of keys: only for the steps that copy and rebuild it. */
  readonly keyRows: KeyRows;
  /** By region. Only for the steps that prove and expire replicas. */
  readonly otherVaults: ReadonlyMap<string, Vault>;
  /** With the right to destroy keys, for the functions that carry a destruction out (destroying-keyring.ts). */
  readonly destroying: (own: Keyring) => Keyring;
  /** The database beside which drills make theirs: only for the steps of drills. */
  drillScratch(): Promise<DatabaseSource>;
  /** A copy of the source that answers elsewhere: the same login. Only for the step that reads one. */
  copySource(at: { readonly host: string; readonly port: number }): Promise<DatabaseSource>;
  /** Replaces files of a public site, in the account of the functions: only for what makes the status page. */
  publish(bucket: string, files: Parameters<typeof putPublicFiles>[2]): Promise<void>;
  /** What RDS keeps of the source: only for the entry that plans. */
  readonly clusterBackups: ClusterBackups;
  /** Where the deployment has a fail-over. `source`: the database of this region, where one is reached. */
  readonly regions?: AwsRegions['regions'];
  /** Outside the primary region: whether its vault has the object. */
  isInPrimary(key: string): Promise<boolean>;
  /** The storage of one tenant, by reference: its objects and its key through a session of its own (tenant-storage.ts). */
  storageOf(tenant: string): Promise<Omit<Context, 'source'>>;
  /** For one invocation: fetches the source's password or token again, because both can change or expire. */
  context(storage?: Omit<Context, 'source'>): Promise<Context>;
}

/** What differs between a function and a person's machine. */
export interface OpenAwsOptions extends VaultCaller {
  /** Named profile whose credentials to use. Absent: those of the environment. */
  readonly profile?: string;
  /** The tenant model and the settings of individual tenants. Absent: the files beside the functions' code. */
  readonly files?: InstallationFiles;
  /** Another directory of those files. */
  readonly directory?: string;
  /** PEM file of the database's certificate authorities. Absent: the file beside the functions' code. */
  readonly caFile?: string;
  /** Receives every notice too, before the topics: the person at the terminal. */
  readonly alsoNotify?: Notifier;
  readonly progress?: Deps['progress'];
}

/** A part stops well before the function's time limit (15 minutes). */
const PART_BUDGET_MS = 10 * 60 * 1000;

/** At most two short attempts: a notice waits for the answer. */
const IDEMPOTENCY_TIMEOUTS = { maxAttempts: 2, silenceMs: 3_000 };

export async function openAws(config: FunctionConfig, how: OpenAwsOptions = {}): Promise<AwsPorts> {
  const target = { region: config.region, ...(how.profile && { profile: how.profile }) };
  const vault = await vaultTarget(config, target, how);
  const { model, tenants, governance, operations } = how.files
    ? fromFiles(how.files)
    : await besideTheCode(how.directory ?? import.meta.dirname);
  const opened = await openDeps(config, how, target, vault);
  const workflows = new SFNClient(clientOptions(target));
  const settled = operations.failover;
  const regions = settled && awsRegions({ config, settings: settled, target, workflows, deps: opened });
  const deps = regions ? inRegion(opened, config.region, settled.home, regions) : opened;
  const { retention, slot, publication } = config;
  const settings = defaultSettings({
    partBudgetMs: PART_BUDGET_MS,
    stepBudgetMs: config.stepBudgetMs,
    ...(config.accidents && { accidents: config.accidents }),
    ...(operations.load && { load: operations.load }),
    retentionDays: lockDays(retention),
    ...(operations.logIndexMinutes !== undefined && { logIndex: { minutes: operations.logIndexMinutes } }),
    ...(operations.reasons && { keep: { reasons: operations.reasons } }),
  });
  const storage = {
    ...{ ...deps, model, settings, slot, publication },
    ...(tenants.query && { policyQuery: tenants.query }),
    ...(regions && { epochTurn: regions.epochTurn }),
    ...watchedProcessor(target, operations),
    ...(operations.snapshotHours && { snapshotHours: operations.snapshotHours }),
  };
  const open = tenantStorages(config, deps);
  const caFile = how.caFile ?? join(how.directory ?? import.meta.dirname, CA_FILE);
  return {
    ...forSteps(config, target, vault),
    ...{ config, governance, operations },
    storage,
    ...openPolicies(deps.catalog, config, tenants),
    tiers: tiersInUse({ default: config.tier, tenants: tenants.tiers, query: tenants.query }),
    workflows,
    ...(regions && { regions: regions.regions }),
    storageOf: async tenant => ({ ...storage, ...(await open(tenant)) }),
    drillScratch: () => openSource(drillDatabase(config, operations), target, caFile),
    copySource: at => openSource({ ...config, source: { ...config.source, ...at } }, target, caFile),
    context: async (given = storage) => ({ ...given, source: await openSource(config, target, caFile) }),
  };
}

/** `target`: the account of the database. */
async function openDeps(
  config: FunctionConfig,
  how: OpenAwsOptions,
  target: AwsTarget,
  vault: VaultTarget,
): Promise<Deps> {
  const options = clientOptions(vault);
  const stored = {
    vault: openS3Vault({ client: new S3Client(options), bucket: config.bucket }),
    signer: await openKmsSigner({ kms: new KMS(options), key: config.signingKey }),
    catalog: openDynamoCatalog({ client: new DynamoDBClient(options), table: config.table }),
  };
  return {
    installation: config.installation,
    ...{ ...stored, vault: holdingVault(stored) },
    keyring: openKeyring(config, vault),
    clock: systemClock,
    random: systemRandom,
    memory: processMemory(),
    notifier: tellBoth(
      snsNotifier({
        client: new SNSClient(clientOptions(target)),
        installation: config.installation,
        topics: config.topics,
        runbookUrl: config.runbook,
      }),
      how.alsoNotify,
    ),
    ...(how.progress && { progress: how.progress }),
  };
}

/** What only single steps use. */
function forSteps(config: FunctionConfig, target: AwsTarget, vault: VaultTarget) {
  return {
    once: openIdempotency({
      client: new DynamoDBClient(clientOptions({ ...vault, ...IDEMPOTENCY_TIMEOUTS })),
      table: config.table,
      scope: config.name,
    }),
    keyReplicas: keyReplicas(config, vault),
    ...heldKeys(config, vault),
    otherVaults: new Map(config.otherVaults.map(other => [other.region, openS3Vault(otherBucket(other, vault))])),
    isInPrimary: (key: string) => hasObject(otherBucket(config.otherVaults[0]!, vault), key),
    destroying: destroyingKeyrings(config, vault),
    publish: (bucket: string, files: Parameters<typeof putPublicFiles>[2]) =>
      putPublicFiles(new S3Client(clientOptions(target)), bucket, files),
    clusterBackups: {
      list: async () => {
        // Loaded where it is used: one function asks, once in a while.
        const [{ listClusterBackups }, { RDSClient }] = await Promise.all([
          import('../aws/cluster-backups.ts'),
          import('@aws-sdk/client-rds'),
        ]);
        return listClusterBackups(new RDSClient(clientOptions(target)), config.source.host);
      },
    },
    keyRows: openKeyRows({ dynamo: new DynamoDBClient(clientOptions(vault)), table: config.keysTable }),
  };
}

function otherBucket({ region, bucket }: FunctionConfig['otherVaults'][number], vault: VaultTarget) {
  return { client: new S3Client(clientOptions({ ...vault, region })), bucket };
}

/** With the own trail of the region, and only while it is active. */
function inRegion(deps: Deps, region: string, home: string, { requireActive }: AwsRegions): Deps {
  const vault = trailVault(deps.vault, region, home);
  return { ...deps, vault, catalog: trailCatalog(deps.catalog, region, home), requireActive };
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
  const documentIn = async (name: string): Promise<unknown> => JSON.parse(await readFile(beside(name), 'utf8'));
  return {
    model: await readModelFile(beside(MODEL_FILE)),
    tenants: TenantSettings.parse(await documentIn(TENANT_SETTINGS_FILE)),
    governance: GovernanceSettings.parse(await documentIn(GOVERNANCE_FILE)),
    operations: OperationsSettings.parse(await documentIn(OPERATIONS_FILE)),
  };
}

function fromFiles({ model, ...settings }: InstallationFiles) {
  return { model: parseModel(model, 'the deployed tenant model'), ...settings };
}

/** Outside the source system where the deployment names a place there; its secret is in the region that its ARN says. */
function drillDatabase(
  config: FunctionConfig,
  { drills }: OperationsSettings,
): Pick<FunctionConfig, 'source' | 'region'> {
  if (drills?.scratch === undefined) return config;
  const { secretArn, ...place } = drills.scratch;
  const source = { ...config.source, ...place, authentication: { kind: 'secret', secretArn } } as const;
  return { source, region: secretArn.split(':')[3] ?? config.region };
}

async function openSource(
  { source, region }: Pick<FunctionConfig, 'source' | 'region'>,
  target: AwsTarget,
  caFile: string,
): Promise<DatabaseSource> {
  const { host, port, database, authentication } = source;
  const login =
    authentication.kind === 'secret'
      ? { secret: authentication.secretArn, secrets: new SecretsManagerClient(clientOptions({ ...target, region })) }
      : {
          user: authentication.user,
          signer: await tokenSigner({ hostname: host, port, username: authentication.user, region }, target),
        };
  const found = await databaseSource({ host, port, database, caFile }, login);
  const plain = (url: string) => (source.tls ? url : url.slice(0, url.indexOf('?')));
  return { url: plain(found.url), renew: async () => plain(await found.renew()) };
}

/** Loaded where it is used: it brings every way to find credentials, and most functions need none of them. */
async function tokenSigner(login: Omit<SignerConfig, 'credentials'>, target: AwsTarget): Promise<Signer> {
  const { Signer: TokenSigner } = await import('@aws-sdk/rds-signer');
  // From a client with this target: the signer itself does not read profiles.
  return new TokenSigner({ ...login, credentials: () => new KMS(clientOptions(target)).config.credentials() });
}

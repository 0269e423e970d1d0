/**
 * The example app deployed to an emulator with a real PostgreSQL behind it, as the end-to-end tests use it: a small
 * fleet of three tenants, and the operations of a test on it.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { inject } from 'vitest';
import { openDynamoCatalog } from '../../lib/aws/dynamo-catalog.ts';
import type { DeploymentInput } from '../../lib/infra/deployment.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { readModelFile } from '../../lib/operations/model/model-file.ts';
import type { Catalog } from '../../lib/ports.ts';
import { bundledFunctions } from '../support/bundled-functions.ts';
import { EXAMPLE_TABLES } from '../support/example-tables.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { replicate, vaultOf } from './emulated-replication.ts';
import {
  ACCOUNT,
  type Emulator,
  type EmulatorOptions,
  eventually,
  lockBucket,
  REGION,
  startEmulator,
} from './emulator.ts';
import { makeRole, signIn } from './people.ts';
import { postSigned, type SigningKeys } from './signed-requests.ts';

export const INSTALLATION = 'e2e-installation';
export const TENANTS = ['acme', 'globex', 'initech'];
/** The secondary region. */
export const STANDBY = 'eu-west-1';
const MODEL = join(import.meta.dirname, '../infra/tenant-model.example.yaml');
const SCHEMA = `${EXAMPLE_TABLES}
  INSERT INTO tenants SELECT t, 'Tenant ' || t FROM unnest(ARRAY['acme', 'globex', 'initech']) t;
  INSERT INTO projects SELECT t.id, row_number() OVER (), 'Project' FROM tenants t, generate_series(1, 20);
  INSERT INTO tasks SELECT id * 10 + n, id, 'note' FROM projects, generate_series(1, 5) n;`;

export interface Deployed {
  readonly emulator: Emulator;
  readonly db: TestDatabase;
  readonly catalog: Catalog;
  /** An output of a stack of the account, such as `console`. */
  output(stack: string, name: string): Promise<string>;
  /** Ships now, rather than in a minute. */
  ship(): Promise<void>;
  momentNow(): Promise<string>;
  rowsOf(tenant: string): Promise<string[]>;
  stagingSchemas(): Promise<string[]>;
  /** Requests a restore at the URL as that person, signed in as an operator; returns the ARN of the execution. */
  request(person: string, input: object, region?: string): Promise<string>;
  /** Calls the function's URL as that person, signed in as an approver. */
  decide(
    person: string,
    approval: Readonly<Record<'tenant' | 'id' | 'hash', string | undefined>>,
    decision: 'approve' | 'refuse',
    region?: string,
  ): Promise<{ statusCode: number; body: Record<string, unknown> }>;
  dispose(): Promise<void>;
}

type Changed = 'approvals' | 'console' | 'fleet' | 'people' | 'regions' | 'vault';

export interface DeployOptions extends Pick<Partial<DeploymentInput>, Changed> {
  /** With the standby in the secondary region, and replication in both directions. */
  readonly standby?: boolean;
  /** Directory of the built pages, with `console`. @default - a console cannot be deployed */
  readonly site?: string;
  /** Of the emulator and its functions. */
  readonly variables?: EmulatorOptions['variables'];
}

/** Bootstraps and deploys under that name with the CDK command line. */
export async function deploy(
  name: string,
  { standby, site, variables, ...change }: DeployOptions = {},
): Promise<Deployed> {
  const db = await testDatabase(18);
  // Slots belong to the server, not to the database.
  const slot = `e2e_${db.name}`;
  await db.query(SCHEMA);
  await doctorFix({ source: db.source, slot, publication: 'holdfast', model: await readModelFile(MODEL) });
  const emulator = await startEmulator({ ...(variables && { variables }) });
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-deployment-'));
  const file = join(directory, 'deployment.ts');
  const { source, ...rest } = deploymentOf(name, db, slot, await makeSecret(emulator, db, REGION));
  const there = standby && { standby: standbyOf(db, await makeSecret(emulator, db, STANDBY)) };
  const vaultAccount = change.vault?.account;
  const deployment = { ...rest, source: { ...source, ...there }, ...change };
  await writeFile(file, `export default ${JSON.stringify(deployment)};\n`);
  const context = [
    ...['--context', `deployment=${file}`, '--context', `bundles=${await bundledFunctions(inject('runDirectory'))}`],
    ...(site === undefined ? [] : ['--context', `site=${site}`]),
    ...['--app', `${process.execPath} test/e2e/emulated-app.ts`],
  ];
  const ofVault = vaultAccount === undefined ? emulator : emulator.inAccount(vaultAccount);
  const bootstrap = (of: Pick<Emulator, 'cdk'>, account: string) =>
    of.cdk('bootstrap', ...[REGION, STANDBY, 'eu-north-1'].map(region => `aws://${account}/${region}`));
  const deploying = ['--require-approval', 'never', '--concurrency', '3', ...context];
  await bootstrap(emulator, ACCOUNT);
  const outputsFile = join(directory, 'outputs.json');
  if (vaultAccount === undefined) await emulator.cdk('deploy', '--all', '--outputs-file', outputsFile, ...deploying);
  else {
    await bootstrap(ofVault, vaultAccount);
    // As docs/on-aws.md says, each with the credentials of its account.
    await ofVault.cdk('deploy', `${name}-vault-*`, `${name}-replica-*`, ...deploying);
    await emulator.cdk('deploy', '--exclusively', `${name}-!(vault-*|replica-*)`, ...deploying);
  }
  await lockBucket(ofVault, vaultOf(name, REGION, vaultAccount), 30);
  if (standby) {
    await lockBucket(emulator, vaultOf(name, STANDBY), 30, STANDBY);
    await replicate(emulator, name, STANDBY);
  }
  const approvers: Record<string, string> = { [REGION]: await makeRole(emulator, 'Approver', [`${name}-approver`]) };
  if (standby) approvers[STANDBY] = await makeRole(emulator, 'StandbyApprover', [`${name}-approver-standby`]);
  const operators: Record<string, string> = {
    [REGION]: await makeRole(emulator, 'Requester', [`${name}-operator`, `${name}-workflows`]),
  };
  if (standby)
    operators[STANDBY] = await makeRole(emulator, 'StandbyRequester', [
      `${name}-operator-standby`,
      `${name}-workflows-standby`,
    ]);
  const call = async (fn: string, credentials: SigningKeys, { region, body }: { region: string; body: object }) => {
    const sender = { endpoint: emulator.endpoint, service: 'lambda', region, credentials };
    const headers = { 'content-type': 'application/json' };
    const path = await emulator.functionUrl(`${name}-${fn}`, region);
    const response = await postSigned(sender, path, JSON.stringify(body), headers);
    return { statusCode: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const catalog = openDynamoCatalog({ client: new DynamoDBClient(ofVault.target), table: `${name}-catalog` });
  return {
    ...{ emulator, db, catalog },
    output: async (stack, output) => JSON.parse(await readFile(outputsFile, 'utf8'))[`${name}-${stack}`][output],
    async ship() {
      await eventually('a run of the shipper succeeds', async () => {
        const { failed, answer } = await emulator.invoke(`${name}-ship-log`, {});
        if (failed && !/slot-busy|lost-race/.test(JSON.stringify(answer))) throw new Error(JSON.stringify(answer));
        return failed ? undefined : answer;
      });
    },
    async momentNow() {
      const [row] = await db.query(
        'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
      );
      return row.now;
    },
    async rowsOf(tenant) {
      const rows = await db.query(
        `SELECT t::text AS line FROM tenants t WHERE id = $1 UNION ALL SELECT p::text FROM projects p WHERE tenant_id = $1
         UNION ALL SELECT k::text FROM tasks k JOIN projects p ON p.id = k.project_id WHERE p.tenant_id = $1 ORDER BY 1`,
        [tenant],
      );
      return rows.map(row => row.line);
    },
    async stagingSchemas() {
      const rows = await db.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast_stage%'`);
      return rows.map(row => row.nspname);
    },
    async request(person, input, region = REGION) {
      const { statusCode, body } = await call('request-restore', await signIn(emulator, operators[region]!, person), {
        ...{ region, body: { id: randomUUID(), input } },
      });
      if (statusCode !== 200) throw new Error(JSON.stringify(body));
      return body.execution as string;
    },
    async decide(person, { tenant, id, hash }, decision, region = REGION) {
      const body = { tenant, id, hash, decision };
      return call('approve', await signIn(emulator, approvers[region]!, person), { region, body });
    },
    async dispose() {
      await catalog.close();
      await emulator.stop();
      await db.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeSecret(emulator: Emulator, db: TestDatabase, region: string): Promise<string> {
  const { username, password } = new URL(db.url);
  const secrets = new SecretsManagerClient({ ...emulator.target, region });
  const SecretString = JSON.stringify({ username, password: decodeURIComponent(password) || 'none' });
  return (await secrets.send(new CreateSecretCommand({ Name: 'database', SecretString }))).ARN!;
}

function deploymentOf(name: string, db: TestDatabase, slot: string, secretArn: string): DeploymentInput {
  const { hostname, port } = new URL(db.url);
  return {
    ...{ name, installation: INSTALLATION, account: ACCOUNT, tenantModel: MODEL },
    source: {
      ...{ host: hostname, port: Number(port), database: db.name, tls: false, slot },
      authentication: { kind: 'secret', secretArn },
      ...{
        vpcId: 'vpc-0a1b2c3d',
        subnetIds: ['subnet-0a1b2c3d'],
        availabilityZones: [`${REGION}a`],
        securityGroupId: 'sg-0a1b2c3d',
      },
    },
    regions: { primary: REGION, secondary: STANDBY, tertiary: 'eu-north-1' },
    alarms: { emails: ['on-call@example.com'] },
  };
}

/** The primary's database serves as the standby. */
function standbyOf(db: TestDatabase, secretArn: string): NonNullable<DeploymentInput['source']['standby']> {
  const { hostname, port } = new URL(db.url);
  return {
    ...{ host: hostname, port: Number(port), secretArn },
    ...{ vpcId: 'vpc-0b1b2c3d', subnetIds: ['subnet-0b1b2c3d'], availabilityZones: [`${STANDBY}a`] },
    securityGroupId: 'sg-0b1b2c3d',
  };
}

/**
 * Every function, as bundled and configured, does its work in both key modes: against servers that emulate AWS
 * (MiniStack; with pooled keys moto's KMS, DynamoDB and STS, because MiniStack's KMS has no ReEncrypt) and a real
 * PostgreSQL. Their requests to AWS are recorded and evaluated, one by one, against the policies of the synthesized
 * templates by MiniStack's evaluator: otherwise a missing permission would show only on real AWS.
 *
 * Limits of the servers: they enforce no policies here (test/e2e/aws.test.ts does, with dedicated keys); moto signs digests
 * wrongly (MessageType DIGEST), so signing is MiniStack's in both modes. No object here is large enough for a multipart
 * upload, and no lock has ended: those requests are covered by test/infra/least-privilege.test.ts.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import example from '../../deployment.example.ts';
import { clientOptions } from '../../lib/aws/clients.ts';
import { openDedicatedKeyring } from '../../lib/aws/dedicated-keys.ts';
import { openPooledKeyring } from '../../lib/aws/pooled-keys.ts';
import { NO_GOVERNANCE } from '../../lib/domain/governance-settings.ts';
import type { Role } from '../../lib/domain/principal.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { functionCode, installationFiles } from '../../lib/infra/constructs/function-code.ts';
import type { DeploymentInput } from '../../lib/infra/deployment.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { readModelFile } from '../../lib/operations/model/model-file.ts';
import type { RequestCounts } from '../../lib/planner/request-counts.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { readSourceIdentity } from '../../lib/postgres/server/source-identity.ts';
import { answer, type Principal, type World, worldOf } from '../infra/policy-simulation.ts';
import { ACCOUNT, CONSOLE, synthesized } from '../infra/synthesized.ts';
import { bundledFunctions } from '../support/bundled-functions.ts';
import { createCatalogTable } from '../support/catalog-table.ts';
import { functionProcesses } from '../support/function-processes.ts';
import { createKeyTable } from '../support/key-table.ts';
import { askedBy, type Call, plannedFor } from '../support/planned-requests.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type RecordedRequest, type Recorder, startRecorder } from '../support/recorded-aws.ts';
import { gatewayEvent, type ServedIssuer, servedIssuer } from '../support/served-issuer.ts';
import { startMinistack, startMoto, type TestServer } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever the function returns
type Loose = any;

const MODEL = join(import.meta.dirname, '../infra/tenant-model.example.yaml');
const REGION = 'eu-central-1';
const TENANTS = ['acme', 'globex'];
const ROLES: Record<string, Role[]> = {
  ...{ 'user/alice': ['operator'], 'user/ann': ['operator'], 'user/bob': ['approver'], 'user/carol': ['approver'] },
  ...{ 'user/lena': ['legal-officer'], 'user/sam': ['system-administrator'] },
};
const SCHEMA = `
  CREATE TABLE tenants (id text PRIMARY KEY, name text NOT NULL);
  CREATE TABLE countries (code text PRIMARY KEY);
  CREATE TABLE projects (tenant_id text NOT NULL REFERENCES tenants, id int UNIQUE, title text NOT NULL, PRIMARY KEY (tenant_id, id));
  CREATE TABLE tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects (id) ON DELETE CASCADE, note text);
  CREATE INDEX ON tasks (project_id);
  ALTER TABLE tasks REPLICA IDENTITY FULL;
  INSERT INTO tenants SELECT t, 'Tenant ' || t FROM unnest(ARRAY['acme', 'globex']) t;
  INSERT INTO projects SELECT t.id, row_number() OVER (), 'Project' FROM tenants t, generate_series(1, 10) t2;
  INSERT INTO tasks SELECT id * 10 + n, id, 'note' FROM projects, generate_series(1, 5) n;`;

const SITE = `holdfast-status-${ACCOUNT}-${REGION}`;
const HANDLERS: Readonly<Record<string, string>> = {
  'record-restore-failure': 'record-failure',
  'region-drill-tenant': 'drill-tenant',
};

/** After these, processes that have opened a key could still use it, or miss it, for a while. */
const CHANGE_KEYS = [
  'replicate-keys',
  'restore-keys',
  'place-hold',
  'release-hold',
  'destroy-tenant',
  'finish-destructions',
];
/** Of these, later calls of a process do not ask for everything that some call asks for: each has a process of its own. */
const FIRST_CALLS = ['drill-tenant', 'request-action'];

/** Whether processes of all functions must not go on as if nothing had happened. */
function changesKeys(name: string, event: { readonly body?: string }): boolean {
  const cancels = name === 'request-action' && event.body?.includes('"cancel"') === true;
  return cancels || CHANGE_KEYS.includes(name);
}

/** The tests of one key mode: each has a file of its own, so that both run at once. */
export function everyFunction(mode: 'dedicated' | 'pooled'): void {
  let db: TestDatabase;
  let ministack: TestServer;
  let keys: TestServer;
  let recorder: Recorder;
  let world: World;
  let issuer: ServedIssuer;
  let code: string;
  const processes = functionProcesses();
  const invoked = new Set<string>();
  /** Until they are compared with the planner's counts, which are of first calls, each call has a process of its own. */
  let firstCallsOnly = true;
  /** Until replicas are made: everything before must not need another region. */
  let otherRegionsSilent = true;
  const calls: Call[] = [];
  const ref = (tenant: string) => tenantRef(example.installation, tenantId(tenant));

  beforeAll(async () => {
    db = await testDatabase(18);
    await db.query(SCHEMA);
    ministack = await startMinistack({ MINISTACK_REGION: REGION, MINISTACK_ACCOUNT_ID: ACCOUNT });
    keys = mode === 'pooled' ? await startMoto() : ministack;
    recorder = await startRecorder({
      account: ACCOUNT,
      ...{ vaultKey: 'alias/holdfast/vault', noticesKey: 'alias/holdfast/notices' },
      silent: region => otherRegionsSilent && region !== REGION,
      route(service, target) {
        const signs = /\.(Sign|GetPublicKey)$/.test(target);
        return ['kms', 'dynamodb', 'sts'].includes(service) && !signs ? keys.port : ministack.port;
      },
    });
    const source = { ...example.source, ...(await sourceOf()) };
    await makeVault();
    const model = await readModelFile(MODEL);
    await doctorFix({ source: db.source, slot: source.slot!, publication: 'holdfast', model });
    const { host, port, database, authentication } = source;
    const { secretArn } = authentication as { secretArn: string };
    const scratch = { host, port: port!, database, secretArn };
    issuer = await servedIssuer();
    world = worldOf(synthesized({ keys: { mode }, source, drills: { scratch }, statusPage: {}, console: CONSOLE }));
    const drills = { kinds: ['single-tenant' as const], region: 'eu-west-1', atOnce: 1, scratch };
    const operations = { drills, console: issuer.settings };
    code = functionCode(
      installationFiles(MODEL, { tiers: {}, retention: {} }, { ...NO_GOVERNANCE, roles: ROLES }, operations),
      'none',
      await bundledFunctions(inject('runDirectory')),
    );
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    await processes.end();
    await recorder?.stop();
    await issuer?.stop();
    await ministack?.stop();
    if (keys !== ministack) await keys?.stop();
    await db?.drop();
    if (code) await rm(code, { recursive: true, force: true });
  });

  async function sourceOf(): Promise<Partial<DeploymentInput['source']>> {
    const { hostname, port, username, password } = new URL(db.url);
    const SecretString = JSON.stringify({ username, password: decodeURIComponent(password) || 'none' });
    const secrets = new SecretsManagerClient(clientOptions(ministack.target));
    const secretArn = (await secrets.send(new CreateSecretCommand({ Name: 'database', SecretString }))).ARN!;
    return {
      ...{ host: hostname, port: Number(port), database: db.name, tls: false, slot: `recorded_${db.name}` },
      authentication: { kind: 'secret', secretArn },
    };
  }

  /** The resources of the vault and observability stacks. */
  async function makeVault(): Promise<void> {
    const { target } = ministack;
    for (const region of [REGION, 'eu-west-1', 'eu-north-1']) {
      const s3 = new S3Client({ ...clientOptions(target), region, forcePathStyle: true });
      const Bucket = `holdfast-vault-${ACCOUNT}-${region}`;
      await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    }
    await new S3Client({ ...clientOptions(target), forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: SITE }),
    );
    const dynamo = new DynamoDBClient(clientOptions(keys.target));
    await createCatalogTable(dynamo, 'holdfast-catalog');
    await createKeyTable(dynamo, 'holdfast-keys');
    const signing = new KMS(clientOptions(target));
    const { KeyMetadata } = await signing.createKey({
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      MultiRegion: true,
    });
    await signing.createAlias({ AliasName: 'alias/holdfast/signing', TargetKeyId: KeyMetadata!.KeyId! });
    for (const region of ['eu-west-1', 'eu-north-1']) {
      await signing.replicateKey({ KeyId: KeyMetadata!.KeyId!, ReplicaRegion: region });
      const there = new KMS({ ...clientOptions(target), region });
      await there.createAlias({ AliasName: 'alias/holdfast/signing', TargetKeyId: KeyMetadata!.KeyId! });
      await createCatalogTable(new DynamoDBClient({ ...clientOptions(keys.target), region }), 'holdfast-catalog');
    }
    const kms = new KMS(clientOptions(keys.target));
    const pool = (await kms.createKey({})).KeyMetadata!.KeyId!;
    await kms.createAlias({ AliasName: 'alias/holdfast/pool', TargetKeyId: pool });
    for (const Name of ['holdfast-alarm', 'holdfast-info'])
      await new SNSClient(clientOptions(target)).send(new CreateTopicCommand({ Name }));
    const definition = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Pass', End: true } } });
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/any`;
    for (const name of [
      'holdfast-back-up-fleet',
      'holdfast-restore-tenant',
      'holdfast-restore-tenants',
      'holdfast-carry-out-request',
      'holdfast-finish-destructions',
    ])
      await call('AWSStepFunctions.CreateStateMachine', { name, roleArn, definition });
  }

  async function replicateCatalog(region: string): Promise<void> {
    const here = new DynamoDBClient(clientOptions(keys.target));
    const there = new DynamoDBClient({ ...clientOptions(keys.target), region });
    const TableName = 'holdfast-catalog';
    for await (const { Items = [] } of paginateScan({ client: here }, { TableName }))
      for (const Item of Items) await there.send(new PutItemCommand({ TableName, Item }));
  }

  async function call(target: string, body: object): Promise<void> {
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/states/aws4_request, SignedHeaders=host, Signature=x`;
    const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0', authorization };
    const response = await fetch(ministack.target.endpoint!, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
  }

  /** Returns the function's result; its requests are recorded. Throws its error as a state machine would see it. */
  async function invoke(name: string, event: object): Promise<Loose> {
    const { config } = world.functions.get(name)!;
    const sentBefore = recorder.sent.length;
    invoked.add(name);
    const bundle = join(code, `${HANDLERS[name] ?? name}.mjs`);
    const { result, error, log } = await processes.call(bundle, event, {
      ...process.env,
      ...{ AWS_ENDPOINT_URL: recorder.endpoint, AWS_REGION: REGION, AWS_EC2_METADATA_DISABLED: 'true' },
      ...{ AWS_ACCESS_KEY_ID: name, AWS_SECRET_ACCESS_KEY: 'test', HOLDFAST_FUNCTION: JSON.stringify(config) },
      ...{ POWERTOOLS_TRACE_ENABLED: 'false', POWERTOOLS_SERVICE_NAME: 'holdfast' },
      NODE_COMPILE_CACHE: join(code, 'compiled'),
    });
    if (firstCallsOnly || changesKeys(name, event)) await processes.end();
    else if (FIRST_CALLS.includes(name)) await processes.end(bundle);
    if (error !== undefined) throw new Error(`${name}: ${error.name} ${error.message}\n${log.slice(-3000)}`);
    calls.push({ name, sent: recorder.sent.slice(sentBefore).filter(({ by }) => by === name) });
    return result;
  }

  async function backUp(tenant: string, read: 'auto' | 'full' = 'auto', meanwhile = async () => {}): Promise<void> {
    const request = { reason: 'manual', read };
    const planned = await invoke('plan-snapshot', { tenant: ref(tenant), request });
    for (const part of planned.parts) expect(await invoke('read-part', part)).toMatchObject({ done: true });
    const committed = invoke('commit-snapshot', { tenant: planned.tenant, backup: planned.backup });
    await Promise.all([committed, meanwhile()]);
  }

  /** As in the state machine: checked, planned, staged in as many calls as needed. */
  async function staged(input: object): Promise<{ request: Loose; staging: Loose }> {
    const { request } = await checked(await requested(input));
    let staging = await invoke('plan-restore', { request });
    while (!staging.done) staging = await invoke('stage-restore', { staging });
    return { request, staging };
  }

  /** As its URL calls it for that person. Returns what the execution was started with. */
  async function requested(input: object, workflow = 'restore-tenant'): Promise<{ input: object; execution: string }> {
    const id = randomUUID();
    const answer = await invoke('request-restore', calledBy('alice', { id, input, workflow }));
    const { execution, requestedBy } = JSON.parse(answer.body);
    return { input: { ...input, requestedBy }, execution };
  }

  const checked = (started: { input: object; execution: string }): Promise<Loose> =>
    invoke('check-restore', { ...started, startedAt: new Date().toISOString() });

  async function verify(tenant: string): Promise<Loose> {
    let step = await invoke('verify-backup', { tenant: ref(tenant) });
    while (step.done === false) {
      if (step.waiting) await invoke('ship-log', {});
      step = await invoke('verify-backup', { tenant: ref(tenant), run: step.run });
    }
    return step;
  }

  async function rebuild(): Promise<Loose> {
    const rebuilt: Loose[] = [];
    for (let shard of (await invoke('plan-rebuild', { input: {} })).shards) {
      do shard = await invoke('rebuild-catalog', { shard });
      while (!shard.done);
      rebuilt.push(shard.counts);
    }
    let log = await invoke('rebuild-log', {});
    while (!log.done) log = await invoke('rebuild-log', { log });
    return invoke('finish-rebuild', { rebuilt, log });
  }

  async function approve({ tenant, id, hash }: Loose, person: string): Promise<Loose> {
    return JSON.parse((await invoke('approve', calledBy(person, { tenant, id, hash, decision: 'approve' }))).body);
  }

  function calledBy(person: string, body: object) {
    const userArn = `arn:aws:iam::${ACCOUNT}:user/${person}`;
    return { requestContext: { authorizer: { iam: { userArn } } }, body: JSON.stringify(body) };
  }

  async function rowsOf(tenant: string): Promise<string[]> {
    const rows = await db.query(
      `SELECT t::text AS line FROM tenants t WHERE id = $1 UNION ALL SELECT p::text FROM projects p WHERE tenant_id = $1
       UNION ALL SELECT k::text FROM tasks k JOIN projects p ON p.id = k.project_id WHERE p.tenant_id = $1 ORDER BY 1`,
      [tenant],
    );
    return rows.map(row => row.line);
  }

  async function momentNow(): Promise<string> {
    const [row] = await db.query(
      'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
    );
    return row.now;
  }

  it('ships, plans the fleet and backs it up', async () => {
    expect(await invoke('ship-log', {})).toMatchObject({ caughtUp: true });
    const fleet = await invoke('plan-fleet', { input: {} });
    expect(fleet.tenants).toBe(2);
    for (const shard of fleet.shards) await invoke('list-shard', { shard, request: fleet.request });
    for (const tenant of TENANTS) await backUp(tenant);
    const done = TENANTS.map(tenant => ({ tenant }));
    await invoke('summarize-shard', { results: done });
    await invoke('finish-fleet', { workflow: 'fold-incrementals', request: fleet.request });
  });

  it('folds what changed, reuses what did not, and verifies', async () => {
    await db.query(`UPDATE tasks SET note = 'changed' WHERE id % 3 = 0`);
    await invoke('ship-log', {});
    expect(await invoke('plan-fleet', { input: { changed: true } })).toMatchObject({ tenants: 2 });
    for (const tenant of TENANTS) {
      expect(await invoke('fold-tenant', { tenant: ref(tenant) })).toMatchObject({ incrementals: 1 });
    }
    await backUp('acme');
    await db.query(`UPDATE tasks SET note = 'later' WHERE id % 7 = 0`);
    await invoke('ship-log', {});
    for (const tenant of TENANTS) expect(await verify(tenant)).toMatchObject({ rows: 61 });
    const request = { reason: 'manual', keep: 'annual' };
    expect(await invoke('archive-tenant', { tenant: ref(TENANTS[0]!), request })).toMatchObject({ rows: 61 });
  });

  it('makes in each of these calls the S3 and catalog requests that the planner counts', () => {
    firstCallsOnly = false;
    const compared = calls.flatMap(call => {
      const planned = plannedFor(call);
      return planned === undefined ? [] : [{ name: call.name, asked: askedBy(call), planned }];
    });
    expect(new Set(compared.map(({ name }) => name))).toEqual(
      new Set([
        ...['ship-log', 'list-shard', 'summarize-shard', 'fold-tenant', 'plan-snapshot', 'read-part'],
        ...['commit-snapshot', 'verify-backup'],
      ]),
    );
    const without = ({ reads: _, ...counts }: RequestCounts) => counts;
    expect(compared.map(({ name, asked }) => [name, without(asked)])).toEqual(
      compared.map(({ name, planned }) => [name, without(planned)]),
    );
    // Two concurrent uses of a key may cause one request or two; branch keys are also read from the table of keys.
    if (mode === 'pooled') return;
    const apart = compared.filter(
      ({ asked, planned }) => asked.reads > planned.reads || asked.reads < planned.reads - 5,
    );
    expect(apart).toEqual([]);
  });

  it('waits for the shipper where a full read finds changes that the log does not contain yet', async () => {
    await db.query(`UPDATE projects SET title = 'unshipped' WHERE tenant_id = 'acme' AND id = 1`);
    await backUp('acme', 'full', () => invoke('ship-log', {}));
  });

  it('finds in a preflight what is missing, and nothing else', async () => {
    const found = await invoke('preflight', { input: {}, account: { left: 900 }, used: 40, settled: true });
    const errors = found.findings.filter(({ severity }: { severity: string }) => severity === 'error');
    expect(errors).toEqual([]);
    expect(found.ok).toBe(true);
  });

  it('begins no source epoch where the server continues the log', async () => {
    const { system, timeline } = await withConnection(db.source, 'test', readSourceIdentity);
    const input = { confirm: `${system}/${timeline}` };
    expect(await invoke('begin-epoch', { input })).toMatchObject({ begun: false, gapFrom: null });
  });

  it('restores a tenant in place after an approval, exactly, and touches no other', async () => {
    const before = await rowsOf('acme');
    const target = await momentNow();
    await db.query(`DELETE FROM projects WHERE tenant_id = 'acme' AND id % 2 = 0`);
    await db.query(`UPDATE tasks SET note = 'lost'`);
    const other = await rowsOf('globex');
    await invoke('ship-log', {});
    const request = { tenant: 'acme', target };
    const preview = await invoke('preview-restore', await staged(request));
    const entered = new Date().toISOString();
    await invoke('request-approval', { token: 'token', execution: 'execution', entered, preview });
    expect(await approve(preview, 'bob')).toMatchObject({ state: 'waiting' });
    expect(await approve(preview, 'carol')).toMatchObject({ state: 'approved' });
    expect(await invoke('apply-restore', { preview })).toMatchObject({ done: true });
    expect(await rowsOf('acme')).toEqual(before);
    expect(await rowsOf('globex')).toEqual(other);

    const again = await invoke('preview-restore', await staged(request));
    expect(again.counts).toEqual({ inserts: 0, updates: 0, deletes: 0, conflicts: 0 });
    const kept = { plan: again.planKey, tenant: again.tenant };
    expect(await checked(await requested(kept))).toMatchObject({ planned: true });
    expect(await invoke('clean-staging', { preview: again })).toMatchObject({ applied: false });
    const beside = await invoke('hand-over-restore', await staged({ ...request, sideBySide: true }));
    expect(beside).toMatchObject({ tenant: ref('acme'), rows: before.length });
    await expect(invoke('apply-restore', { preview: again })).rejects.toThrow(/not-approved/);
  });

  it('answers the console from the catalog, and about one tenant in a session', async () => {
    const token = await issuer.token({ groups: ['system-administrator'] });
    const ask = async (name: string, path: string): Promise<Loose> => {
      const { statusCode, body } = await invoke(name, gatewayEvent(`/api${path}`, token));
      expect(statusCode, body).toBe(200);
      return JSON.parse(body);
    };
    expect(await ask('serve-api', '/fleet')).toMatchObject({ counted: { totals: expect.anything() } });
    expect((await ask('serve-api', '/tenants?limit=1')).tenants).toHaveLength(1);
    const at = `/tenants/${ref('acme')}`;
    expect((await ask('serve-api', `${at}/timeline`)).window).not.toEqual([]);
    const { buckets } = await ask('serve-tenant', `${at}/activity`);
    expect(buckets).not.toEqual([]);
    const [found] = (await ask('serve-tenant', `${at}/transactions?limit=1`)).transactions;
    const { transaction } = await ask('serve-tenant', `${at}/transactions/${found.lsn}/rows`);
    expect(transaction).toMatchObject({ lsn: found.lsn });
  });

  it('asks for a restore for somebody of the console, and takes the decision of another', async () => {
    const at = `/tenants/${ref('acme')}`;
    const ask = async (sub: string, path: string, body?: object, name = 'serve-requests'): Promise<Loose> => {
      const token = await issuer.token({ sub, groups: ['operator', 'approver', 'system-administrator'] });
      const { statusCode, body: text } = await invoke(name, gatewayEvent(`/api${path}`, token, body));
      expect(String(statusCode), text).toMatch(/^20/);
      return JSON.parse(text);
    };
    const target = await momentNow();
    await db.query(`UPDATE tasks SET note = 'shown' WHERE id % 5 = 0`);
    await invoke('ship-log', {});
    const begun = await ask('anna', `${at}/previews`, { target });
    const execution = `arn:aws:states:${REGION}:${ACCOUNT}:execution:holdfast-restore-tenant:${begun.id}`;
    const { body } = recorder.sent.findLast(({ target }) => target.endsWith('StartExecution'))!;
    const { request } = await checked({ input: JSON.parse(JSON.parse(body).input), execution });
    expect(request.requestedBy).toMatch(/#anna$/);
    let staging = await invoke('plan-restore', { request });
    while (!staging.done) staging = await invoke('stage-restore', { staging });
    const kept = await invoke('preview-restore', { request, staging });
    expect(await ask('anna', `${at}/executions/${begun.id}`)).toMatchObject({ work: 'preview' });
    const opened = await ask('anna', `${at}/previews/${kept.id}`, undefined, 'serve-rows');
    expect(opened).toMatchObject({ isKept: true, isOwn: true, preview: { hash: kept.hash } });
    const place = `${at}/previews/${kept.id}/rows?table=public.tasks&limit=5`;
    const { rows } = await ask('anna', place, undefined, 'serve-rows');
    expect(rows).toHaveLength(5);
    const { previews } = await ask('anna', `${at}/previews?kept=true`, undefined, 'serve-rows');
    expect(previews[0]).toMatchObject({ id: kept.id, isKept: true });
    const asked = await ask('anna', `${at}/restores`, { preview: kept.id, hash: kept.hash, reason: 'a mistake' });
    await invoke('request-approval', {
      ...{ token: 'none that waits', execution: execution.replace(begun.id, asked.execution), entered: 'now' },
      preview: { ...kept, approvals: 1, takenUpBy: request.requestedBy },
    });
    // Here the state machine ends as soon as it begins.
    expect((await ask('bert', '/requests')).requests).toMatchObject([{ id: kept.id, state: 'done' }]);
    await ask('bert', `${at}/requests/${kept.id}/approve`, { planHash: kept.hash });
    expect((await ask('anna', `${at}/requests/${kept.id}`)).decisions).toMatchObject([{ agrees: true }]);
    expect((await ask('anna', `${at}/restores`)).restores).not.toEqual([]);
    await invoke('clean-staging', { preview: kept });
  });

  it('answers an operator’s questions about the log, without its rows', async () => {
    const context = `SELECT pg_logical_emit_message(true, 'holdfast.context', '{"job":"cleanup"}')`;
    await db.query(`BEGIN; ${context}; UPDATE tasks SET note = 'hidden-note' WHERE id % 2 = 0; COMMIT`);
    await invoke('ship-log', {});
    const ask = async (tenant: string, question: object): Promise<Loose> => {
      const body = { format: 'holdfast.investigation/1', tenant: ref(tenant), question };
      const { statusCode, body: text } = await invoke('investigate', calledBy('alice', body));
      expect(text).not.toMatch(/hidden-note|'note'/);
      expect(statusCode, text).toBe(200);
      return JSON.parse(text);
    };
    const search = { ask: 'transactions', range: {}, counts: {}, sort: 'time', limit: 10, context: 'job = clean*' };
    const [found] = (await ask('acme', search)).transactions;
    expect(found).toMatchObject({ total: 20, changes: [], context: { job: 'cleanup' } });
    expect(await ask('acme', { ask: 'transaction', transaction: String(found.xid) })).toMatchObject({
      transaction: { lsn: found.lsn },
    });
    const { buckets } = await ask('globex', { ask: 'activity', range: { from: found.time } });
    expect(buckets.reduce((sum: number, { update }: Loose) => sum + update, 0)).toBe(20);
    const revert = { ask: 'revert', transactions: [found.lsn], tables: [] };
    expect(await ask('acme', revert)).toMatchObject({ reverts: { only: [found.lsn] }, tables: ['public.tasks'] });
    const wrong = await invoke('investigate', calledBy('alice', { tenant: 'acme' }));
    expect(JSON.parse(wrong.body)).toMatchObject({ kind: 'input', code: 'bad-investigation' });
    const unknown = { ask: 'transaction', transaction: '0/1' };
    const body = { format: 'holdfast.investigation/1', tenant: ref('acme'), question: unknown };
    const refused = JSON.parse((await invoke('investigate', calledBy('alice', body))).body);
    expect(refused).toMatchObject({ kind: 'target', code: 'unknown-transaction' });
  });

  it('previews and restores many tenants, and looks for what an earlier run has restored', async () => {
    const startedAt = new Date().toISOString();
    const group = { group: 'some', tenants: TENANTS, where: "id = 'acme'", request: { target: await momentNow() } };
    await db.query(`DELETE FROM tasks WHERE id % 5 = 1`);
    await invoke('ship-log', {});
    const first = await requested({ ...group, previewOnly: true }, 'restore-tenants');
    const shown = await invoke('plan-group', { ...first, startedAt });
    expect(shown.members).toEqual([ref('acme')]);
    const { run, previewOnly } = shown;
    const step = { group: 'some', run, previewOnly, tenant: ref('acme') };
    const { name, input } = await invoke('begin-member', step);
    const { request } = await checked({ input, execution: first.execution.replace(/[^:]+$/, name) });
    expect(request).toMatchObject({ tenant: 'acme', group: 'some', requestedBy: expect.stringMatching(/user.alice$/) });
    let staging = await invoke('plan-restore', { request });
    while (!staging.done) staging = await invoke('stage-restore', { staging });
    const output = await invoke('preview-restore', { request, staging });
    expect(await invoke('note-member', { ...step, output })).toEqual({ state: 'previewed' });
    expect(await invoke('summarize-group', { group: 'some', run, previewOnly })).toMatchObject({ previewed: 1 });
    const again = await requested({ group: 'some' }, 'restore-tenants');
    const second = await invoke('plan-group', { ...again, startedAt: new Date().toISOString() });
    expect(second).toMatchObject({ members: [ref('acme')], previewOnly: false });
    const applying = { ...step, run: second.run, previewOnly: false };
    const begun = await invoke('begin-member', applying);
    expect(begun).toMatchObject({ start: true, input: { plan: output.planKey, tenant: ref('acme') } });
    const named = first.execution.replace(/[^:]+$/, begun.name);
    const { preview } = await checked({ input: begun.input, execution: named });
    await invoke('request-approval', { token: 'token', execution: named, entered: startedAt, preview });
    for (const person of ['bob', 'carol']) await approve(preview, person);
    const applied = await invoke('apply-restore', { preview });
    const error = { Error: 'States.TaskFailed', Cause: JSON.stringify({ Status: 'ABORTED' }) };
    // Its record says that it is restored, whatever became of the execution.
    expect(applied).toMatchObject({ done: true });
    expect(await invoke('note-member', { ...applying, error })).toEqual({ state: 'restored' });
    expect(await invoke('begin-member', applying)).toEqual({ start: false });
  });

  it('expires, rebuilds its catalog and reports failures', async () => {
    const plan = await invoke('plan-expiry', { input: {} });
    expect(plan.tenants).toBe(2);
    for (const tenant of TENANTS) await invoke('expire-tenant', { tenant: ref(tenant), request: { planOnly: false } });
    await invoke('expire-log', { request: { planOnly: false } });
    expect(await rebuild()).toMatchObject({ leftOut: 0, withoutKey: 0 });
    for (const [name, workflow] of [
      ['record-failure', 'back-up-fleet'],
      ['record-restore-failure', 'restore-tenant'],
    ] as const)
      await invoke(name, { workflow, error: { Error: 'Any' }, execution: 'one', step: 'any', entered: 'now' });
    const id = 'backup-failed/back-up-fleet';
    const unknown = await invoke('acknowledge-failure', calledBy('ann', { id, at: 'never', reason: 'seen' }));
    expect(JSON.parse(unknown.body)).toMatchObject({ code: 'unknown-failure' });
  });

  it('anchors and verifies the audit trail of what these people did', async () => {
    // What was asked about the log, and requested, decided, begun and done.
    const anchor = await invoke('anchor-audit', {});
    expect(anchor).toMatchObject({ chains: 3, contradictions: 0 });
    expect(anchor.events).toBeGreaterThan(12);
    expect(await invoke('verify-audit', {})).toEqual({ done: true, chains: 3, anchors: 1, problems: 0 });
    expect(await invoke('anchor-audit', {})).toMatchObject({ chains: 3, grown: 1 });
  });

  it('drills a tenant in as many calls as needed, and signs the record', async () => {
    const input = { kind: 'single-tenant', refs: [ref('acme')] };
    const planned = await invoke('plan-drill', { input, execution: 'arn:e' });
    let round = await invoke('begin-round', planned);
    const { job, phase, members } = round;
    let progress: Loose = { done: false };
    while (!progress.done) progress = await invoke('drill-tenant', { job, phase, member: members[0], progress });
    round = await invoke('begin-round', { ...round, results: [progress.result] });
    expect(round.over).toBe(true);
    expect(await invoke('end-drill', round)).toMatchObject({ kind: 'single-tenant', outcome: 'passed' });
  });

  it('makes reports with the facts of audits, call after call, and keeps them with their pages', async () => {
    const period = { from: '2026-01-01', to: '2026-01-02' };
    const now = new Date();
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 10);
    for (const input of [{ kind: 'daily' }, { kind: 'weekly', ...period }, { kind: 'monthly' }]) {
      let made = await invoke('build-report', { input });
      while (!made.done) made = await invoke('build-report', { input });
      expect(await invoke('build-report', { input })).toMatchObject(input.kind === 'weekly' ? { done: true } : made);
      if (input.kind === 'monthly') expect(made.key).toBe(`governance/reports/system/monthly/${first}`);
    }
  });

  it('keeps a post of an operator, and makes the status page with it', async () => {
    const post = { component: 'restores', state: 'identified', text: 'Restores are slow.' };
    expect(await invoke('post-status', calledBy('ann', post))).toMatchObject({ statusCode: 200 });
    const page = { bucket: SITE, title: 'Backup status', components: ['restores'] };
    expect(await invoke('build-status-page', page)).toMatchObject({ newestMoment: expect.any(String), altered: 0 });
  });

  it('has shipped, snapshot, folded, verified, restored and expired without a request to another region', () => {
    expect([...new Set(recorder.sent.map(({ region }) => region))]).toEqual([REGION]);
  });

  it.runIf(mode === 'dedicated')(
    'reports keys without a replica while a region is silent, and then makes them',
    async () => {
      // The key of each tenant, that of the log, and the auditors'.
      expect(await invoke('replicate-keys', {})).toMatchObject({
        withoutReplica: 4,
        failures: ['keyring-unreachable'],
      });
      otherRegionsSilent = false;
      const [alias] = [`alias/holdfast/${ref('acme')}`];
      expect(await invoke('replicate-keys', { alias })).toMatchObject({ checked: 1, withoutReplica: 3, failures: [] });
      expect(await invoke('replicate-keys', {})).toMatchObject({ checked: 3, withoutReplica: 0, failures: [] });
      expect(await invoke('replicate-keys', {})).toMatchObject({ checked: 0, withoutReplica: 0 });
      expect([...new Set(recorder.sent.map(({ by, region }) => (region === REGION ? '' : by)))].sort()).toEqual([
        '',
        'replicate-keys',
      ]);
    },
  );

  it('drills a lost region with the stores of the other region alone', async () => {
    otherRegionsSilent = false;
    const job = { id: '0mb2c4f1a-3f8a2c1d', kind: 'region', startedAt: '', startedBy: 'execution e', seed: 's' };
    const call = { job, phase: 'region', member: { tenant: ref('acme') }, progress: { done: false } };
    await replicateCatalog('eu-west-1');
    const { result } = await invoke('region-drill-tenant', call);
    expect(result.drilled).toMatchObject({ outcome: 'failed', problem: { code: 'object-missing' } });
    const asked = recorder.sent.filter(({ by }) => by === 'region-drill-tenant');
    const ofStores = asked.filter(({ service }) => ['s3', 'dynamodb', 'kms'].includes(service));
    expect([...new Set(ofStores.map(({ region }) => region))]).toEqual(['eu-west-1']);
  });

  it('proves and expires the copies of the other regions', async () => {
    otherRegionsSilent = false;
    const proof = await invoke('verify-replicas', {});
    // Nothing is a day old yet: nothing is expected elsewhere.
    expect(proof).toMatchObject({ withoutReplica: 0 });
    expect(proof.checked).toBeGreaterThan(10);
    expect(await invoke('expire-replicas', {})).toMatchObject({ lists: 0, refused: 0, caughtUp: true });
  });

  it('places a legal hold, and releases it after two approvals', async () => {
    const ask = async (person: string, action: string, input: object) => {
      const body = { action, tenant: ref('acme'), input, reason: 'case 17' };
      return JSON.parse((await invoke('request-action', calledBy(person, body))).body);
    };
    const carriedOut = async (name: string, { id, tenant }: Loose) => {
      let step = await invoke(name, { tenant, request: id });
      while (!step.done) step = await invoke(name, { tenant, request: id });
      expect(step.records).toBe(2);
    };
    expect(await ask('alice', 'hold', { matter: 'case 17' })).toMatchObject({ code: 'not-permitted' });
    const hold = await ask('lena', 'hold', { matter: 'case 17' });
    expect(hold).toMatchObject({ action: 'hold', approvals: 0 });
    await carriedOut('place-hold', hold);
    const plan = await invoke('plan-holds', { input: { reason: 'schedule' } });
    expect(plan).toMatchObject({ tenants: 1, shards: [{ only: [ref('acme')] }] });
    // What these calls stored since is held from the beginning.
    const keep = (run: string) => invoke('keep-holds', { tenant: ref('acme'), run });
    expect(await keep('week 1')).toMatchObject({ done: true, holds: 1, problems: 0, reviewsDue: 0 });
    const release = await ask('lena', 'release', { matter: 'case 17' });
    expect(release).toMatchObject({ approvals: 2 });
    const decide = async (person: string) => {
      const body = {
        tenant: ref('acme'),
        id: release.id,
        hash: release.planHash,
        action: 'release',
        decision: 'approve',
      };
      return JSON.parse((await invoke('approve', calledBy(person, body))).body);
    };
    expect(await decide('lena')).toMatchObject({ code: 'own-request' });
    await expect(invoke('release-hold', { tenant: ref('acme'), request: release.id })).rejects.toThrow(/not-permitted/);
    expect(await decide('bob')).toMatchObject({ state: 'waiting', told: false });
    // One kind of function refuses the request of another.
    expect(await decide('carol')).toMatchObject({ state: 'approved', told: true });
    await expect(invoke('place-hold', { tenant: ref('acme'), request: release.id })).rejects.toThrow(/unknown-action/);
    expect(await keep('week 2')).toMatchObject({ done: true, holds: 1, problems: 0 });
    await carriedOut('release-hold', release);
    expect(await keep('week 3')).toMatchObject({ done: true, holds: 0, objects: 0 });
    expect(await invoke('verify-audit', {})).toMatchObject({ problems: 0 });
  });

  it('approves a shorter retention', async () => {
    const policy = { dailyDays: 7, weeklyDays: 28, monthlyDays: 90, annualDays: 400, logDays: 7 };
    const input = { changes: [{ tenant: ref('acme'), policy }] };
    const body = { action: 'change-policy', tenant: ref('acme'), input, reason: 'cost' };
    const asked = JSON.parse((await invoke('request-action', calledBy('sam', body))).body);
    expect(asked).toMatchObject({ action: 'change-policy', approvals: 0 });
    const { id } = asked;
    expect(await invoke('change-policy', { tenant: ref('acme'), request: id })).toMatchObject({
      done: true,
      records: 1,
    });
  });

  it('exports a tenant into the vault, and only for whom the policies let ask', async () => {
    const input = { target: 'latest', form: 'csv' };
    const ask = async (person: string) => {
      const body = { action: 'export', tenant: ref('acme'), input, reason: 'Article 20' };
      return JSON.parse((await invoke('request-action', calledBy(person, body))).body);
    };
    for (const person of ['alice', 'lena']) expect(await ask(person)).toMatchObject({ code: 'not-permitted' });
    const { id: request, tenant } = await ask('sam');
    let step: Loose = { done: false };
    while (!step.done) step = await invoke('export-tenant', { tenant, request });
    expect(step).toEqual({ tenant, request, done: true, records: 1 });
    expect(await invoke('export-tenant', { tenant, request })).toEqual(step);
    await invoke('expire-tenant', { tenant, request: { planOnly: false } });
  });

  it.runIf(mode === 'pooled')('copies its branch keys into the vault, and puts lost ones back', async () => {
    expect(await invoke('copy-keys', {})).toEqual({ owners: 4, lost: 0 });
    const dynamo = new DynamoDBClient(clientOptions(keys.target));
    for (const type of ['branch:ACTIVE', 'beacon:ACTIVE']) {
      const Key = { 'branch-key-id': { S: ref('acme') as string }, type: { S: type } };
      await dynamo.send(new DeleteItemCommand({ TableName: 'holdfast-keys', Key }));
    }
    await processes.end();
    await expect(verify('acme')).rejects.toThrow(/no-key/);
    expect(await invoke('restore-keys', {})).toMatchObject({ copies: 1, rowsAdded: 2 });
    await invoke('ship-log', {});
    expect(await verify('acme')).toMatchObject({ rows: 61 });
  });

  const url = async (name: string, person: string, body: object) =>
    JSON.parse((await invoke(name, calledBy(person, body))).body);

  /** Orders it for globex, and returns what the step answered. */
  async function ordered(): Promise<Loose> {
    const body = { action: 'destroy', tenant: ref('globex'), input: { days: 7 }, reason: 'left us' };
    expect(await url('request-action', 'lena', body)).toMatchObject({ code: 'not-permitted' });
    const asked = await url('request-action', 'sam', body);
    expect(asked).toMatchObject({ action: 'destroy', approvals: 0 });
    expect(asked.sentences.join()).toMatch(/objects in 1 regions.*database's own backups/);
    return invoke('destroy-tenant', { tenant: ref('globex'), request: asked.id });
  }

  it('begins a destruction, and brings the key back for a hold and after a cancellation', async () => {
    const tenant = ref('globex');
    expect(await ordered()).toMatchObject({ done: true, records: 1 });
    await expect(verify('globex')).rejects.toThrow(/key-destroyed/);
    const input = { matter: 'case 18' };
    const hold = await url('request-action', 'lena', { action: 'hold', tenant, input, reason: 'case 18' });
    // As in the state machine.
    expect(await invoke('place-hold', { tenant, request: hold.id })).toMatchObject({ done: false });
    expect(await invoke('finish-destructions', { tenant })).toEqual({ done: true, tenant });
    expect(await invoke('place-hold', { tenant, request: hold.id })).toMatchObject({ done: true, records: 2 });
    expect(await verify('globex')).toMatchObject({ rows: 61 });
    const again = { action: 'destroy', tenant, input: {}, reason: 'left us' };
    expect(await url('request-action', 'sam', again)).toMatchObject({ code: 'not-permitted' });
    const release = await url('request-action', 'lena', { action: 'release', tenant, input, reason: 'settled' });
    for (const person of ['bob', 'carol']) {
      const decision = { action: 'release', decision: 'approve', tenant, id: release.id, hash: release.planHash };
      await url('approve', person, decision);
    }
    await invoke('release-hold', { tenant, request: release.id });

    expect(await ordered()).toMatchObject({ done: true });
    const cancel = { cancel: 'destroy', tenant, reason: 'they stay' };
    expect(await url('request-action', 'lena', cancel)).toMatchObject({ code: 'not-permitted' });
    expect(await url('request-action', 'sam', cancel)).toMatchObject({ tenant, number: 2 });
    await expect(verify('globex')).rejects.toThrow(/key-destroyed/);
    await invoke('finish-destructions', { tenant });
    expect(await verify('globex')).toMatchObject({ rows: 61 });
  });

  it('ends a destruction after its countdown, and removes what is left', async () => {
    expect(await ordered()).toMatchObject({ done: true });
    expect(await invoke('finish-destructions', {})).toMatchObject({ done: true, tenants: 1, failed: 0, late: 0 });
    // A week later.
    const dynamo = new DynamoDBClient(clientOptions(keys.target));
    await dynamo.send(
      new UpdateItemCommand({
        ...{ TableName: 'holdfast-keys', UpdateExpression: 'SET #until = :until' },
        Key: { 'branch-key-id': { S: ref('globex') as string }, type: { S: 'holdfast:destroyed' } },
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { S: new Date(Date.now() - 1000).toISOString() } },
      }),
    );
    // The emulator's KMS keeps the key: no certificate then. Branch keys are deleted at once.
    const failed = mode === 'pooled' ? 0 : 1;
    expect(await invoke('finish-destructions', {})).toMatchObject({ done: true, tenants: 1, failed, late: 0 });
    expect(await invoke('clear-destroyed', {})).toMatchObject({ done: true, tenants: 1, failed: 0 });
    const s3 = new S3Client({ ...clientOptions(ministack.target), region: REGION, forcePathStyle: true });
    const place = {
      Bucket: `holdfast-vault-${ACCOUNT}-${REGION}`,
      Prefix: `governance/destructions/${ref('globex')}/`,
    };
    const { Contents = [] } = await s3.send(new ListObjectsV2Command(place));
    const parts = Contents.map(({ Key }) => Key!.split('/').slice(3).join('/'));
    expect(
      parts.filter(part => part.startsWith('3/') || part.includes('0003/')).map(part => part.split('/')[1]),
    ).toEqual(mode === 'pooled' ? ['certificate', 'order', 'outcome'] : ['order', 'outcome']);
    expect(await invoke('verify-audit', {})).toMatchObject({ problems: 0 });
  });

  it('can open nothing of a tenant with a destroyed key, and everything of the others', async () => {
    const on = { kms: new KMS(clientOptions(keys.target)), dynamo: new DynamoDBClient(clientOptions(keys.target)) };
    const options = { ...on, table: 'holdfast-keys', clock: { now: () => new Date() } };
    const keyArn = (await on.kms.describeKey({ KeyId: 'alias/holdfast/pool' })).KeyMetadata!.Arn!;
    const replicas = ['eu-west-1', 'eu-north-1'].map(region => ({
      ...{ region, kms: new KMS({ ...clientOptions(keys.target), region }) },
    }));
    const keyring =
      mode === 'pooled'
        ? openPooledKeyring({ ...options, keyArn, keyStoreName: 'holdfast' })
        : openDedicatedKeyring({ ...options, replicas });
    const target = await momentNow();
    await invoke('ship-log', {});
    await keyring.destroyKey(ref('globex'));
    await processes.end();
    // Of one that is certified the catalog has no name.
    const refused = mode === 'pooled' ? /unknown-tenant|key-destroyed/ : /key-destroyed/;
    await expect(verify('globex')).rejects.toThrow(refused);
    const request = { tenant: 'globex', target };
    await expect(staged(request)).rejects.toThrow(refused);
    expect(await verify('acme')).toMatchObject({ rows: 61 });
    expect(await rebuild()).toMatchObject({ leftOut: 0 });
  });

  it('starts a scheduled run once', async () => {
    const due = { schedule: 'full', scheduledAt: '2026-01-31T01:00:00Z', input: { reason: 'schedule' } };
    const machine = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:holdfast-back-up-fleet`;
    const name = 'full-2026-01-31T01-00-00Z';
    expect(await invoke('start-run', { ...due, machine })).toEqual({ name, started: true });
    expect(await invoke('start-run', { ...due, machine })).toMatchObject({ name });
  });

  it('watches the primary from the secondary region', async () => {
    otherRegionsSilent = false;
    const seen = { silentSeconds: expect.any(Number), open: { 'backup-failed': 0 } };
    expect(await invoke('watch-primary', {})).toMatchObject(seen);
  });

  it('requests nothing from AWS that its role, or its session for a tenant, does not allow', async () => {
    const asked = recorder.taken();
    expect([...invoked].sort()).toEqual([...world.functions.keys()].sort());
    const refused: string[] = [];
    for (const [name, fn] of world.functions) {
      const requests = asked.filter(({ by }) => by === name);
      expect(requests.length, name).toBeGreaterThan(0);
      // The vault of the other region is empty here: nothing of the tenant is asked for.
      const isForTenant = fn.sessionRole !== undefined && name !== 'region-drill-tenant';
      expect(
        requests.some(request => request.session !== undefined),
        name,
      ).toBe(isForTenant);
      for (const request of distinct(requests)) {
        const destroys = request.session?.role.endsWith('/holdfast-destroy-keys');
        const principal = principalOf(request, fn.own, destroys ? destroyerOf(world) : fn.sessionRole);
        const said = await answer(world, principal, request);
        if (said !== 'Allowed')
          refused.push(
            `${principal.name}: ${request.action} on ${request.resource} ${JSON.stringify(request.context)}: ${said}`,
          );
      }
    }
    expect(refused).toEqual([]);
  });
}

/** A session with the policy actually requested from STS. */
function principalOf({ session }: RecordedRequest, own: Principal, role: Principal | undefined): Principal {
  if (session === undefined) return own;
  expect(session.role).toBe(role?.role);
  return { ...role!, name: `${own.name} in a session`, session: session.policy };
}

/** The role that destroys keys, which several functions take sessions of. */
function destroyerOf(world: World): Principal {
  const found = world.principals.find(({ name }) => name.startsWith('DestroyKeysRole'))!;
  return { ...found, role: `arn:aws:iam::${ACCOUNT}:role/holdfast-destroy-keys` };
}

function distinct(requests: readonly RecordedRequest[]): RecordedRequest[] {
  return [...new Map(requests.map(request => [JSON.stringify(request), request])).values()];
}

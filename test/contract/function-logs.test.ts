/**
 * The functions' logs at the most verbose level, for tenants with awkward ids and secret rows, never contain an id, a row
 * value, a key value or the database's password. Every function runs as deployed; most of them also fail here.
 */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDynamoCatalog } from '../../lib/aws/dynamo-catalog.ts';
import { OPERATIONS_FILE } from '../../lib/domain/operations-settings.ts';
import { SITE_DIRECTORY } from '../../lib/domain/published-console.ts';
import { StatusPage } from '../../lib/domain/status-page/status-page.ts';
import { type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { backups, runs } from '../../lib/operations/catalog/catalog-index.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { readModelFile } from '../../lib/operations/model/model-file.ts';
import { type DeployedFunctions, deployFunctions, type Loose, TABLE } from '../support/deployed-functions.ts';
import { EXAMPLE_TABLES } from '../support/example-tables.ts';
import type { Answered } from '../support/function-processes.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { gatewayEvent, servedIssuer } from '../support/served-issuer.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const MODEL = new URL('../infra/tenant-model.example.yaml', import.meta.url).pathname;
const LAMBDAS = new URL('../../lambdas', import.meta.url).pathname;
const INSTALLATION = 'function-logs';
const NASTY = ['secretcorp', 'secretcorp\n{"level":"ERROR","tenant":"forged"}', "secretcorp'; DROP TABLE tenants; --"];
const TENANT = NASTY[1]!;
/** All ids and values below contain one of these words. */
const SECRETS = /secretcorp|forged|hushhush|DROP TABLE|4711008/i;

let db: TestDatabase;
let functions: DeployedFunctions;
const called = new Map<string, Answered[]>();

const ref = (tenant: string): TenantRef => tenantRef(INSTALLATION, tenantId(tenant));

async function call(handler: string, event: unknown, change: object = {}): Promise<Answered> {
  const outcome = await functions.call(handler, event, change);
  called.set(handler, [...(called.get(handler) ?? []), outcome]);
  return outcome;
}

async function worked(handler: string, event: unknown, change: object = {}): Promise<Loose> {
  const { result, error } = await call(handler, event, change);
  expect(error, handler).toBeUndefined();
  return result;
}

async function failed(handler: string, event: unknown): Promise<Answered> {
  const outcome = await call(handler, event);
  expect(outcome.error, handler).toBeDefined();
  return outcome;
}

beforeAll(async () => {
  db = await testDatabase(18);
  await db.query(EXAMPLE_TABLES);
  for (const [index, id] of NASTY.entries()) {
    const first = 4_711_008 + index;
    await db.query(`INSERT INTO tenants VALUES ($1, 'hushhush name')`, [id]);
    await db.query(`INSERT INTO projects VALUES ($1, $2, 'hushhush title')`, [id, first]);
    await db.query(`INSERT INTO tasks VALUES ($1, $1, 'hushhush note')`, [first]);
  }
  const slot = `logs_${db.name}`;
  await doctorFix({ source: db.source, slot, publication: 'holdfast', model: await readModelFile(MODEL) });
  functions = await deployFunctions({
    ...{ db, model: MODEL, installation: INSTALLATION, slot },
    tenants: { tiers: { [ref(TENANT)]: 'critical' }, retention: {} },
    runDirectory: inject('runDirectory'),
  });
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await functions?.stop();
  await db?.drop();
});

async function backUp(tenant: string): Promise<void> {
  const request = { reason: 'manual', read: 'auto' };
  const plan = await worked('plan-snapshot', { tenant: ref(tenant), request });
  for (const part of plan.parts) await worked('read-part', part);
  await worked('commit-snapshot', { tenant: plan.tenant, backup: plan.backup });
}

type Step = (handler: string, event: object) => Promise<Loose>;

/** Like the state machine: check, plan, stage, and compare or hand over. */
async function staged(input: object, step: Step = worked): Promise<{ request: Loose; staging: Loose }> {
  const { request } = await step('check-restore', { input, execution: 'e', startedAt: new Date().toISOString() });
  let staging = await step('plan-restore', { request });
  while (!staging.done) staging = await step('stage-restore', { staging });
  return { request, staging };
}

/** A preview that must end with an error of one of its steps. */
async function failedPreview(input: object): Promise<void> {
  const step: Step = async (handler, event) => {
    const told = await call(handler, event);
    if (told.error) throw told.error;
    return told.result;
  };
  const preview = async () => step('preview-restore', await staged(input, step));
  await expect(preview()).rejects.toHaveProperty('message');
}

async function rebuild(): Promise<void> {
  const rebuilt: Loose[] = [];
  for (const shard of (await worked('plan-rebuild', { input: {} })).shards)
    rebuilt.push((await worked('rebuild-catalog', { shard })).counts);
  const log = await worked('rebuild-log', {});
  await worked('finish-rebuild', { rebuilt, log });
}

describe('the log of the functions', () => {
  it('contains no tenant and no row after backups', async () => {
    await call('ship-log', {});
    const plan = await worked('plan-fleet', { input: {} });
    await worked('list-shard', { shard: plan.shards[0], request: plan.request });
    for (const tenant of NASTY) await backUp(tenant);
    await db.query(`UPDATE projects SET title = 'hushhush changed'`);
    await worked('ship-log', {});
    await worked('fold-tenant', { tenant: ref(TENANT) });
    let step = await worked('verify-backup', { tenant: ref(TENANT) });
    while (step.done === false) {
      if (step.waiting) await worked('ship-log', {});
      step = await worked('verify-backup', { tenant: ref(TENANT), run: step.run });
    }
    const request = { reason: 'hushhush', keep: 'monthly' };
    let archived = await worked('archive-tenant', { tenant: ref(TENANT), request });
    while (archived.done === false)
      archived = await worked('archive-tenant', { tenant: ref(TENANT), request, run: archived.run });
    await worked('plan-expiry', { input: {} });
    for (const planOnly of [true, false]) {
      await worked('expire-tenant', { tenant: ref(TENANT), request: { planOnly } });
      await worked('expire-log', { request: { planOnly } });
    }
    await rebuild();
    await worked('finish-fleet', { workflow: 'back-up-fleet', request: { ...plan.request, whole: true } });
  });

  it('contains no tenant, key or row after restores, also if the application refuses the rows', async () => {
    const request = { tenant: TENANT, target: 'latest', requestedBy: 'alice' };
    const preview = async () => worked('preview-restore', await staged(request));
    await db.query(`DELETE FROM tasks WHERE id = 4711009`);
    await db.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'not % %', NEW.note, NEW.id USING DETAIL = NEW.note; END $$`);
    await db.query(`CREATE TRIGGER refuse BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION refuse()`);
    await db.query(`ALTER TABLE tasks ENABLE ALWAYS TRIGGER refuse`);
    const refused = await preview();
    await failed('apply-restore', { preview: refused });
    await worked('clean-staging', { preview: refused });
    await db.query('DROP TRIGGER refuse ON tasks');
    const kept = await preview();
    await worked('request-approval', {
      ...{ token: 'hushhush token', execution: 'e', entered: 't' },
      preview: { ...kept, approvals: 1, requestedBy: 'arn:aws:iam::111122223333:user/alice' },
    });
    const decision = { tenant: kept.tenant, id: kept.id, hash: kept.hash, decision: 'approve' };
    const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/bob' } } };
    await worked('approve', { requestContext, body: JSON.stringify(decision) });
    await worked('apply-restore', { preview: kept });
    await worked('hand-over-restore', await staged({ ...request, sideBySide: true }));
  });

  it('contains nothing of a request that is refused or fails', async () => {
    await failed('plan-fleet', { input: { tenants: ['secretcorp nobody'] } });
    await failed('plan-fleet', { input: { tenants: 'secretcorp', unknown: 'hushhush' } });
    await failedPreview({ tenant: 'secretcorp nobody', target: 'latest', requestedBy: 'a' });
    await failedPreview({ tenant: TENANT, target: 'hushhush o clock', requestedBy: 'a' });
    await failedPreview({ tenant: TENANT, target: 'latest', requestedBy: 'a', colour: 'hushhush' });
    const rows = { 'public.projects': `title = 'hushhush` };
    await failedPreview({ tenant: TENANT, target: 'latest', requestedBy: 'a', rows });
    await failed('fold-tenant', { tenant: { id: TENANT } });
    await failed('verify-backup', { tenant: ref('nobody') });
    await failed('archive-tenant', { tenant: ref('nobody'), request: { reason: 'hushhush', keep: 'annual' } });
    await failed('summarize-shard', { results: [{ failed: true, tenant: ref(TENANT) }] });
    await worked('record-failure', {
      ...{ workflow: 'restore-tenant', tenant: ref(TENANT) },
      error: { Error: 'Error', Cause: JSON.stringify({ errorMessage: 'hushhush', trace: [TENANT] }) },
    });
    const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/bob' } } };
    await worked('approve', { requestContext, body: JSON.stringify({ tenant: TENANT, id: 'hushhush' }) });
    const input = { tenant: TENANT, target: 'latest', colour: 'hushhush' };
    await worked('request-restore', { requestContext, body: JSON.stringify({ id: 'request-1', input }) });
    await worked('acknowledge-failure', {
      requestContext,
      body: JSON.stringify({ id: TENANT, at: '', reason: 'hushhush' }),
    });
    const range = { from: 'hushhush' };
    for (const question of [
      { ask: 'suspects', range: {} },
      { ask: 'suspects', range },
      { ask: TENANT, hushhush: 1 },
    ]) {
      const asked = { format: 'holdfast.investigation/1', tenant: ref(TENANT), question };
      await worked('investigate', { requestContext, body: JSON.stringify(asked) });
    }
    await worked('watch-primary', {});
    await failed('start-run', { schedule: 'full', scheduledAt: 'hushhush', machine: 'none', input: {} });
  });

  it('contains no tenant of a request for many', async () => {
    const input = { group: 'many', tenants: [TENANT], request: { target: 'latest' }, previewOnly: true };
    const planned = await worked('plan-group', { input, execution: 'e:many', startedAt: new Date().toISOString() });
    const step = { group: 'many', run: planned.run, previewOnly: true, tenant: ref(TENANT) };
    await worked('begin-member', step);
    const Cause = JSON.stringify({ errorMessage: 'hushhush', trace: [TENANT] });
    await worked('note-member', { ...step, error: { Error: 'Error', Cause } });
    await failed('summarize-group', { group: 'many', run: planned.run, previewOnly: true });
    await failed('plan-group', { input: { ...input, colour: 'hushhush' }, execution: 'e', startedAt: 'hushhush' });
  });

  it('contains nothing of what keeps keys, copies and the source in order', async () => {
    await failed('begin-epoch', { input: { confirm: 'hushhush' } });
    const examined = await call('preflight', { input: {}, account: { left: null }, used: 1, settled: true });
    expect(examined.error ?? examined.result).toBeDefined();
    for (const handler of ['replicate-keys', 'copy-keys', 'restore-keys', 'verify-replicas', 'expire-replicas'])
      await call(handler, {});
    await failed('replicate-keys', { alias: 'alias/hushhush' });
  });

  it('contains nothing of a legal hold, of its matter and its reason', async () => {
    const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/lena' } } };
    const tenant = ref(TENANT);
    const body = { action: 'hold', tenant, input: { matter: 'hushhush' }, reason: 'hushhush' };
    // Kept, and not started: there is no state machine here.
    await failed('request-action', { requestContext, body: JSON.stringify(body) });
    await worked('request-action', { requestContext, body: JSON.stringify({ ...body, input: { matter: '' } }) });
    const s3 = new S3Client({ ...functions.emulator.target, forcePathStyle: true });
    const kept = { Bucket: 'functions-vault', Prefix: `governance/requests/${tenant}/` };
    const request = (await s3.send(new ListObjectsV2Command(kept))).Contents![0]!.Key!.split('/')[3]!;
    s3.destroy();
    expect(await worked('place-hold', { tenant, request })).toMatchObject({ done: true });
    expect(await worked('plan-holds', { input: { reason: 'hushhush' } })).toMatchObject({ tenants: 1 });
    expect(await worked('keep-holds', { tenant, run: 'hushhush' })).toMatchObject({
      done: true,
      holds: 1,
      problems: 0,
    });
    await failed('plan-holds', { input: { colour: 'hushhush' } });
    for (const handler of ['release-hold', 'change-policy']) await failed(handler, { tenant, request });
  });

  it('contains nothing of an export, and of its reason', async () => {
    const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/lena' } } };
    const [tenant, input] = [ref(TENANT), { target: 'latest', form: 'sql', exclude: ['hushhush'] }];
    const body = JSON.stringify({ action: 'export', tenant, input, reason: 'hushhush' });
    await worked('request-action', { requestContext, body });
    await failed('export-tenant', { tenant, request: 'hushhush' });
  });

  it('contains nothing of a destruction, and of its reason', async () => {
    const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/lena' } } };
    const tenant = ref(TENANT);
    const body = { action: 'destroy', tenant, input: { days: 7 }, reason: 'hushhush' };
    await worked('request-action', { requestContext, body: JSON.stringify(body) });
    await worked('request-action', {
      requestContext,
      body: JSON.stringify({ cancel: 'destroy', tenant, reason: 'hushhush' }),
    });
    await failed('destroy-tenant', { tenant, request: 'hushhush' });
    for (const handler of ['finish-destructions', 'clear-destroyed'])
      expect(await worked(handler, {})).toMatchObject({ done: true, tenants: 0 });
    await failed('finish-destructions', { tenant: TENANT });
  });

  it('contains nothing of a fail-over, and of its reason', async () => {
    const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/olga' } } };
    const failOver = { planned: false, fenced: [] };
    for (const body of [{ show: 'status' }, { failOver, reason: 'hushhush' }, { show: 'hushhush' }])
      expect(await worked('request-failover', { requestContext, body: JSON.stringify(body) })).toMatchObject({
        statusCode: expect.any(Number),
      });
    await failed('failover', { tenant: 'system', request: 'hushhush' });
    await failed('probe-region', {});
    expect(await worked('leave-region', { do: 'probe' })).toEqual({ stopped: null });
    await failed('leave-region', { do: 'hushhush' });
  });

  it("contains nothing of a read of the cluster's own backup", async () => {
    const input = { tenant: TENANT, moment: '2026-01-01T00:00:00Z', exclude: ['hushhush'] };
    await failed('scratch-cluster', { step: 'begin', execution: 'arn:hushhush', input });
    await failed('scratch-cluster', {
      step: 'begin',
      execution: 'arn:e',
      input: { tenant: TENANT, moment: 'hushhush' },
    });
    await failed('read-cluster-backup', { input, scratch: { host: '127.0.0.1', port: 1 }, read: {} });
  });

  it('contains nothing of the audit trail that is anchored and verified', async () => {
    await worked('anchor-audit', {});
    expect(await worked('verify-audit', {})).toMatchObject({ problems: 0 });
  });

  it('contains nothing of a drill, whether it passes or fails', async () => {
    const refs = [ref(TENANT)];
    const drill = { kind: 'single-tenant', refs, moment: 'latest' };
    const planned = await worked('plan-drill', { input: drill, execution: 'arn:e' });
    let round = await worked('begin-round', planned);
    const { job, phase, members } = round;
    let progress: Loose = { done: false };
    while (!progress.done) progress = await worked('drill-tenant', { job, phase, member: members[0], progress });
    round = await worked('begin-round', { ...round, results: [progress.result] });
    expect(await worked('end-drill', round)).toMatchObject({ outcome: 'passed' });
    await failed('plan-drill', { input: { kind: TENANT, hushhush: 1 }, execution: 'arn:hushhush' });
    await failed('begin-round', { ...planned, job: { ...planned.job, refs: [ref('hushhush')] } });
    const unknown = { job, phase, member: { tenant: ref('hushhush') }, progress: { done: false } };
    expect(await worked('drill-tenant', unknown)).toMatchObject({ result: { drilled: { outcome: 'failed' } } });
  });

  it('contains nothing of a report', async () => {
    const period = { from: '2026-01-01', to: new Date().toISOString().slice(0, 10) };
    expect(await worked('build-report', { input: { kind: 'daily' } })).toMatchObject({ done: true });
    await failed('build-report', { input: { kind: 'hushhush', ...period } });
  });

  it('contains nothing of a post on the status page, and of the page', async () => {
    const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/olga' } } };
    const post = { component: 'restores', state: 'identified', text: 'hushhush' };
    const stored = await worked('post-status', { requestContext, body: JSON.stringify(post) });
    expect(stored).toMatchObject({ statusCode: 200 });
    expect(
      await worked('post-status', { requestContext, body: JSON.stringify({ ...post, incident: 'hushhush' }) }),
    ).toMatchObject({ statusCode: 400 });
    expect(await worked('post-status', { requestContext, body: '{"hushhush": 1}' })).toMatchObject({ statusCode: 400 });
    const s3 = new S3Client({ ...functions.emulator.target, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'functions-status' }));
    const shown = { bucket: 'functions-status', title: 'hushhush', components: ['restores'] };
    expect(await worked('build-status-page', shown)).toMatchObject({ altered: 0 });
    const file = async (Key: string) => {
      const { Body, CacheControl, ContentType } = await s3.send(new GetObjectCommand({ Bucket: shown.bucket, Key }));
      return { text: await Body!.transformToString(), CacheControl, ContentType };
    };
    const json = await file('status.json');
    expect(json).toMatchObject({ CacheControl: 'public, max-age=60', ContentType: 'application/json; charset=utf-8' });
    const page = StatusPage.parse(JSON.parse(json.text));
    expect(page.components.map(({ component }) => component)).toEqual(['restores']);
    expect(page.incidents).toMatchObject([{ component: 'restores', state: 'identified' }]);
    expect(page.newestMoment).not.toBeNull();
    const html = await file('index.html');
    expect(html).toMatchObject({ ContentType: 'text/html; charset=utf-8' });
    for (const told of [html.text, json.text]) for (const tenant of NASTY) expect(told).not.toContain(tenant);
    s3.destroy();
    await failed('build-status-page', { ...shown, bucket: 'hushhush-none' });
    await failed('build-status-page', { ...shown, components: ['hushhush'] });
  });

  it('contains nothing of a message to a webhook, and of its secret', async () => {
    const secrets = new SecretsManagerClient(functions.emulator.target);
    const SecretString = JSON.stringify({ url: 'http://127.0.0.1:9/hushhush', key: 'hushhush' });
    const { ARN } = await secrets.send(new CreateSecretCommand({ Name: 'functions-webhook', SecretString }));
    secrets.destroy();
    const sink = { name: 'siem', kind: 'signed', sends: ['alarms'] };
    const sinks = ['unknown', ARN!].map((secret, index) => ({ ...sink, name: `siem-${index}`, secret }));
    const messages = { table: TABLE, region: functions.emulator.target.region, sinks };
    await writeFile(join(functions.code, OPERATIONS_FILE), JSON.stringify({ messages }));
    const Message = JSON.stringify({ severity: 'alarm', code: 'log-gap', message: 'hushhush', details: { TENANT } });
    const event = { Records: [{ Sns: { Message, Timestamp: new Date().toISOString() } }] };
    expect(await worked('deliver-message', event)).toEqual({ notices: 1, accepted: 0 });
    expect(await worked('deliver-message', { due: true })).toEqual({ accepted: 0 });
    const told = (await functions.notices()).filter(({ code }) => code === 'message-undelivered');
    expect(told.map(({ message }) => message).sort()).toEqual([
      expect.stringContaining('its secret cannot be read'),
      expect.stringContaining('its URL is not an https URL'),
    ]);
    expect(JSON.stringify(told)).not.toMatch(SECRETS);
  });

  it('contains nothing of what the console asks and is told', async () => {
    const issuer = await servedIssuer();
    await writeFile(join(functions.code, OPERATIONS_FILE), JSON.stringify({ console: issuer.settings }));
    const token = await issuer.token({ sub: 'hushhush', groups: ['system-administrator'] });
    const asked = async (handler: string, path: string, as: string | undefined = token) => {
      const { statusCode, body } = await worked(handler, gatewayEvent(`/api/tenants${path}`, as));
      return { statusCode, document: JSON.parse(body) };
    };
    const found = await asked('serve-api', `?search=${encodeURIComponent(NASTY[0]!)}`);
    expect(found.document.tenants.map(({ tenant }: Loose) => tenant)).toContain(ref(NASTY[0]!));
    expect((await asked('serve-api', `/${ref(TENANT)}/timeline`)).document).toMatchObject({ tenantId: TENANT });
    const { document } = await asked('serve-tenant', `/${ref(TENANT)}/transactions?limit=1`);
    const rows = await asked('serve-tenant', `/${ref(TENANT)}/transactions/${document.transactions[0].xid}/rows`);
    expect(JSON.stringify(rows)).toMatch(SECRETS);
    const others: [string, string, string | undefined, number][] = [
      ['serve-api', '?search=hushhush', 'hushhush.hushhush.hushhush', 401],
      ['serve-api', `/${ref(TENANT)}/transactions/hushhush/rows`, token, 501],
      // A marker that there is not.
      ['serve-tenant', `/${ref(TENANT)}/moment?text=hushhush`, token, 200],
      ['serve-rows', `/${ref(TENANT)}/previews/hushhush`, token, 404],
      ['serve-rows', `/${ref(TENANT)}/previews/hushhush/rows?table=hushhush`, token, 404],
      ['serve-tenant', `/${ref(TENANT)}/transactions/700/rows`, await issuer.token({ sub: 'hushhush' }), 403],
    ];
    const wanted = { target: 'hushhush', undo: { restore: 'hushhush' } };
    const place = `/api/tenants/${ref(TENANT)}`;
    for (const [path, body, status] of [
      ['/previews', wanted, 400],
      ['/restores', { preview: 'hushhush', hash: 'hushhush', reason: 'hushhush' }, 404],
      ['/requests/hushhush/approve', { planHash: 'hushhush' }, 404],
      ['/executions/hushhush', undefined, 404],
    ] as const) {
      const { statusCode } = await worked('serve-requests', gatewayEvent(`${place}${path}`, token, body));
      expect(`${path} ${statusCode}`).toBe(`${path} ${status}`);
    }
    for (const [handler, path, as, status] of others)
      expect((await asked(handler, path, as)).statusCode, `${handler} ${path}`).toBe(status);
    await issuer.stop();
  });

  it('contains nothing of the pages of the console', async () => {
    const s3 = new S3Client({ ...functions.emulator.target, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'functions-pages' }));
    await mkdir(join(functions.code, SITE_DIRECTORY));
    await writeFile(join(functions.code, SITE_DIRECTORY, 'index.html'), 'hushhush');
    const told: string[] = [];
    const cloudFormation = createServer(async (request, answer) => {
      for await (const part of request) told.push(JSON.parse(String(part)).Status);
      answer.end();
    }).listen(0, '127.0.0.1');
    await once(cloudFormation, 'listening');
    const ResponseURL = `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}/hushhush`;
    const ids = { ResponseURL, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Files' };
    const publish = (bucket: string, RequestType: string) =>
      call('publish-console', { ...ids, RequestType, ResourceProperties: { bucket, settings: '{"hushhush":1}' } });
    expect((await publish('functions-pages', 'Create')).result).toEqual({ files: 1 });
    const { Body, CacheControl } = await s3.send(
      new GetObjectCommand({ Bucket: 'functions-pages', Key: 'index.html' }),
    );
    expect([await Body!.transformToString(), CacheControl]).toEqual(['hushhush', 'no-store']);
    expect((await publish('functions-pages', 'Delete')).error).toBeUndefined();
    expect((await s3.send(new ListObjectsV2Command({ Bucket: 'functions-pages' }))).KeyCount).toBe(0);
    expect((await publish('hushhush-none', 'Update')).error).toBeDefined();
    expect(told).toEqual(['SUCCESS', 'SUCCESS', 'FAILED']);
    s3.destroy();
    cloudFormation.close();
  });

  it('counts damage where it is found, at once, for any caller', async () => {
    const tenant = ref(NASTY[2]!);
    const catalog = openDynamoCatalog({ client: functions.dynamo, table: TABLE });
    const { key } = (await backups.list(catalog, tenant))[0]!;
    const s3 = new S3Client({ ...functions.emulator.target, forcePathStyle: true });
    const run = (await runs.latest(catalog))!;
    for (const Key of [key, run.key])
      await s3.send(new PutObjectCommand({ Bucket: 'functions-vault', Key, Body: 'hushhush' }));
    s3.destroy();
    const { error, log } = await failed('verify-backup', { tenant });
    expect(error!.name).toBe('Holdfast.Integrity');
    expect(log).toMatch(/"IntegrityFailures":1\b/);
    // To a person it is an answer, and no failure of the function.
    const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/bob' } } };
    const asked = { format: 'holdfast.investigation/1', tenant, question: { ask: 'suspects', range: {} } };
    const told = await call('investigate', { requestContext, body: JSON.stringify(asked) });
    expect(JSON.parse(told.result.body)).toMatchObject({ kind: 'integrity' });
    expect(told.log).toMatch(/"IntegrityFailures":1\b/);
  });

  it('was checked for every function, and contains no id, value or password', () => {
    const all = readdirSync(LAMBDAS).map(name => name.replace('.ts', ''));
    expect(all.filter(name => !called.has(name))).toEqual([]);
    const password = new URL(db.url).password;
    const said = [...called].flatMap(([handler, calls]) => calls.map(({ log }) => ({ handler, log })));
    expect(said.filter(({ log }) => SECRETS.test(log))).toEqual([]);
    if (password !== '') expect(said.filter(({ log }) => log.includes(decodeURIComponent(password)))).toEqual([]);
  });

  it('contains code and hint of a failure, which the state machine also receives', () => {
    const failures = [...called.values()].flat().filter(each => each.error?.name.startsWith('Holdfast.'));
    expect(failures.length).toBeGreaterThan(5);
    for (const { error, log } of failures) {
      expect(SECRETS.exec(error!.message)?.[0], error!.message).toBeUndefined();
      expect(log).toContain(JSON.parse(error!.message).code);
    }
  });
});

describe('the metrics of the functions', () => {
  it('have installation and tier as dimensions, and the tenant’s reference as a member', () => {
    const lines = called.get('commit-snapshot')!.flatMap(each => each.log.split('\n'));
    const found = lines.filter(line => line.includes('"SnapshotBytes"')).map(line => JSON.parse(line));
    expect(found).toHaveLength(NASTY.length);
    for (const measure of found) {
      expect(measure._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service'], ['service', 'tier']]);
      expect(measure).toMatchObject({ service: 'functions', SnapshotBytes: expect.any(Number) });
      expect(measure.tier).toBe(measure.tenant === ref(TENANT) ? 'critical' : 'standard');
    }
    expect(found.map(measure => measure.tenant).sort()).toEqual(NASTY.map(ref).sort());
  });

  it('report the recovery point of every tier in use, and of no other', () => {
    const lines = called.get('ship-log')!.at(-1)!.log.split('\n');
    const found = lines.filter(line => line.includes('"RecoveryPointAge"')).map(line => JSON.parse(line));
    expect(found.map(measure => measure.tier).sort()).toEqual(['critical', 'standard']);
    for (const measure of found) {
      expect(measure._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service', 'tier']]);
      expect(measure).not.toHaveProperty('tenant');
    }
  });

  it('report each phase of a restore, and its share of the tier’s recovery time objective', () => {
    const log = [...called.get('preview-restore')!, ...called.get('apply-restore')!].map(each => each.log).join('\n');
    for (const name of ['Plan', 'Stage', 'Diff', 'Apply', 'Prove']) expect(log).toContain(`"Restore${name}Seconds"`);
    const taken = log.split('\n').filter(line => line.includes('"RestoreTimePercent"'));
    expect(taken.map(line => JSON.parse(line).tier)).toEqual(['critical']);
  });
});

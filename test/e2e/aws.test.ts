import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openS3Vault } from '../../lib/aws/s3-vault.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { backups, restores, runs } from '../../lib/operations/catalog/catalog-index.ts';
import type { Catalog } from '../../lib/ports.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type ExpectedDenial, expectOnlyTheseDenials } from './denials.ts';
import { type Deployed, deploy, INSTALLATION, STANDBY, TENANTS } from './deployed.ts';
import { vaultOf } from './emulated-replication.ts';
import { ACCOUNT, type Emulator, ended, eventually, REGION, startExecution, stepsOf } from './emulator.ts';

const EXPECTED_DENIALS: readonly ExpectedDenial[] = [];

interface Notice {
  readonly code: string;
  readonly message: string;
  readonly details: Record<string, string>;
}

let deployed: Deployed;
let emulator: Emulator;
let db: TestDatabase;
let catalog: Catalog;
let queue: string;
const notices: Notice[] = [];
const ship = () => deployed.ship();
const momentNow = () => deployed.momentNow();
const rowsOf = (tenant: string) => deployed.rowsOf(tenant);
const stagingSchemas = () => deployed.stagingSchemas();

beforeAll(async () => {
  // One unit of work per call: work that may outlast a function is resumed again and again.
  deployed = await deploy('e2e', { standby: true, fleet: { stepBudgetSeconds: 0 } });
  ({ emulator, db, catalog } = deployed);
  queue = await listen();
}, SETUP_TIMEOUT_MS);

afterAll(() => deployed?.dispose());

describe('the deployed installation', { timeout: 300_000 }, () => {
  it('ships every minute on its schedule, and closes the gap before its first run with new snapshots', async () => {
    const first = await eventually('the schedule fires and ships', () => runs.latest(catalog));
    expect(first.to).not.toBe(first.from);
    expect((await noticed('log-gap')).message).toMatch(/New snapshots were started/);
    const started = await eventually('the shipper starts back-up-fleet', async () => {
      const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:e2e-back-up-fleet`;
      const { executions } = await emulator.call('AWSStepFunctions.ListExecutions', { stateMachineArn });
      return executions.find((each: { name: string }) => each.name.startsWith('gap-'))?.executionArn as
        | string
        | undefined;
    });
    expect(await ended(emulator, started)).toMatchObject({ status: 'SUCCEEDED' });
    for (const tenant of TENANTS) expect(await snapshotsOf(tenant)).toHaveLength(1);
  });

  it('backs up, compacts and verifies the fleet as executions, tenant by tenant', async () => {
    await db.query(`UPDATE tasks SET note = 'changed' WHERE id % 7 = 0`);
    await ship();
    for (const workflow of ['e2e-back-up-fleet', 'e2e-fold-incrementals', 'e2e-verify-fleet']) {
      const execution = await startExecution(emulator, workflow, { reason: 'manual' });
      expect(await ended(emulator, execution), workflow).toMatchObject({ status: 'SUCCEEDED' });
    }
    for (const tenant of TENANTS) {
      const [, second] = await snapshotsOf(tenant);
      expect(second).toMatchObject({ reason: 'manual', rows: 121, verified: { ok: true } });
    }
  });

  it('restores a tenant exactly after an approval, and does not touch the others', async () => {
    const before = await rowsOf('acme');
    const target = await momentNow();
    await db.query(`DELETE FROM projects WHERE tenant_id = 'acme' AND id % 2 = 0`);
    await db.query(
      `UPDATE tasks SET note = 'lost' WHERE project_id IN (SELECT id FROM projects WHERE tenant_id IN ('acme', 'globex'))`,
    );
    const others = [await rowsOf('globex'), await rowsOf('initech')];
    await ship();
    const request = { tenant: 'acme', target };
    // Started directly, the request could name any requester.
    const forged = await startExecution(emulator, 'e2e-restore-tenant', { ...request, requestedBy: 'bob' });
    expect(await ended(emulator, forged)).toMatchObject({
      ...{ status: 'FAILED', cause: expect.stringContaining('requester-unverified') },
    });
    const execution = await deployed.request('alice', { ...request, requestedBy: 'carol' });
    const wanted = await noticed('approval-wanted', execution);
    expect(await rowsOf('acme')).not.toEqual(before);

    expect(await decide('alice', wanted, 'approve')).toMatchObject({ statusCode: 400, body: { code: 'own-request' } });
    expect(await stepsOf(emulator, execution)).not.toContain('Apply and prove');
    // It overwrites and deletes: two approvals by default.
    expect(await decide('bob', wanted, 'approve')).toMatchObject({ body: { state: 'waiting', told: false } });
    expect(await decide('carol', wanted, 'approve')).toMatchObject({
      statusCode: 200,
      body: { state: 'approved', told: true },
    });
    expect(await ended(emulator, execution)).toMatchObject({ status: 'SUCCEEDED' });
    // One unit of work per call: staging took several.
    const stages = (await stepsOf(emulator, execution)).filter(step => step === 'Rebuild the state');
    expect(stages.length).toBeGreaterThan(3);
    expect(await rowsOf('acme')).toEqual(before);
    expect([await rowsOf('globex'), await rowsOf('initech')]).toEqual(others);
    // If only the response had been lost, the cleanup step would detect it.
    const plan = { tenant: wanted.details.tenant, planKey: wanted.details.plan };
    expect((await emulator.invoke('e2e-clean-staging', { preview: plan })).answer).toEqual({
      ...{ applied: true, partial: false },
    });

    const again = await preview(request);
    expect(again.counts).toEqual({ inserts: 0, updates: 0, deletes: 0, conflicts: 0 });
    expect((await emulator.invoke('e2e-clean-staging', { preview: again })).answer).toEqual({
      ...{ applied: false, partial: false },
    });
    expect(await stagingSchemas()).toEqual([]);
  });

  it('previews first, and later applies exactly that preview: missing rows only, with one approval', async () => {
    const target = await momentNow();
    await db.query(`DELETE FROM tasks WHERE project_id IN (SELECT id FROM projects WHERE tenant_id = 'initech')`);
    await db.query(`UPDATE projects SET title = 'newer' WHERE tenant_id = 'initech'`);
    await ship();
    const kept = await preview({ tenant: 'initech', target, mode: 'missing-only' });
    expect(kept).toMatchObject({ approvals: 1, blocked: false, counts: { inserts: 100, updates: 0, deletes: 0 } });
    expect(await stagingSchemas()).toHaveLength(1);
    const resumed = await deployed.request('dave', { plan: kept.planKey, tenant: kept.tenant });
    const wanted = await noticed('approval-wanted', resumed);
    expect(wanted.details.hash).toBe(kept.hash);
    expect(await decide('dave', wanted, 'approve')).toMatchObject({ body: { code: 'own-request' } });
    expect(await decide('bob', wanted, 'approve')).toMatchObject({ body: { state: 'approved', told: true } });
    expect(await ended(emulator, resumed)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await stepsOf(emulator, resumed)).not.toContain('Rebuild the state');
    const now = await rowsOf('initech');
    expect(now).toHaveLength(121);
    expect(now.filter(row => row.includes('newer'))).toHaveLength(20);
    expect(await stagingSchemas()).toEqual([]);
  });

  it('restores side by side without an approval', async () => {
    const execution = await deployed.request('alice', { tenant: 'globex', target: 'latest', sideBySide: true });
    const { status, output } = await ended(emulator, execution);
    expect(status).toBe('SUCCEEDED');
    const { schema } = JSON.parse(output!);
    expect(await db.query(`SELECT count(*)::int AS n FROM ${schema}.tasks`)).toEqual([{ n: 100 }]);
    expect(await stagingSchemas()).toEqual([]);
  });

  it('restores a tenant in the secondary region from replicated data, and replicates the record back', async () => {
    const before = await rowsOf('initech');
    const target = await momentNow();
    await db.query(
      `UPDATE tasks SET note = 'lost' WHERE project_id IN (SELECT id FROM projects WHERE tenant_id = 'initech')`,
    );
    const others = [await rowsOf('acme'), await rowsOf('globex')];
    await ship();
    expect((await emulator.invoke('e2e-replicate-keys', {})).answer).toMatchObject({ withoutReplica: 0, failures: [] });
    const request = { tenant: 'initech', target };
    const execution = await deployed.request('alice', request, STANDBY);
    expect(execution).toContain(`:${STANDBY}:`);
    const wanted = await noticed('approval-wanted', execution);
    expect(await decide('bob', wanted, 'approve', STANDBY)).toMatchObject({ body: { state: 'waiting' } });
    expect(await decide('carol', wanted, 'approve', STANDBY)).toMatchObject({
      body: { state: 'approved', told: true },
    });
    expect(await ended(emulator, execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await rowsOf('initech')).toEqual(before);
    expect([await rowsOf('acme'), await rowsOf('globex')]).toEqual(others);

    const [record] = (await restores.list(catalog, tenantRef(INSTALLATION, tenantId('initech')))) as { key: string }[];
    const primary = openS3Vault({
      client: new S3Client({ ...emulator.target, forcePathStyle: true }),
      bucket: vaultOf('e2e', REGION),
    });
    expect(await primary.head(record!.key)).toMatchObject({ retainUntil: expect.any(Date) });
    // Cleanup in the primary reads every record of the tenant: a missing one would be an integrity error.
    const looking = await deployed.request('alice', { ...request, previewOnly: true });
    const preview = JSON.parse((await ended(emulator, looking)).output!);
    expect((await emulator.invoke('e2e-clean-staging', { preview })).answer).toMatchObject({ applied: false });
  });

  it('writes nothing if the approver refuses: cleans up, notifies, fails', async () => {
    const target = await momentNow();
    await db.query(`UPDATE projects SET title = 'meant' WHERE tenant_id = 'acme'`);
    await ship();
    const meant = await rowsOf('acme');
    const execution = await deployed.request('alice', { tenant: 'acme', target });
    const wanted = await noticed('approval-wanted', execution);
    expect(await stagingSchemas()).toHaveLength(1);
    expect(await decide('carol', wanted, 'refuse')).toMatchObject({ body: { state: 'refused', told: true } });
    expect(await ended(emulator, execution)).toMatchObject({ status: 'FAILED', error: 'Holdfast.Refused' });
    await eventually('the notice names who refused', async () => {
      await hear();
      return notices.find(({ code, message }) => code === 'restore-failed' && message.includes('carol'));
    });
    expect(await rowsOf('acme')).toEqual(meant);
    expect(await stagingSchemas()).toEqual([]);
  });

  it('notifies about a failure at once, and raises its alarm', async () => {
    const execution = await startExecution(emulator, 'e2e-back-up-fleet', { tenants: ['nobody'], reason: 'manual' });
    expect(await ended(emulator, execution)).toMatchObject({ status: 'FAILED' });
    expect(await stepsOf(emulator, execution)).toContain('Record the failed run');
    expect((await noticed('backup-failed')).message).toMatch(/do not exist/);

    await emulator.call('GraniteServiceVersion20100801.PutMetricData', {
      Namespace: 'Holdfast',
      MetricData: [
        { MetricName: 'OpenBackupFailures', Dimensions: [{ Name: 'service', Value: 'e2e' }], Value: 1, Unit: 'Count' },
      ],
    });
    const alarm = await eventually('the alarm reaches the topic', async () =>
      (await alarmsHeard()).find(name => name === 'e2e-backup-failed'),
    );
    expect(alarm).toBe('e2e-backup-failed');
  });

  it('rebuilds its catalog and expires as executions, and removes nothing that is locked', async () => {
    const before = await Promise.all(TENANTS.map(snapshotsOf));
    for (const workflow of ['e2e-rebuild-catalog', 'e2e-expire-backups']) {
      const execution = await startExecution(emulator, workflow, {});
      const { status, output } = await ended(emulator, execution);
      expect(status, workflow).toBe('SUCCEEDED');
      if (workflow === 'e2e-rebuild-catalog')
        expect(JSON.parse(output!)).toMatchObject({ tenants: 3, snapshots: 6, leftOut: 0, withoutKey: 0 });
    }
    const ids = (lists: { id: string }[][]) => lists.map(list => list.map(item => item.id));
    expect(ids(await Promise.all(TENANTS.map(snapshotsOf)))).toEqual(ids(before));
  });
});

it('was denied nothing by IAM that it needs', async () => {
  await expectOnlyTheseDenials(emulator, EXPECTED_DENIALS);
});

/** A kept preview. */
async function preview(request: object) {
  const execution = await deployed.request('alice', { ...request, previewOnly: true });
  const { status, output } = await ended(emulator, execution);
  expect(status).toBe('SUCCEEDED');
  return JSON.parse(output!);
}

/** A queue subscribed to the topics of both regions. */
async function listen(): Promise<string> {
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:listener`;
  const Principal = { Service: ['sns.amazonaws.com'] };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: Endpoint }];
  const { QueueUrl } = await emulator.call('AmazonSQS.CreateQueue', {
    ...{ QueueName: 'listener', Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) } },
  });
  for (const region of [REGION, STANDBY]) {
    const sns = new SNSClient({ ...emulator.target, region });
    for (const severity of ['alarm', 'info']) {
      const TopicArn = `arn:aws:sns:${region}:${ACCOUNT}:e2e-${severity}`;
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    }
  }
  return QueueUrl;
}

const heard: string[] = [];

async function hear(): Promise<void> {
  const { Messages = [] } = await emulator.call('AmazonSQS.ReceiveMessage', {
    QueueUrl: queue,
    MaxNumberOfMessages: 10,
  });
  for (const { Body, ReceiptHandle } of Messages) {
    const message = JSON.parse(JSON.parse(Body).Message);
    if (message.code) notices.push(message);
    if (message.AlarmName && message.NewStateValue === 'ALARM') heard.push(message.AlarmName);
    await emulator.call('AmazonSQS.DeleteMessage', { QueueUrl: queue, ReceiptHandle });
  }
}

async function alarmsHeard(): Promise<readonly string[]> {
  await hear();
  return heard;
}

function noticed(code: string, execution?: string): Promise<Notice> {
  return eventually(`the notice ${code} is sent`, async () => {
    await hear();
    return notices.find(notice => notice.code === code && (!execution || notice.details.execution === execution));
  });
}

function decide(person: string, { details }: Notice, decision: 'approve' | 'refuse', region = REGION) {
  const { tenant, id, hash } = details;
  return deployed.decide(person, { tenant, id, hash }, decision, region);
}

async function snapshotsOf(tenant: string) {
  const all = await backups.list(catalog, tenantRef(INSTALLATION, tenantId(tenant)));
  return all.filter(item => item.kind === 'snapshot');
}

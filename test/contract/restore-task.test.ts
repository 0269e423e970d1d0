/**
 * The container of a long restore as it is deployed: the command of its task definition, its code from an S3 server that
 * checks signatures, its answer to a waiting step; restoring into a real PostgreSQL, and killed in the middle.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { fetchScript, packCode } from '../../lib/infra/constructs/task-code.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { readModelFile } from '../../lib/operations/model/model-file.ts';
import { ACCOUNT, REGION } from '../e2e/emulator.ts';
import { type DeployedFunctions, deployFunctions, type Loose } from '../support/deployed-functions.ts';
import { EXAMPLE_TABLES } from '../support/example-tables.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { startVersitygw, TEST_CREDENTIALS, type TestServer } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const MODEL = new URL('../infra/tenant-model.example.yaml', import.meta.url).pathname;
const INSTALLATION = 'restore-task';
const REF = tenantRef(INSTALLATION, tenantId('acme'));
const SCHEMA = `${EXAMPLE_TABLES}
  INSERT INTO tenants VALUES ('acme', 'Acme');
  INSERT INTO projects SELECT 'acme', i, 'title' FROM generate_series(1, 20) i;
  INSERT INTO tasks SELECT i, i, 'note' FROM generate_series(1, 20) i;`;
/** Between two looks at what another process does. */
const LOOK_MS = 20;
const WAITS = {
  StartAt: 'Wait',
  States: {
    Wait: {
      ...{ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', End: true },
      Parameters: { 'QueueUrl.$': '$.queue', MessageBody: { 'token.$': '$$.Task.Token' } },
    },
  },
};

let db: TestDatabase;
let functions: DeployedFunctions;
let storage: TestServer;
let roleKeys: Server;
let variables: Record<string, string>;
const running: ChildProcess[] = [];

beforeAll(async () => {
  db = await testDatabase(18);
  await db.query(SCHEMA);
  const slot = `task_${db.name}`;
  await doctorFix({ source: db.source, slot, publication: 'holdfast', model: await readModelFile(MODEL) });
  functions = await deployFunctions({
    db,
    model: MODEL,
    installation: INSTALLATION,
    slot,
    runDirectory: inject('runDirectory'),
  });
  storage = await startVersitygw();
  const code = packCode(functions.code);
  const s3 = new S3Client({ ...storage.target, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'assets' }));
  await s3.send(new PutObjectCommand({ Bucket: 'assets', Key: 'code.json', Body: readFileSync(code.path) }));
  roleKeys = createServer((_, answer) => {
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = TEST_CREDENTIALS;
    answer.end(JSON.stringify({ AccessKeyId, SecretAccessKey }));
  });
  await new Promise<void>(resolve => roleKeys.listen(0, '127.0.0.1', resolve));
  variables = {
    HOLDFAST_CODE_URL: `http://127.0.0.1:${storage.port}/assets/code.json`,
    HOLDFAST_CODE_SHA256: code.sha256,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(roleKeys.address() as AddressInfo).port}/`,
  };
  // It wants to start snapshots, and no state machine is there.
  await functions.call('ship-log', {});
  await worked('plan-fleet', { input: {} });
  const plan = await worked('plan-snapshot', { tenant: REF, request: { reason: 'manual', read: 'auto' } });
  for (const part of plan.parts) await worked('read-part', part);
  await worked('commit-snapshot', { tenant: plan.tenant, backup: plan.backup });
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  roleKeys?.close();
  await storage?.stop();
  await functions?.stop();
  await db?.drop();
});

async function worked(handler: string, event: object): Promise<Loose> {
  const { result, error } = await functions.call(handler, event);
  expect(error, handler).toBeUndefined();
  return result;
}

/** A step that waits, and the token that the container is given. */
async function waitingStep(): Promise<{ token: string; execution: string }> {
  const { emulator } = functions;
  const { QueueUrl: queue } = await emulator.call('AmazonSQS.CreateQueue', { QueueName: 'tokens' });
  const name = 'waits';
  const machine = await emulator.call('AWSStepFunctions.CreateStateMachine', {
    ...{ name, definition: JSON.stringify(WAITS), roleArn: `arn:aws:iam::${ACCOUNT}:role/any` },
  });
  const { executionArn: execution } = await emulator.call('AWSStepFunctions.StartExecution', {
    ...{ stateMachineArn: machine.stateMachineArn, input: JSON.stringify({ queue }) },
  });
  for (;;) {
    const { Messages = [] } = await emulator.call('AmazonSQS.ReceiveMessage', { QueueUrl: queue, WaitTimeSeconds: 5 });
    for (const { Body, ReceiptHandle } of Messages) {
      await emulator.call('AmazonSQS.DeleteMessage', { QueueUrl: queue, ReceiptHandle });
      return { token: JSON.parse(Body).token, execution };
    }
  }
}

async function ended(execution: string): Promise<Loose> {
  for (;;) {
    const told = await functions.emulator.call('AWSStepFunctions.DescribeExecution', { executionArn: execution });
    if (told.status !== 'RUNNING') return told;
    await pause(LOOK_MS);
  }
}

/** The rows are damaged, and a preview says how they would be restored. */
async function damagedAndPreviewed(): Promise<Loose> {
  await db.query(
    `UPDATE projects SET title = 'title'; INSERT INTO tasks SELECT i, i, 'note' FROM generate_series(1, 20) i ON CONFLICT DO NOTHING`,
  );
  await worked('ship-log', {});
  const request = { tenant: 'acme', target: 'latest', requestedBy: 'alice' };
  const input = { input: request, execution: 'e', startedAt: new Date().toISOString() };
  const checked = await worked('check-restore', input);
  await db.query(`DELETE FROM tasks WHERE id <= 10; UPDATE projects SET title = 'damaged' WHERE id > 10`);
  let staging = await worked('plan-restore', { request: checked.request });
  while (!staging.done) staging = await worked('stage-restore', { staging });
  const preview = await worked('preview-restore', { request: checked.request, staging });
  expect(preview.counts).toMatchObject({ inserts: 10, updates: 10 });
  return preview;
}

function container(preview: Loose, token: string, change: Record<string, string> = {}) {
  const env = {
    ...functions.environment,
    ...variables,
    ...{ HOLDFAST_TASK_TOKEN: token, HOLDFAST_TENANT: preview.tenant, HOLDFAST_PREVIEW: preview.id },
    ...{ HOLDFAST_PLAN: preview.planKey, HOLDFAST_STARTED_AT: preview.startedAt, AWS_REGION: REGION },
    ...change,
  };
  const child = spawn(process.execPath, ['--input-type=module', '-e', fetchScript(functions.code)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (said += data));
  const exit = new Promise<{ code: number | null; said: string }>(resolve =>
    child.once('close', code => resolve({ code, said })),
  );
  return { child, exit };
}

const rows = () =>
  db.query(
    `SELECT (SELECT count(*)::int FROM tasks) AS tasks, (SELECT count(*)::int FROM projects WHERE title = 'damaged') AS damaged`,
  );

/** A session of the application holds rows that the restore has to write: its transaction has begun, and waits. */
async function heldInTheMiddle() {
  const application = await db.connect();
  await application.query(`BEGIN; SELECT FROM projects WHERE id > 10 FOR UPDATE`);
  const waits = async () => {
    for (;;) {
      const [found] = await db.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'holdfast restore apply' AND wait_event_type = 'Lock'`,
      );
      if (found!.n > 0) return;
      await pause(LOOK_MS);
    }
  };
  return { waits, release: () => application.query('ROLLBACK') };
}

async function noSessionOfTheRestore(): Promise<void> {
  for (;;) {
    const [found] = await db.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'holdfast restore apply'`,
    );
    if (found!.n === 0) return;
    await pause(LOOK_MS);
  }
}

describe('the container of a long restore', () => {
  it('restores and proves, and answers the step as the function would', async () => {
    const preview = await damagedAndPreviewed();
    const { token, execution } = await waitingStep();
    const { code, said } = await container(preview, token).exit;
    expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
    expect(await rows()).toEqual([{ tasks: 20, damaged: 0 }]);
    const told = await ended(execution);
    expect(told.status).toBe('SUCCEEDED');
    expect(JSON.parse(told.output)).toMatchObject({ tenant: REF, done: true, totals: { inserted: 10, updated: 10 } });
    expect(said).not.toContain(token);
    expect(said).not.toMatch(/acme|damaged|title/);
  });

  it('leaves nothing half applied when it is killed in the middle, and the next one restores', async () => {
    const preview = await damagedAndPreviewed();
    const held = await heldInTheMiddle();
    const first = container(preview, (await waitingStep()).token);
    await held.waits();
    first.child.kill('SIGKILL');
    await first.exit;
    await held.release();
    await noSessionOfTheRestore();
    expect(await rows()).toEqual([{ tasks: 10, damaged: 10 }]);
    const { token } = await waitingStep();
    expect((await container(preview, token).exit).code).toBe(0);
    expect(await rows()).toEqual([{ tasks: 20, damaged: 0 }]);
  });

  it('says that it was stopped, and is rolled back', async () => {
    const preview = await damagedAndPreviewed();
    const held = await heldInTheMiddle();
    const { token, execution } = await waitingStep();
    const stopped = container(preview, token);
    await held.waits();
    stopped.child.kill('SIGTERM');
    expect((await stopped.exit).code).toBe(1);
    await held.release();
    await noSessionOfTheRestore();
    expect(await rows()).toEqual([{ tasks: 10, damaged: 10 }]);
    expect(await ended(execution)).toMatchObject({ status: 'FAILED', error: 'Holdfast.TaskStopped' });
  });

  it('ends itself when nobody waits for it any more: an execution that was stopped restores nothing', async () => {
    const preview = await damagedAndPreviewed();
    const held = await heldInTheMiddle();
    const { code } = await container(preview, 'a token that no step waits for').exit;
    expect(code).toBe(1);
    await held.release();
    await noSessionOfTheRestore();
    expect(await rows()).toEqual([{ tasks: 10, damaged: 10 }]);
  });

  it('tells a refusal under the name by which the state machine decides', async () => {
    const preview = await damagedAndPreviewed();
    await db.query(`UPDATE projects SET title = 'by the application' WHERE id = 11`);
    const { token, execution } = await waitingStep();
    expect((await container(preview, token).exit).code).toBe(1);
    const told = await ended(execution);
    expect(told).toMatchObject({ status: 'FAILED', error: 'Holdfast.Conflict' });
    expect(JSON.parse(JSON.parse(told.cause).errorMessage)).toMatchObject({ code: 'rows-changed' });
  });

  it('runs no code but the one that was deployed, and says nothing of its credentials', async () => {
    const preview = { tenant: REF, id: 'i', planKey: 'k', startedAt: 's' };
    const { code, said } = await container(preview, 't', { HOLDFAST_CODE_SHA256: '0'.repeat(64) }).exit;
    expect(code).toBe(1);
    expect(said).toContain('not the one that was deployed');
    expect(said).not.toContain(TEST_CREDENTIALS.secretAccessKey);
  });
});

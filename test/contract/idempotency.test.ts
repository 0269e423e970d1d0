/**
 * Visible effects happen once although events arrive twice: the deployed functions on MiniStack's DynamoDB and SNS.
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openIdempotency } from '../../lib/aws/idempotency.ts';
import { WORKFLOW_ERRORS } from '../../lib/domain/error-kind.ts';
import { DONE_EXPIRY_ATTRIBUTE, DONE_PARTITION } from '../../lib/domain/function-config.ts';
import { type DeployedFunctions, deployFunctions, type Loose, TABLE } from '../support/deployed-functions.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const MODEL = new URL('../infra/tenant-model.example.yaml', import.meta.url).pathname;
const TENANT = 'abcdefghijklmnopqrstuvwxyz';
let db: TestDatabase;
let functions: DeployedFunctions;

beforeAll(async () => {
  db = await testDatabase(18);
  functions = await deployFunctions({
    db,
    model: MODEL,
    installation: 'idempotency',
    slot: `once_${db.name}`,
    runDirectory: inject('runDirectory'),
  });
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await functions?.stop();
  await db?.drop();
});

const failure = (change: object = {}) => ({
  workflow: 'back-up-fleet',
  tenant: TENANT,
  error: { Error: WORKFLOW_ERRORS.refused, Cause: 'secret of the event' },
  ...{ execution: 'arn:execution:1', step: "Record the tenant's failure", entered: '2026-01-31T10:05:00Z' },
  ...change,
});
const asked = (change: object = {}) => ({
  token: 'a-secret-token',
  ...{ execution: 'arn:execution:2', entered: '2026-01-31T10:05:00Z' },
  preview: {
    ...{ tenant: TENANT, id: 'restore-1', planKey: 'plans/1', hash: 'h', requestedBy: 'alice', approvals: 1 },
    counts: { inserts: 1 },
  },
  ...change,
});
const codes = async () => (await functions.notices()).map(notice => notice.code);
const failuresCounted = (log: string) => [...log.matchAll(/"BackupFailures":1/g)].length;

describe('a failure', () => {
  it('is reported and counted once, however often its step is retried, and the step gets the same answer', async () => {
    const first = await functions.call('record-failure', failure());
    const again = await functions.call('record-failure', failure());
    expect(first.result).toEqual({ failed: true, tenant: TENANT });
    expect(again.result).toEqual(first.result);
    expect(await codes()).toEqual(['backup-failed']);
    expect([failuresCounted(first.log), failuresCounted(again.log)]).toEqual([1, 0]);
  });

  it('of integrity is reported, and was counted where it was found', async () => {
    const error = { Error: WORKFLOW_ERRORS.integrity };
    const { log } = await functions.call('record-failure', failure({ error, execution: 'arn:execution:6' }));
    expect(await codes()).toEqual(['integrity-failed']);
    expect(log).not.toMatch(/Failures":/);
  });

  it.each([
    ['of another tenant', { tenant: 'zyxwvutsrqponmlkjihgfedcba' }],
    ['of another execution', { execution: 'arn:execution:3' }],
    ['of a step that a redriven execution enters anew', { entered: '2026-01-31T11:00:00Z' }],
  ])('%s is told by itself', async (_, change) => {
    await functions.call('record-failure', failure(change));
    expect(await codes()).toEqual(['backup-failed']);
  });

  it('of an execution that an earlier version started, without its step, is always reported', async () => {
    const { execution: _e, step: _s, entered: _t, ...old } = failure();
    for (const _ of [1, 2]) await functions.call('record-failure', old);
    expect(await codes()).toEqual(['backup-failed', 'backup-failed']);
  });

  it('that could not be reported is not stored as reported', async () => {
    const event = failure({ execution: 'arn:execution:4' });
    const topics = { alarm: 'arn:aws:sns:eu-central-1:000000000000:no-such-topic', info: 'arn:aws:sns:x:0:none' };
    const failed = await functions.call('record-failure', event, { topics });
    expect(failed.error).toBeDefined();
    expect(await codes()).toEqual([]);
    expect((await functions.call('record-failure', event)).result).toEqual({ failed: true, tenant: TENANT });
    expect(await codes()).toEqual(['backup-failed']);
  });

  it('is reported although nothing can be stored: twice is better than never', async () => {
    const event = failure({ execution: 'arn:execution:5' });
    for (const _ of [1, 2]) {
      const told = await functions.call('record-failure', event, { table: 'no-such-table' });
      expect(told.result).toEqual({ failed: true, tenant: TENANT });
    }
    expect(await codes()).toEqual(['backup-failed', 'backup-failed']);
  });
});

describe('a request for approval', () => {
  it('is sent once, and the token of the newest attempt is kept', async () => {
    const first = await functions.call('request-approval', asked());
    const again = await functions.call('request-approval', asked({ token: 'another-token' }));
    expect(again.result.id).toBe(first.result.id);
    // A new request, such as resuming a kept plan, starts with the full timeout.
    expect(again.result.until > first.result.until).toBe(true);
    expect(await codes()).toEqual(['approval-wanted']);
    const { Items = [] } = await functions.dynamo.send(new ScanCommand({ TableName: TABLE }));
    const kept = Items.filter(item => item.pk?.S?.endsWith('#approvals')).map(item => JSON.parse(item.v!.S!));
    expect(kept.map((approval: Loose) => approval.token)).toEqual(['another-token']);
  });
});

describe('the end of a fleet run', () => {
  it('keeps its time if recorded twice', async () => {
    const request = { reason: 'schedule', whole: true, startedAt: new Date().toISOString() };
    const first = await functions.call('finish-fleet', { workflow: 'verify-fleet', request });
    const again = await functions.call('finish-fleet', { workflow: 'verify-fleet', request });
    expect(again.result).toEqual(first.result);
    expect(first.result.whole).toBe(true);
  });
});

describe('work with one key', () => {
  const once = () => openIdempotency({ client: functions.dynamo, table: TABLE, scope: 'test' });
  const which = (key: string, withinMs = 60_000) => ({ work: 'test', key: [key], withinMs });

  it('that another call is doing is left to that call: retryable, then its result', async () => {
    let begun = () => {};
    let end = (_: string) => {};
    const started = new Promise<void>(resolve => (begun = resolve));
    const first = once()(which('slow'), () => {
      begun();
      return new Promise<string>(resolve => (end = resolve));
    });
    await started;
    const never = () => Promise.reject(new Error('done twice'));
    await expect(once()(which('slow'), never)).rejects.toMatchObject({ code: 'in-progress', retry: 'auto' });
    end('done');
    expect(await first).toBe('done');
    expect(await once()(which('slow'), never)).toBe('done');
  });

  it('is done by the next call if its call was killed, once its lease has expired', async () => {
    let begun = () => {};
    const started = new Promise<void>(resolve => (begun = resolve));
    void once()(which('killed', -1000), () => {
      begun();
      return new Promise<string>(() => {});
    });
    await started;
    expect(await once()(which('killed'), async () => 'done by the next')).toBe('done by the next');
  });

  it('that fails throws its own error, and is not stored', async () => {
    const broken = () => once()(which('broken'), () => Promise.reject(new Error('no luck')));
    await expect(broken()).rejects.toThrow('no luck');
    await expect(broken()).rejects.toThrow('no luck');
    expect(await once()(which('broken'), async () => 7)).toBe(7);
  });
});

describe('what is stored', () => {
  it('expires after a day, and contains nothing of the event: a hash, and the answer', async () => {
    const { Items = [] } = await functions.dynamo.send(new ScanCommand({ TableName: TABLE }));
    const notes = Items.filter(item => item.pk?.S === DONE_PARTITION);
    expect(notes.length).toBeGreaterThan(4);
    for (const note of notes) {
      const left = Number(note[DONE_EXPIRY_ATTRIBUTE]!.N) - Date.now() / 1000;
      expect(left).toBeGreaterThan(23 * 3600);
      // Rounded to seconds.
      expect(left).toBeLessThanOrEqual(24 * 3600 + 1);
      expect(JSON.stringify(note)).not.toMatch(/secret|token|execution/);
    }
    // No item of the catalog itself has the attribute by which DynamoDB expires items.
    expect(Items.filter(item => item.pk?.S !== DONE_PARTITION && DONE_EXPIRY_ATTRIBUTE in item)).toEqual([]);
  });
});

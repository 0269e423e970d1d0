/**
 * The functions as deployed (bundles, settings, sessions), each in its process, against the emulator and the benchmarks'
 * server. A recorder between them and the emulator counts every request and notes when it was answered.
 */
import { join } from 'node:path';
import { PutObjectRetentionCommand, S3Client } from '@aws-sdk/client-s3';
import type { RequestCounts } from '../lib/planner/request-counts.ts';
import { ACCOUNT, type Emulator } from '../test/e2e/emulator.ts';
import { deployFunctions, type Loose } from '../test/support/deployed-functions.ts';
import { askedBy } from '../test/support/planned-requests.ts';
import { type Recorder, type RecorderOptions, type SentRequest, startRecorder } from '../test/support/recorded-aws.ts';
import { type FunctionProcess, startFunction, type Took } from './function-process.ts';
import type { Installation } from './holdfast.ts';

export interface Requests extends RequestCounts {
  /** KMS: data keys, and signatures. */
  readonly keys: number;
  readonly signatures: number;
  /** STS, Secrets Manager, SNS, Step Functions. */
  readonly others: number;
}

export interface MeasuredCall {
  readonly name: string;
  readonly took: Took;
  /** What the start of its process took before. Absent: it served a call before. */
  readonly start?: Took;
  readonly maxRssBytes: number;
  readonly requests: Requests;
  /** Time with at least one request unanswered, in milliseconds. */
  readonly awsMs: number;
  /** Requests of which each began after the one before was answered, at most. */
  readonly inSequence: number;
  readonly result: Loose;
}

export interface Cloud {
  /** Directory of the bundles. */
  readonly code: string;
  readonly environment: NodeJS.ProcessEnv;
  /** A call in the function's process, which is started for the first; `fresh`: in one for this call alone. */
  call(name: string, event: unknown, fresh?: boolean): Promise<MeasuredCall>;
  stop(): Promise<void>;
}

/** Functions for the tenants of this installation's model, with its slot. */
export async function openCloud(installation: Installation, url: string): Promise<Cloud> {
  const functions = await deployFunctions({
    db: { name: new URL(url).pathname.slice(1), url },
    model: join(installation.directory, 'holdfast.model.yaml'),
    ...{ installation: 'bench', slot: installation.slot, runDirectory: installation.directory },
  });
  const { emulator, code } = functions;
  await makeWorkflow(emulator);
  const port = Number(new URL(emulator.endpoint).port);
  const recorder = await startRecorder({
    ...{ account: ACCOUNT, vaultKey: 'alias/none', noticesKey: 'alias/none' },
    route: () => port,
    beforeAnswer: multipartLocks(emulator),
  });
  const environment = {
    ...functions.environment,
    ...{ AWS_ENDPOINT_URL: recorder.endpoint, POWERTOOLS_LOG_LEVEL: 'INFO', AWS_EC2_METADATA_DISABLED: 'true' },
  };
  const running = new Map<string, FunctionProcess>();
  const measure = async (name: string, fn: FunctionProcess, event: unknown) => {
    const before = recorder.sent.length;
    const { result, took, maxRssBytes } = await fn.call(event);
    return { name, result, took, maxRssBytes, ...measuredOf(name, recorder, before) };
  };
  return {
    ...{ code, environment },
    async call(name, event, fresh = false) {
      const known = fresh ? undefined : running.get(name);
      const fn = known ?? (await startFunction(code, name, environment));
      if (!fresh) running.set(name, fn);
      const measured = await measure(name, fn, event);
      if (fresh) await fn.stop();
      return { ...measured, ...(known === undefined && { start: fn.started }) };
    },
    async stop() {
      for (const each of running.values()) await each.stop();
      await recorder.stop();
      await functions.stop();
    },
  };
}

/** What *request-restore* starts. */
async function makeWorkflow(emulator: { call(target: string, body: object): Promise<unknown> }): Promise<void> {
  await emulator.call('AWSStepFunctions.CreateStateMachine', {
    ...{ name: 'none', roleArn: `arn:aws:iam::${ACCOUNT}:role/any` },
    definition: JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Pass', End: true } } }),
  });
}

/** The emulator forgets the lock of an object that is stored in parts: sets it when the object is complete. */
function multipartLocks({ target }: Pick<Emulator, 'target'>): RecorderOptions['beforeAnswer'] & object {
  const s3 = new S3Client({ ...target, forcePathStyle: true });
  const asked = new Map<string, Date>();
  return async ({ service, method, key: Key, query }, headers) => {
    if (service !== 's3' || method !== 'POST') return;
    if (query.has('uploads')) asked.set(Key, new Date(String(headers['x-amz-object-lock-retain-until-date'])));
    const RetainUntilDate = asked.get(Key);
    if (!query.has('uploadId') || RetainUntilDate === undefined) return;
    const Retention = { Mode: 'COMPLIANCE', RetainUntilDate } as const;
    await s3.send(new PutObjectRetentionCommand({ Bucket: 'functions-vault', Key, Retention }));
  };
}

function measuredOf(name: string, recorder: Recorder, before: number) {
  recorder.taken();
  const sent = recorder.sent.slice(before);
  const requests = { ...askedBy({ name, sent }), ...keysOf(sent) };
  return { requests, awsMs: unanswered(sent), inSequence: longestSequence(sent) };
}

function keysOf(sent: readonly SentRequest[]): Pick<Requests, 'keys' | 'signatures' | 'others'> {
  const kms = sent.filter(({ service }) => service === 'kms');
  const signatures = kms.filter(({ target }) => target === 'Sign').length;
  const others = sent.filter(({ service }) => !['s3', 'dynamodb', 'kms'].includes(service)).length;
  return { signatures, keys: kms.length - signatures, others };
}

function unanswered(sent: readonly SentRequest[]): number {
  let [sum, end] = [0, 0];
  for (const { from, until } of [...sent].sort((a, b) => a.from - b.from)) {
    sum += Math.max(0, until - Math.max(from, end));
    end = Math.max(end, until);
  }
  return sum;
}

function longestSequence(sent: readonly SentRequest[]): number {
  let [count, end] = [0, 0];
  for (const { from, until } of [...sent].sort((a, b) => a.until - b.until)) {
    if (from < end) continue;
    count++;
    end = until;
  }
  return count;
}

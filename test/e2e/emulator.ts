/**
 * MiniStack for the tests of test/e2e, with direct calls of Lambda, Step Functions, SQS and CloudWatch: our packages
 * contain no client for them, and a request is one line of JSON.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { startAuthorizedMinistack, startMinistack } from '../support/servers.ts';
import { getSigned, postSigned, type SigningKeys } from './signed-requests.ts';

export const ACCOUNT = '000000000000';
export const REGION = 'eu-central-1';
const ROOT = join(import.meta.dirname, '../..');
const STEP_MS = 150;
const TIMEOUT_MS = 150_000;

// biome-ignore lint/suspicious/noExplicitAny: responses have the shape of the service
type Loose = any;

export interface Emulator {
  readonly endpoint: string;
  /** With the credentials of the account itself, which may do everything. */
  readonly target: { region: string; endpoint: string; credentials: SigningKeys };
  /** A request of an AWS JSON protocol: `AWSStepFunctions.StartExecution` … */
  call(target: string, body: object, region?: string): Promise<Loose>;
  /** A request of the AWS Query protocol to IAM. */
  iam(action: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  invoke(name: string, event: object, region?: string): Promise<{ failed: boolean; answer: Loose }>;
  /** The path of a function's URL on this server. */
  functionUrl(name: string, region: string): Promise<string>;
  /** Runs the CDK command line; throws its output if it fails. `bootstrap` takes no app: it would only be synthesized. */
  cdk(...args: string[]): Promise<void>;
  /** The same with the credentials of another account itself. */
  inAccount(id: string): Pick<Emulator, 'target' | 'cdk'>;
  /** Every call that was denied since the start. */
  denied(): Promise<Denied[]>;
  stop(): Promise<void>;
}

/** A line of ministack-authorized.py. */
export interface Denied {
  readonly action: string;
  readonly resource: string;
  /** ARN of the caller. */
  readonly by: string;
  readonly reason: string;
}

export interface EmulatorOptions {
  /**
   * Checks signatures and enforces policies, also those of functions and people. False for tests of functions that no stack
   * deployed. @default true
   */
  readonly authorizes?: boolean;
  /** Variables of the server, which its functions inherit, such as NODE_EXTRA_CA_CERTS. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** In a region and an account of its own, with nothing in it. */
export async function startEmulator({ authorizes = true, variables }: EmulatorOptions = {}): Promise<Emulator> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const deniedFile = join(directory, 'denied.jsonl');
  await writeFile(deniedFile, '');
  const environment = {
    // Functions run on the host's `node`: the one that runs these tests.
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    ...{ MINISTACK_REGION: REGION, MINISTACK_ACCOUNT_ID: ACCOUNT },
    ...{ S3_DATA_DIR: join(directory, 's3'), STATE_DIR: join(directory, 'state') },
    // Of the server and its functions: it is killed, and would leave its files.
    TMPDIR: directory,
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', POWERTOOLS_TRACE_ENABLED: 'false' },
    // No containers: functions run on this machine.
    DOCKER_HOST: 'unix:///nonexistent',
    ...variables,
  };
  const server = await (authorizes ? startAuthorizedMinistack(deniedFile, environment) : startMinistack(environment));
  const endpoint = server.target.endpoint!;
  const sender = (service: string, region = REGION) => ({ endpoint, service, region, credentials });
  return {
    endpoint,
    target: { region: REGION, endpoint, credentials },
    async call(target, body, region) {
      const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' };
      const service = SERVICES[target.split('.')[0]!]!;
      const text = await textOf(target, await postSigned(sender(service, region), '/', JSON.stringify(body), headers));
      return text === '' ? {} : JSON.parse(text);
    },
    async iam(action, parameters) {
      const form = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters });
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return textOf(action, await postSigned(sender('iam', 'us-east-1'), '/', form.toString(), headers));
    },
    async invoke(name, event, region) {
      const path = `/2015-03-31/functions/${name}/invocations`;
      const response = await postSigned(sender('lambda', region), path, JSON.stringify(event));
      return { failed: response.headers.has('x-amz-function-error'), answer: await response.json() };
    },
    async functionUrl(name, region) {
      const response = await getSigned(sender('lambda', region), `/2021-10-31/functions/${name}/url`);
      const { FunctionUrl } = JSON.parse(await textOf(name, response));
      return `/_aws/lambda-url/${new URL(FunctionUrl).hostname.split('.')[0]}/`;
    },
    cdk: (...args) => runCdk(endpoint, 'test', [...args, '--output', join(directory, 'cdk.out')]),
    // MiniStack takes an access key of twelve digits for that account's own.
    inAccount: id => ({
      target: { region: REGION, endpoint, credentials: { ...credentials, accessKeyId: id } },
      cdk: (...args) => runCdk(endpoint, id, [...args, '--output', join(directory, `cdk.out-${id}`)]),
    }),
    async denied() {
      const lines = (await readFile(deniedFile, 'utf8')).split('\n').filter(line => line !== '');
      return lines.map(line => JSON.parse(line));
    },
    async stop() {
      await server.stop();
      // Functions that are just ending write there.
      await rm(directory, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

async function textOf(what: string, response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${what}: ${text}`);
  return text;
}

const SERVICES: Record<string, string> = {
  AWSStepFunctions: 'states',
  AmazonSQS: 'sqs',
  GraniteServiceVersion20100801: 'monitoring',
  Logs_20140328: 'logs',
};

async function runCdk(endpoint: string, accessKeyId: string, args: string[]): Promise<void> {
  const env = {
    ...process.env,
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: REGION },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: 'test', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    // Of the templates: test/infra/cdk-app.test.ts has it on.
    CDK_VALIDATION: 'false',
    NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/holdfast'),
  };
  // Where no cdk.json names an app.
  const cwd = args[0] === 'bootstrap' ? tmpdir() : ROOT;
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args], { cwd, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += data));
  const code = await new Promise(resolve => child.once('close', resolve));
  if (code !== 0) throw new Error(`cdk ${args.join(' ')} failed.\n${output.slice(-6000)}`);
}

/** Polls until there is a result: the emulator sends no events. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + TIMEOUT_MS;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(STEP_MS);
  }
  throw new Error(`Timed out waiting for: ${what}.`);
}

/** Starts an execution and returns its ARN. */
export async function startExecution(
  emulator: Emulator,
  workflow: string,
  input: object,
  region = REGION,
): Promise<string> {
  const stateMachineArn = `arn:aws:states:${region}:${ACCOUNT}:stateMachine:${workflow}`;
  const request = { stateMachineArn, input: JSON.stringify(input) };
  return (await emulator.call('AWSStepFunctions.StartExecution', request, region)).executionArn;
}

/** The outcome of an execution. */
export function ended(
  emulator: Emulator,
  executionArn: string,
): Promise<{ status: string; error?: string; cause?: string; output?: string }> {
  return eventually(`${executionArn} ends`, async () => {
    const execution = await emulator.call(
      'AWSStepFunctions.DescribeExecution',
      { executionArn },
      regionOf(executionArn),
    );
    return execution.status === 'RUNNING' ? undefined : execution;
  });
}

/** Names of the steps that an execution has entered. */
export async function stepsOf(emulator: Emulator, executionArn: string): Promise<string[]> {
  const request = { executionArn };
  const { events } = await emulator.call('AWSStepFunctions.GetExecutionHistory', request, regionOf(executionArn));
  return events.flatMap((event: Loose) => event.stateEnteredEventDetails?.name ?? []);
}

function regionOf(arn: string): string {
  return arn.split(':')[3]!;
}

/** MiniStack's CloudFormation ignores Object Lock of a bucket: sets what the template requests. */
export async function lockBucket(
  { target }: Pick<Emulator, 'target'>,
  Bucket: string,
  Days: number,
  region = REGION,
): Promise<void> {
  const s3 = new S3Client({ ...target, region, forcePathStyle: true });
  const ObjectLockConfiguration = {
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days } },
  } as const;
  await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  s3.destroy();
}

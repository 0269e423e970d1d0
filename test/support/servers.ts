/**
 * Independent servers of AWS's protocols, for the contract tests of lib/aws. Each test file starts its own on a free
 * loopback port and stops it by its process id.
 *
 * - versitygw (Apache-2.0, Go): S3 with Object Lock per version.
 * - moto (Apache-2.0, Python): KMS, DynamoDB, RDS, SNS, Secrets Manager, and an S3 that is too lenient.
 * - MiniStack (MIT, Python): a second DynamoDB, whose transactions know their tokens, and a KMS with replicas of keys.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AwsTarget } from '../../lib/aws/clients.ts';
import { cachedTool, run } from './tool-cache.ts';

const VERSITYGW = '1.8.0';
const REGION = 'eu-central-1';
/** Of the servers, and of what else the tests run in Python. */
const REQUIREMENTS = ['requirements.txt', '../../examples/reader/requirements.txt'].map(file =>
  join(import.meta.dirname, file),
);
/** Ends the server when this process ends in any way: the pipe to its shell closes. */
const WATCHED = '"$@" & server=$!; cat > /dev/null; kill -9 $server; wait $server 2> /dev/null; exit 0';
const START_ATTEMPTS = 300;
const START_STEP_MS = 100;

export interface TestServer {
  readonly port: number;
  readonly target: AwsTarget;
  stop(): Promise<void>;
}

export const TEST_CREDENTIALS = { accessKeyId: 'holdfasttest', secretAccessKey: 'holdfasttestsecret' };

/** An S3 server with its buckets in a temporary directory. */
export async function startVersitygw(): Promise<TestServer> {
  const tool = await cachedTool(`versitygw-${VERSITYGW}`, async directory => {
    const go = join(await pythonServers(), 'bin', 'go');
    await run(go, ['install', '-ldflags', '-s -w', `github.com/versity/versitygw/cmd/versitygw@v${VERSITYGW}`], {
      env: { GOBIN: directory, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local' },
      hint: 'The S3 server of the contract tests is built from its source, which comes from the Go module proxy.',
    });
  });
  const data = await mkdtemp(join(tmpdir(), 'holdfast-s3-'));
  return start(
    join(tool, 'versitygw'),
    port => [
      '--port',
      `127.0.0.1:${port}`,
      '--region',
      REGION,
      '--quiet',
      'posix',
      '--versioning-dir',
      join(data, 'versions'),
      join(data, 'buckets'),
    ],
    {
      env: { ROOT_ACCESS_KEY: TEST_CREDENTIALS.accessKeyId, ROOT_SECRET_KEY: TEST_CREDENTIALS.secretAccessKey },
      directories: [data, join(data, 'versions'), join(data, 'buckets')],
    },
  );
}

/** `env`: settings of moto's own. */
export async function startMoto(env: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  const python = await pythonServers();
  return start(join(python, 'bin', 'moto_server'), port => ['-H', '127.0.0.1', '-p', String(port)], {
    env: { MOTO_ACCOUNT_ID: '123456789012', ...env },
  });
}

/** `env`: also of the functions that it runs. */
export async function startMinistack(env: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  const python = await pythonServers();
  return start(join(python, 'bin', 'ministack'), () => [], {
    env: { BIND_HOST: '127.0.0.1', ...env },
    portVariable: 'GATEWAY_PORT',
  });
}

/** The same, and every request is authorized (ministack-authorized.py). `denied`: the file of denied calls. */
export async function startAuthorizedMinistack(denied: string, env: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  const script = join(import.meta.dirname, 'ministack-authorized.py');
  return start(await pythonWithServers(), () => [script], {
    env: { BIND_HOST: '127.0.0.1', PYTHONDONTWRITEBYTECODE: '1', HOLDFAST_DENIED: denied, ...env },
    portVariable: 'GATEWAY_PORT',
  });
}

/** The interpreter that has the Python servers and the libraries of examples/reader installed. */
export async function pythonWithServers(): Promise<string> {
  return join(await pythonServers(), 'bin', 'python3');
}

async function pythonServers(): Promise<string> {
  const contents = await Promise.all(REQUIREMENTS.map(file => readFile(file)));
  const version = createHash('sha256').update(Buffer.concat(contents)).digest('hex').slice(0, 12);
  const hint =
    'The servers of the contract tests need Python 3.10 or newer with venv (Debian: apt-get install python3-venv), and a package index.';
  return cachedTool(`python-${version}`, async directory => {
    await run('python3', ['-m', 'venv', directory], { hint });
    await run(
      join(directory, 'bin', 'pip'),
      ['install', '--quiet', '--disable-pip-version-check', ...REQUIREMENTS.flatMap(file => ['-r', file])],
      { hint },
    );
  });
}

interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly portVariable?: string;
  /** Created before the start; the first is removed after the end. */
  readonly directories?: readonly string[];
}

async function start(command: string, args: (port: number) => string[], options: StartOptions): Promise<TestServer> {
  for (const directory of options.directories ?? []) await mkdir(directory, { recursive: true });
  const port = await freePort();
  const env = {
    ...process.env,
    ...options.env,
    ...(options.portVariable ? { [options.portVariable]: String(port) } : {}),
  };
  const child = spawn('sh', ['-c', WATCHED, 'sh', command, ...args(port)], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', data => (said = (said + data).slice(-4000)));
  const stop = async () => {
    await ended(child);
    if (options.directories?.[0]) await rm(options.directories[0], { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await listens(port)) {
      return {
        port,
        stop,
        target: { region: REGION, endpoint: `http://127.0.0.1:${port}`, credentials: TEST_CREDENTIALS },
      };
    }
    await pause(START_STEP_MS);
  }
  await stop();
  throw new Error(`${command} did not start to listen.\n${said}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise(resolve => child.once('close', resolve));
  child.stdin!.end();
  await closed;
}

function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

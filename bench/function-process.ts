/**
 * A function's container: a process with the bundle as deployed that serves one call after the other, as Lambda's runtime
 * does, and reports what each of them took. The first call follows the start.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { functionMemoryMb } from '../lib/domain/function-memory.ts';

// biome-ignore lint/suspicious/noExplicitAny: events and results are whatever the function says
type Loose = any;

/** Milliseconds of the process between two moments. */
export interface Took {
  /** Processor time of all threads, and of the main thread alone. */
  readonly cpuMs: number;
  readonly mainMs: number;
  readonly wallMs: number;
}

export interface Served {
  readonly result: Loose;
  readonly took: Took;
  /** Greatest resident memory of the process so far, in bytes. */
  readonly maxRssBytes: number;
}

export interface FunctionProcess {
  /** From the start of the process until its code is loaded; Node.js itself included. */
  readonly started: Took;
  call(event: unknown): Promise<Served>;
  stop(): Promise<void>;
}

const RUNNER = `
const now = () => {
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
  return { cpuMs: (all.user + all.system) / 1000, mainMs: (main.user + main.system) / 1000, wallMs: performance.now() };
};
const since = ({ cpuMs, mainMs, wallMs }) => {
  const then = now();
  return { cpuMs: then.cpuMs - cpuMs, mainMs: then.mainMs - mainMs, wallMs: then.wallMs - wallMs };
};
const context = { functionName: 'f', functionVersion: '1', memoryLimitInMB: '512', invokedFunctionArn: 'arn', awsRequestId: 'id' };
const { handler } = await import(process.env.HANDLER);
process.on('message', async event => {
  const start = now();
  const outcome = await handler(event, context).then(
    result => ({ result }),
    error => ({ error: error.name + ' ' + error.message }),
  );
  process.send({ ...outcome, took: since(start), maxRssBytes: process.resourceUsage().maxRSS * 1024 });
});
process.send({ took: now() });`;

/** The limits of the heap that Lambda's runtime sets: 90 % of the memory, and 5 % for a half of the young generation. */
function heapOf(name: string): string[] {
  const mb = functionMemoryMb(name);
  return [`--max-old-space-size=${Math.floor(mb * 0.9)}`, `--max-semi-space-size=${Math.floor(mb * 0.05)}`];
}

/** `code`: the directory of the bundles. Throws its output if it does not start. */
export async function startFunction(
  code: string,
  handler: string,
  environment: NodeJS.ProcessEnv,
): Promise<FunctionProcess> {
  const child = spawn(process.execPath, [...heapOf(handler), '--input-type=module', '-e', RUNNER], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...environment, HANDLER: pathToFileURL(join(code, `${handler}.mjs`)).href },
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', data => (output = `${output}${data}`.slice(-4000)));
  const closed = new Promise<void>(resolve => child.once('close', () => resolve()));
  const answer = () =>
    new Promise<Loose>((resolve, reject) => {
      const ended = () => reject(new Error(`${handler} ended.\n${output}`));
      child.once('close', ended);
      child.once('message', message => {
        child.off('close', ended);
        resolve(message);
      });
    });
  const { took: started } = await answer();
  return {
    started,
    async call(event) {
      const answered = answer();
      child.send(event as object);
      const { error, ...served } = await answered;
      if (error !== undefined) throw new Error(`${handler}: ${error}\n${output}`);
      return served;
    },
    async stop() {
      child.kill();
      await closed;
    },
  };
}

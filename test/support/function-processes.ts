/**
 * Functions as Lambda runs them: each in a process of its own, which takes one event after another, and whose output is its
 * log. A start costs more than most calls; few processes wait for the next event, because each has a tenth of a gigabyte.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

// biome-ignore lint/suspicious/noExplicitAny: events and results are whatever the function says
type Loose = any;

/** What a function answered, or threw as Step Functions would see it, and what it wrote meanwhile. */
export interface Answered {
  readonly result?: Loose;
  readonly error?: { readonly name: string; readonly message: string };
  readonly log: string;
}

export interface FunctionProcesses {
  /** `bundle`: the file that exports the handler. Takes a process that was started with the same environment, or starts one. */
  call(bundle: string, event: unknown, env: NodeJS.ProcessEnv): Promise<Answered>;
  /** Ends those that wait, of this file or of all: the next call of each such function is its first. */
  end(bundle?: string): Promise<void>;
}

interface Running {
  readonly key: string;
  readonly bundle: string;
  readonly child: ChildProcess;
  /** Whatever it wrote and has not been returned. */
  said: Record<'stdout' | 'stderr', string>;
  heard: () => void;
}

const MOST_WAITING = 12;
/** Written to both streams after each call. */
const END = '\n--- end of the call ---\n';

const RUN = `
  const { handler } = await import(process.argv[1]);
  const context = { getRemainingTimeInMillis: () => 60000, functionName: 'f', functionVersion: '1', awsRequestId: 'r', invokedFunctionArn: 'arn', memoryLimitInMB: '512' };
  process.on('message', async event => {
    const told = await handler(event, context).then(
      result => ({ result }),
      error => {
        // As Lambda's own runtime logs what a handler throws.
        console.error(JSON.stringify({ errorType: error.name, errorMessage: error.message, stack: error.stack?.split('\\n') }));
        return { error: { name: error.name, message: error.message } };
      },
    );
    for (const stream of [process.stdout, process.stderr]) stream.write(${JSON.stringify(END)});
    process.send(told);
  });
  process.once('disconnect', () => process.exit(0));`;

export function functionProcesses(): FunctionProcesses {
  /** Least recently used first. */
  const waiting: Running[] = [];
  return {
    async call(bundle, event, env) {
      const key = JSON.stringify([bundle, env]);
      const found = waiting.findIndex(each => each.key === key && each.child.connected);
      const running = found === -1 ? start(bundle, env, key) : waiting.splice(found, 1)[0]!;
      const answered = await ask(running, event);
      waiting.push(running);
      if (waiting.length > MOST_WAITING) await ended(waiting.shift()!);
      return answered;
    },
    async end(bundle) {
      const ending = waiting.filter(each => bundle === undefined || each.bundle === bundle);
      for (const each of ending) waiting.splice(waiting.indexOf(each), 1);
      await Promise.all(ending.map(ended));
    },
  };
}

function start(bundle: string, env: NodeJS.ProcessEnv, key: string): Running {
  const args = ['--input-type=module', '-e', RUN, pathToFileURL(bundle).href];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const running: Running = { key, bundle, child, said: { stdout: '', stderr: '' }, heard: () => {} };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', data => {
      running.said[name] += data;
      running.heard();
    });
  return running;
}

/** Throws if the process ends instead. */
async function ask(running: Running, event: unknown): Promise<Answered> {
  const { child, said } = running;
  const told = new Promise<Omit<Answered, 'log'>>((resolve, reject) => {
    child.once('message', answer => resolve(answer as Omit<Answered, 'log'>));
    child.once('close', code => {
      reject(new Error(`The process of the function ended with ${code}.\n${said.stdout}${said.stderr}`.slice(-4000)));
    });
  });
  child.send(event as object);
  const answer = await told;
  child.removeAllListeners('close');
  const { promise, resolve } = Promise.withResolvers<void>();
  running.heard = () => {
    if (said.stdout.includes(END) && said.stderr.includes(END)) resolve();
  };
  running.heard();
  await promise;
  const log = (['stdout', 'stderr'] as const).map(name => {
    const [call, ...later] = said[name].split(END);
    said[name] = later.join(END);
    return call;
  });
  return { ...answer, log: log.join('') };
}

async function ended({ child }: Running): Promise<void> {
  if (!child.connected) return;
  // There is no 'close' after a disconnection from this side.
  const exited = new Promise(resolve => child.once('exit', resolve));
  child.disconnect();
  await exited;
}

/** Work that is wanted until it succeeds: one execution at a time, and another attempt under another name. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startWanted } from '../../lib/runtime/workflows.ts';

const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:holdfast-back-up-fleet';
const MINUTE = 60_000;

let server: Server;
let client: SFNClient;
/** Executions of the service by name: when they ended, in seconds, if they did. */
const executions = new Map<string, { stopDate?: number }>();
let now: Date;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', data => (body += data));
    request.on('end', () => {
      const [status, document] = answer(String(request.headers['x-amz-target']), JSON.parse(body));
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(document));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  client = new SFNClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
  });
});
afterAll(() => new Promise(resolve => server.close(resolve)));
beforeEach(() => {
  executions.clear();
  now = new Date('2026-01-31T10:00:00Z');
});

/** As Step Functions answers. */
function answer(target: string, { name, executionArn }: { name: string; executionArn: string }): [number, object] {
  if (target.endsWith('StartExecution')) {
    if (executions.has(name)) return [400, { __type: 'ExecutionAlreadyExists' }];
    executions.set(name, {});
    return [200, { executionArn: `${MACHINE}:${name}`, startDate: 0 }];
  }
  const found = executions.get(executionArn.slice(executionArn.lastIndexOf(':') + 1));
  return found ? [200, { ...found, status: 'FAILED' }] : [400, { __type: 'ExecutionDoesNotExist' }];
}

const start = () => startWanted(client, MACHINE, { name: 'gap-1', input: { reason: 'gap' }, now });
const end = (name: string) => executions.set(name, { stopDate: now.getTime() / 1000 });
const pass = (minutes: number) => {
  now = new Date(now.getTime() + minutes * MINUTE);
};

it('is started once while its execution runs', async () => {
  expect(await start()).toBe(true);
  pass(600);
  expect(await start()).toBe(false);
  expect([...executions.keys()]).toEqual(['gap-1']);
});

it('is tried again under another name after a pause that grows with each attempt', async () => {
  await start();
  for (const [attempt, minutes] of [
    [2, 15],
    [3, 30],
    [4, 60],
  ] as const) {
    end(attempt === 2 ? 'gap-1' : `gap-1-${attempt - 1}`);
    pass(minutes - 1);
    expect(await start()).toBe(false);
    pass(1);
    expect(await start()).toBe(true);
    expect([...executions.keys()].at(-1)).toBe(`gap-1-${attempt}`);
  }
});

it('is given up after many attempts, which the daily runs then replace', async () => {
  let started = 0;
  for (let hour = 0; hour < 24 * 30; hour++) {
    if (await start()) started++;
    for (const [name, { stopDate }] of executions) if (stopDate === undefined) end(name);
    pass(60);
  }
  expect(started).toBe(20);
});

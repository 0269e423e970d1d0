/** CloudWatch is asked once a minute for the newest figure; whatever it answers, or if it never does, the work goes on. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { databaseProcessor } from '../../../lib/aws/database-processor.ts';
import type { WatchedDatabase } from '../../../lib/domain/database-load.ts';

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 'b' };
const WRITER: WatchedDatabase = { kind: 'cluster', identifier: 'orders' };
let close = () => {};
afterEach(() => close());

type Answer = (request: string, response: ServerResponse) => void;

async function asking(database: WatchedDatabase, answer: Answer) {
  const requests: string[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    requests.push(Buffer.concat(parts).toString('latin1'));
    answer(requests.at(-1)!, response);
  }).listen(0, '127.0.0.1');
  close = () => void server.close();
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = { ms: Date.parse('2026-03-04T12:00:00Z') };
  const target = { region: 'eu-central-1', endpoint, credentials: CREDENTIALS };
  return { requests, clock, processor: databaseProcessor(target, database, () => clock.ms) };
}

const values = (...found: number[]): Answer => {
  const body = JSON.stringify({ MetricDataResults: [{ Id: 'processor', StatusCode: 'Complete', Values: found }] });
  return (_, response) => response.setHeader('content-type', 'application/x-amz-json-1.0').end(body);
};

it.each<[WatchedDatabase, object[]]>([
  [
    WRITER,
    [
      { Name: 'DBClusterIdentifier', Value: 'orders' },
      { Name: 'Role', Value: 'WRITER' },
    ],
  ],
  [{ kind: 'instance', identifier: 'orders' }, [{ Name: 'DBInstanceIdentifier', Value: 'orders' }]],
])('asks for the newest minute of %o, once a minute', async (database, dimensions) => {
  const { requests, clock, processor } = await asking(database, values(91.5, 20));
  expect(await Promise.all([processor(), processor()])).toEqual([91.5, 91.5]);
  expect(requests).toHaveLength(1);
  const { MetricDataQueries, ScanBy } = JSON.parse(requests[0]!);
  expect(ScanBy).toBe('TimestampDescending');
  expect(MetricDataQueries[0].MetricStat).toMatchObject({
    ...{ Period: 60, Stat: 'Average' },
    Metric: { Namespace: 'AWS/RDS', MetricName: 'CPUUtilization', Dimensions: dimensions },
  });
  clock.ms += 60_000;
  expect(await processor()).toBe(91.5);
  expect(requests).toHaveLength(2);
});

it.each<[string, Answer]>([
  ['has no value', values()],
  ['refuses', (_, response) => response.writeHead(400).end('{"__type":"AccessDenied"}')],
  ['breaks off', (_, response) => response.destroy()],
])('knows nothing where CloudWatch %s, and asks again only after a minute', async (_, answer) => {
  const { requests, processor } = await asking(WRITER, answer);
  expect(await processor()).toBeNull();
  expect(await processor()).toBeNull();
  expect(requests).toHaveLength(1);
});

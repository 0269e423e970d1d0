/**
 * Notices of the topics on their way to webhooks, received by an HTTP server: each sink gets what it is for, one that fails is
 * an alarm and stops no other, and the notice of a failed webhook goes to no webhook. Only the client that posts is replaced,
 * so that https leads to the server.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readWebhookSecret } from '../../../lib/aws/webhook-secret.ts';
import type { MessageSink } from '../../../lib/local/message-sink.ts';
import { deliverNotice } from '../../../lib/runtime/deliver-message.ts';

const AT = '2026-05-03T10:00:00.000Z';
const CONFIG = { name: 'holdfast', installation: 'an-installation' };
const NOTICE = { severity: 'alarm', code: 'log-gap', message: 'A gap.', details: {} };

let server: Server;
const received: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      received.push(request.url!);
      response.writeHead(request.url === '/gone' ? 410 : 200).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise(resolve => server.close(resolve)));
beforeEach(() => {
  received.length = 0;
});

const toServer: typeof fetch = (url, init) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(String(url)).pathname}`, init);

const sink = (name: string, sends: MessageSink['sends'] = ['alarms']): MessageSink => ({
  ...{ name, kind: 'slack', sends },
  secret: async () => ({ url: `https://hooks.example.com/${name}` }),
});

async function deliver(notice: object, sinks: readonly MessageSink[], breaks = false) {
  const told: { code: string; details?: object }[] = [];
  const notifier = {
    async notify(each: { code: string }) {
      if (breaks) throw new Error('the topic refuses');
      told.push(each);
    },
  };
  const deps = { notifier, sinks, clock: { now: () => new Date(AT) }, fetch: toServer, pause: async () => {} };
  const accepted = await deliverNotice({ text: JSON.stringify(notice), at: AT }, CONFIG, deps);
  return { accepted, told };
}

describe('a notice of a topic', () => {
  it('goes to every webhook that it is for', async () => {
    const { accepted, told } = await deliver(NOTICE, [sink('a'), sink('b', ['approvals']), sink('c')]);
    expect([accepted, received.sort(), told]).toEqual([2, ['/a', '/c'], []]);
  });

  it('reaches the others where one webhook fails, which is an alarm by its name', async () => {
    const { accepted, told } = await deliver(NOTICE, [sink('gone'), sink('c')]);
    expect([accepted, received.sort()]).toEqual([1, ['/c', '/gone']]);
    expect(told).toMatchObject([{ severity: 'alarm', code: 'message-undelivered', details: { sink: 'gone' } }]);
    expect(JSON.stringify(told)).not.toContain('hooks.example.com');
  });

  it.each([
    ['the notice', { ...NOTICE, code: 'message-undelivered' }],
    ['the alarm', { AlarmName: 'holdfast-message-undelivered', AlarmDescription: 'x', NewStateValue: 'ALARM' }],
  ])('goes to no webhook where it is %s that one failed', async (_, notice) => {
    expect(await deliver(notice, [sink('a')])).toEqual({ accepted: 0, told: [] });
    expect(received).toEqual([]);
  });

  it('is not taken for delivered where neither the webhook nor the topic accepts it: it is tried again, then kept', async () => {
    await expect(deliver(NOTICE, [sink('gone'), sink('c')], true)).rejects.toThrow('the topic refuses');
    expect(received.sort()).toEqual(['/c', '/gone']);
  });
});

describe('the secret of a webhook', () => {
  const read = (SecretString: string | undefined) =>
    readWebhookSecret({ send: async () => ({ SecretString }) } as never, 'arn:secret');

  it('has its URL, and the key of a signed one', async () => {
    expect(await read('{"url":" https://x ","key":"k"}')).toEqual({ url: 'https://x', key: 'k' });
  });

  it.each([undefined, 'https://hushhush', '{"uri":"hushhush"}', '{"url":"","hushhush":1}'])(
    'is not shown where it is %j',
    async text => {
      const error = await read(text).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: 'message-undelivered' });
      expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain('hushhush');
    },
  );
});

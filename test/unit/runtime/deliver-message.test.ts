/**
 * Notices of the topics on their way to webhooks, received by an HTTP server: each sink gets what it is for, one that fails is
 * an alarm and stops no other, and the notice of a failed webhook goes to no webhook. Only the client that posts is replaced,
 * so that https leads to the server.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readContactsSecret, readWebhookSecret } from '../../../lib/aws/message-secret.ts';
import type { Subject } from '../../../lib/domain/chat-message.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { webhookDelivery } from '../../../lib/local/webhook-delivery.ts';
import type { Recipient } from '../../../lib/operations/telling/recipients.ts';
import { undeliveredNotice } from '../../../lib/operations/telling/telling-notifier.ts';
import { deliverNotice } from '../../../lib/runtime/deliver-message.ts';
import { sinkRecipient } from '../../../lib/runtime/message-recipients.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';

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

const clock = { now: () => new Date(AT) };

function sink(name: string, sends: readonly Subject[] = ['alarms']): Recipient {
  const secret = async () => ({ url: `https://hooks.example.com/${name}` });
  const posting = { clock, fetch: toServer, pause: async () => {} };
  return sinkRecipient({ name, kind: 'slack', sends }, webhookDelivery({ name, kind: 'slack', secret }, posting));
}

async function deliver(notice: object, sinks: readonly Recipient[], breaks = false) {
  const told: object[] = [];
  const report = async (failure: { readonly message: string; readonly recipient: string }) => {
    if (breaks) throw new Error('the topic refuses');
    told.push(undeliveredNotice(failure));
  };
  const recipients = { sinks, contactOf: async () => undefined };
  const deps = { catalog: memoryCatalog(), clock, recipients, report };
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

describe('the secret of contacts', () => {
  const read = (SecretString: string) =>
    readContactsSecret({ send: async () => ({ SecretString }) } as never, 'arn:secret', 'an-installation');

  it('is by id of the tenant, and known inside by reference only', async () => {
    const tenants = { acme: { emails: ['ann@acme.example'] } };
    const found = await read(JSON.stringify({ format: 'holdfast.contacts/1', tenants }));
    expect([...found.keys()]).toEqual([tenantRef('an-installation', tenantId('acme'))]);
  });

  it.each(['hushhush', '{"format":"holdfast.contacts/1","tenants":{"hushhush":{"emails":["hushhush"]}}}'])(
    'is not shown where it is %j',
    async text => {
      const error = await read(text).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: 'bad-contacts' });
      expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain('hushhush');
    },
  );
});

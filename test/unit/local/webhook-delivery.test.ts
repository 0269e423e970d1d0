/**
 * Messages to webhooks, received by an HTTP server: what is sent, how it is signed, and that a sink that fails stops nothing
 * and tells no secret. The server has no certificate: only the client that posts is replaced, so that https leads to it.
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approvalNotice } from '../../../lib/domain/approval-notice.ts';
import type { Subject } from '../../../lib/domain/chat-message.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { type Webhook, webhookDelivery } from '../../../lib/local/webhook-delivery.ts';
import { tellingNotifier } from '../../../lib/operations/telling/telling-notifier.ts';
import type { Notifier } from '../../../lib/ports.ts';
import { sinkRecipient } from '../../../lib/runtime/message-recipients.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';

const TENANT = tenantRef('an-installation', tenantId('acme'));
const URL_SECRET = 'https://hooks.example.com/services/T0/B0/s3cr3t';
const KEY = 'k3y-of-the-signature';
const NOW = new Date('2026-05-03T10:00:00.000Z');
const clock = { now: () => NOW };

let server: Server;
let replies: number[];
const received: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', data => (body += data));
    request.on('end', () => {
      received.push({ path: request.url!, headers: request.headers, body });
      const status = replies.length > 1 ? replies.shift()! : replies[0]!;
      response.writeHead(status, { location: 'https://elsewhere.example.com/' }).end('ok');
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise(resolve => server.close(resolve)));
beforeEach(() => {
  received.length = 0;
  replies = [200];
});

const toServer: typeof fetch = (url, init) => {
  const { pathname } = new URL(String(url));
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`, init);
};

type Notice = Parameters<Notifier['notify']>[0];

function world(change: Partial<Webhook> & { readonly sends?: readonly Subject[] } = {}) {
  const told: Notice[] = [];
  const pauses: number[] = [];
  const base: Notifier = { notify: async notice => void told.push(notice) };
  const { sends = ['approvals', 'alarms'], ...more } = change;
  const webhook: Webhook = { name: 'on-call', kind: 'slack', secret: async () => ({ url: URL_SECRET }), ...more };
  const pause = async (ms: number) => void pauses.push(ms);
  const deliver = webhookDelivery(webhook, { clock, fetch: toServer, pause });
  const notifier = tellingNotifier(base, {
    ...{ installation: 'an-installation', clock, catalog: memoryCatalog(), runbookUrl: 'https://wiki.example.com' },
    recipients: { sinks: [sinkRecipient({ ...webhook, sends }, deliver)], contactOf: async () => undefined },
  });
  return { told, pauses, notifier };
}

const WANTED = {
  code: 'approval-wanted',
  ...approvalNotice(
    {
      ...{ action: 'release', tenant: TENANT, id: '0mb2c4f1a-3f8a2c1d', hash: 'f'.repeat(64) },
      ...{ requestedBy: 'lena <!channel> *x*', approvals: 2, until: '2026-05-04T10:00:00.000Z' },
    },
    { command: words => `holdfast --profile prod ${words}`, link: 'https://tickets.example.com/{tenant}/{id}' },
  ),
} as const;
const COMMAND = `holdfast --profile prod approve ${TENANT} 0mb2c4f1a-3f8a2c1d`;
const LINK = `https://tickets.example.com/${TENANT}/0mb2c4f1a-3f8a2c1d`;
const ALARM: Notice = { severity: 'alarm', code: 'log-gap', message: 'The log has a gap.' };

describe('an approval that is wanted', () => {
  it('says in every notice what, of whom, who asks, until when, how to look, and where', () => {
    expect(WANTED.details).toMatchObject({ action: 'release', tenant: TENANT, command: COMMAND, link: LINK });
    for (const part of ['release', TENANT, 'lena', '2 other people', '2026-05-04T10:00:00.000Z', COMMAND, LINK])
      expect(WANTED.message).toContain(part);
  });

  it('is shown by Slack as blocks with links and no button, in which nobody is mentioned', async () => {
    await world().notifier.notify(WANTED);
    const [{ path, headers, body }] = received as [(typeof received)[0]];
    expect(path).toBe('/services/T0/B0/s3cr3t');
    expect(headers['content-type']).toBe('application/json');
    const message = JSON.parse(body);
    expect(message.blocks.map((block: { type: string }) => block.type)).toEqual(['header', 'section']);
    const { text } = message.blocks[1].text;
    for (const part of ['*Action:* release', TENANT, COMMAND, `<${LINK}|Open the preview>`])
      expect(text).toContain(part);
    expect(body).not.toContain('<!channel>');
    expect(body).not.toMatch(/"type":"(button|actions)"/);
  });

  it('is shown by Teams as a card that only opens URLs', async () => {
    await world({ kind: 'teams' }).notifier.notify(WANTED);
    const message = JSON.parse(received[0]!.body);
    const [{ contentType, content }] = message.attachments;
    expect([message.type, contentType]).toEqual(['message', 'application/vnd.microsoft.card.adaptive']);
    expect(content).toMatchObject({ type: 'AdaptiveCard', version: '1.4' });
    expect(content.actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Open the preview', url: LINK },
      { type: 'Action.OpenUrl', title: 'Runbook', url: 'https://wiki.example.com/approval-wanted.md' },
    ]);
    expect(JSON.stringify(content.body)).toContain('\\\\*x\\\\*');
  });

  it('is signed for a program, with the time, so that it is neither altered nor sent again later', async () => {
    const secret = async () => ({ url: URL_SECRET, key: KEY });
    await world({ kind: 'signed', secret }).notifier.notify(WANTED);
    const [{ headers, body }] = received as [(typeof received)[0]];
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['holdfast-signature']))!;
    expect(Number(seconds)).toBe(NOW.getTime() / 1000);
    expect(mac).toBe(createHmac('sha256', KEY).update(`${seconds}.${body}`).digest('hex'));
    const { severity, code, message, details } = WANTED;
    const runbook = 'https://wiki.example.com/approval-wanted.md';
    expect(JSON.parse(body)).toEqual({
      ...{ format: 'holdfast.message/1', installation: 'an-installation', severity, code, message, details },
      ...{ runbook, at: NOW.toISOString() },
    });
  });
});

describe('a sink', () => {
  it('gets what it is for, after the notifier, and nothing else', async () => {
    const { notifier, told } = world({ sends: ['alarms'] });
    for (const notice of [WANTED, ALARM, { ...ALARM, severity: 'info' as const }]) await notifier.notify(notice);
    expect(received).toHaveLength(1);
    expect(received[0]!.body).toContain('ALARM: log-gap');
    expect(told).toHaveLength(3);
  });

  it('that is busy is tried three times, at growing intervals', async () => {
    replies = [503, 429, 200];
    const { notifier, told, pauses } = world();
    await notifier.notify(ALARM);
    expect([received.length, pauses]).toEqual([3, [500, 2_000]]);
    expect(told).toEqual([ALARM]);
  });

  it.each([
    ['never answers as it should', { replies: [500] }, /HTTP 500/, 3],
    ['is gone', { replies: [410] }, /HTTP 410/, 1],
    ['leads elsewhere', { replies: [302] }, /HTTP 302/, 1],
    ['is not https', { url: 'http://127.0.0.1:9/s3cr3t' }, /not an https URL/, 0],
    ['has no secret', { url: undefined }, /secret cannot be read/, 0],
    ['has no key to sign with', { kind: 'signed' as const }, /no key to sign with/, 0],
  ])('that %s is an alarm by its name, stops nothing, and no secret is told', async (_, change, why, times) => {
    replies = ('replies' in change && change.replies) || [200];
    const url = 'url' in change ? change.url : URL_SECRET;
    const secret = async () => {
      if (url === undefined) throw new Error(`no ${URL_SECRET}`);
      return { url };
    };
    const { notifier, told } = world({ ...('kind' in change && { kind: change.kind }), secret });
    await notifier.notify(ALARM);
    expect(received).toHaveLength(times);
    expect(told.map(({ code }) => code)).toEqual(['log-gap', 'message-undelivered']);
    expect(told[1]).toMatchObject({ severity: 'alarm', details: { sink: 'on-call' } });
    expect(told[1]!.message).toMatch(why);
    expect(JSON.stringify(told)).not.toContain('s3cr3t');
  });
});

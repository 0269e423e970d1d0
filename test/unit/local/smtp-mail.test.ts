/** E-mail as a real SMTP server receives it: to the team, to a customer, and none without TLS to another machine. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { teamMail } from '../../../lib/domain/email-message.ts';
import { eventOf } from '../../../lib/domain/event.ts';
import { MailServer } from '../../../lib/domain/message-settings.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { smtpMail } from '../../../lib/local/smtp-mail.ts';
import { tellingNotifier } from '../../../lib/operations/telling/telling-notifier.ts';
import type { Notifier } from '../../../lib/ports.ts';
import { contactRecipient, mailDelivery, sinkRecipient } from '../../../lib/runtime/message-recipients.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';

const NOW = new Date('2026-05-03T10:00:00.000Z');
const TENANT = tenantRef('an-installation', tenantId('acme'));
const CUSTOMER = 'ann@acme.example';

let server: SMTPServer;
let port: number;
const received: { readonly to: string[]; readonly text: string }[] = [];

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    onAuth: ({ username, password }, _session, done) =>
      done(username === 'backups' && password === 'hushhush' ? null : new Error('no'), { user: username }),
    onRcptTo: ({ address }, _session, done) => done(address.startsWith('gone') ? new Error('no such box') : null),
    onData(stream, session, done) {
      let text = '';
      stream.on('data', data => (text += data));
      stream.on('end', () => {
        received.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  port = (server.server.address() as AddressInfo).port;
});
afterAll(() => new Promise<void>(resolve => server.close(() => resolve())));
beforeEach(() => {
  received.length = 0;
});

const place = () => ({ host: '127.0.0.1', port, security: 'none', from: 'backups@example.com' }) as const;

function notifier() {
  const told: object[] = [];
  const base: Notifier = { notify: async notice => void told.push(notice) };
  const send = (mail: Parameters<typeof smtpMail>[1]) => smtpMail(place(), mail);
  const team = { name: 'team', kind: 'email', sends: ['alarms', 'approvals'] } as const;
  const gone = { ...team, name: 'gone' };
  return {
    told,
    ...tellingNotifier(base, {
      ...{ installation: 'an-installation', clock: { now: () => NOW }, catalog: memoryCatalog() },
      recipients: {
        sinks: [
          sinkRecipient(team, mailDelivery(['ops@example.com', 'on-call@example.com'], send)),
          sinkRecipient(gone, mailDelivery(['gone@example.com'], send)),
        ],
        contactOf: async tenant =>
          tenant === TENANT ? contactRecipient(tenant, { emails: [CUSTOMER] }, send) : undefined,
      },
    }),
  };
}

describe('an e-mail', () => {
  it('reaches the team with what happened, and the customer in words for customers', async () => {
    const { notify, told } = notifier();
    const message = 'restore-tenant: <b>rows</b> & locks.';
    await notify({ severity: 'alarm', code: 'restore-failed', message, details: { tenant: TENANT } });
    const [customer, team] = received.sort((a, b) => a.to.length - b.to.length);
    expect([customer!.to, team!.to]).toEqual([[CUSTOMER], ['ops@example.com', 'on-call@example.com']]);
    expect(team!.text).toContain('Subject: ALARM: restore-failed (an-installation)');
    expect(team!.text).toContain('&lt;b&gt;rows&lt;/b&gt; &amp; locks.');
    expect(customer!.text).toContain('Subject: The restore of your data did not complete');
    expect(customer!.text).toContain('Auto-Submitted: auto-generated');
    for (const inside of [TENANT, 'rows', 'restore-failed']) expect(customer!.text).not.toContain(inside);
    expect(told).toMatchObject([
      { code: 'restore-failed' },
      { code: 'message-undelivered', details: { sink: 'gone' } },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/@/);
  });

  it('is sent as one with a count where the same happens again within the window', async () => {
    const { notify } = notifier();
    const again = { severity: 'alarm', code: 'log-gap', message: 'A gap.' } as const;
    for (let times = 0; times < 5; times++) await notify(again);
    expect(received).toHaveLength(1);
  });

  it('is not sent without TLS where it is asked for, nor to a server that nobody vouches for', async () => {
    const event = eventOf({
      installation: 'i',
      severity: 'info',
      code: 'log-gap',
      message: 'm',
      at: NOW.toISOString(),
    });
    const mail = teamMail(['ops@example.com'], { event, count: 1, since: event.at });
    const server = { ...place(), security: 'starttls' as const, user: 'backups', password: 'hushhush' };
    const error = await smtpMail(server, mail).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'message-undelivered' });
    expect(JSON.stringify([error, (error as Error).message])).not.toMatch(/hushhush|ops@/);
    expect(received).toEqual([]);
  });
});

describe('a mail server in the configuration', () => {
  const given = { host: 'smtp.example.com', from: 'backups@example.com' };

  it('is reached with STARTTLS by default, and without TLS only on this machine', () => {
    expect(MailServer.parse(given)).toMatchObject({ port: 587, security: 'starttls' });
    expect(MailServer.safeParse({ ...given, security: 'none' }).success).toBe(false);
    expect(MailServer.safeParse({ ...given, host: 'localhost', security: 'none' }).success).toBe(true);
    expect(MailServer.safeParse({ ...given, user: 'backups' }).success).toBe(false);
  });
});

/**
 * The part of the deployment's schema about who gets notices as messages: which webhooks, addresses and buses, and where
 * their secrets are. Invariant: addresses of tenants' contacts are in a secret, never in this file.
 */
import * as z from 'zod';
import { DEPLOYED_KINDS } from '../domain/message-delivery.ts';
import { Addresses, SINK_MEMBERS } from '../domain/message-settings.ts';

const SecretArn = z
  .string()
  .regex(/^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/, 'must be the ARN of a secret');
const KeyArn = z.string().regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a KMS key');
const BusArn = z
  .string()
  .regex(/^arn:[\w-]+:events:[\w-]+:\d{12}:event-bus\/[\w./-]+$/, 'must be the ARN of an event bus');
const IdentityArn = z
  .string()
  .regex(/^arn:[\w-]+:ses:[\w-]+:\d{12}:identity\/[\w.@+-]+$/, 'must be the ARN of an identity of SES');

const { name, sends, repeatMinutes, quiet, afterMinutes } = SINK_MEMBERS;

const Recipient = z
  .strictObject({
    name,
    kind: z
      .enum(DEPLOYED_KINDS)
      .describe(
        '`slack` and `teams`: incoming webhooks. `signed`: JSON for a program, with an HMAC-SHA-256 signature. `email`: through SES. `eventbridge`: events on a bus.',
      ),
    secretArn: SecretArn.optional().describe(
      'Of webhooks: a secret in the primary region with `{"url": "https://…"}`, and `"key"` for the kind `signed`.',
    ),
    secretKeyArn: KeyArn.optional().describe(
      'The KMS key of the secret, if it is a key of yours and not `aws/secretsmanager`.',
    ),
    to: Addresses.optional().describe('Of `email`: addresses of one message.'),
    busArn: BusArn.optional().describe('Of `eventbridge`: a bus in the primary region.'),
    ...{ sends, repeatMinutes, quiet, afterMinutes },
  })
  .refine(({ kind, secretArn, to, busArn }) => placesOf(kind).join() === given({ secretArn, to, busArn }).join(), {
    error:
      'must have `to` for the kind `email`, `busArn` for `eventbridge`, `secretArn` for webhooks, and no other of them',
  });

function placesOf(kind: (typeof DEPLOYED_KINDS)[number]): string[] {
  if (kind === 'email') return ['to'];
  return [kind === 'eventbridge' ? 'busArn' : 'secretArn'];
}

function given(members: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(members).filter(member => members[member] !== undefined);
}

const MessageRecipients = z
  .array(Recipient)
  .max(10, 'must be at most 10')
  .refine(all => new Set(all.map(each => each.name)).size === all.length, 'must have different names')
  .default([])
  .describe(
    'Webhooks, addresses and buses that get the notices of the primary region as messages (docs/messages.md). A function and a table are made for them, for less than a dollar a month.',
  );

const MailSender = z
  .strictObject({
    from: z.email('must be an e-mail address').describe('Address that messages come from.'),
    identityArn: IdentityArn.describe('The verified identity of SES for it, in the primary region.'),
  })
  .describe('Who sends e-mail through SES, to `messages` of the kind `email` and to contacts.');

const ContactsSecret = z
  .strictObject({
    secretArn: SecretArn.describe('A secret in the primary region with the contacts, `holdfast.contacts/1`.'),
    secretKeyArn: KeyArn.optional().describe(
      'The KMS key of the secret, if it is a key of yours and not `aws/secretsmanager`.',
    ),
  })
  .describe('E-mail addresses of tenants, which are told what concerns them (docs/messages.md).');

export const AlarmRecipients = z
  .strictObject({
    emails: z
      .array(z.email('must be an e-mail address'))
      .min(1, 'must contain at least one recipient')
      .describe('Each recipient must confirm the subscription once.'),
    webhooks: z
      .array(z.url('must be an https URL').startsWith('https://'))
      .default([])
      .describe('Called by SNS over HTTPS; the receiver must confirm the subscription.'),
    messages: MessageRecipients,
    mail: MailSender.optional(),
    contacts: ContactsSecret.optional(),
    runbook: z
      .url()
      .default('https://example.com/holdfast/runbook')
      .describe('URL where you publish docs/runbook: each alarm links its page there.'),
  })
  .refine(
    ({ messages, mail, contacts }) =>
      mail !== undefined || (contacts === undefined && messages.every(({ kind }) => kind !== 'email')),
    { path: ['mail'], error: 'must be set where messages or contacts are e-mail' },
  );

type Places = {
  readonly alarms: z.infer<typeof AlarmRecipients>;
  readonly regions: { readonly primary: string };
};

/** Functions there read and call them. */
export function hasMessagesThere({ alarms: { messages, mail, contacts }, regions }: Places): boolean {
  const arns = [
    ...messages.flatMap(({ secretArn, busArn }) => [secretArn, busArn]),
    ...[mail?.identityArn, contacts?.secretArn],
  ];
  return arns.every(arn => arn === undefined || arn.split(':')[3] === regions.primary);
}

export const MESSAGES_ELSEWHERE = {
  path: ['alarms', 'messages'],
  error: 'must have their secrets, buses and identities in the primary region',
};

/** Whether there is anybody to send messages to. */
export function sendsMessages({ messages, contacts }: z.infer<typeof AlarmRecipients>): boolean {
  return messages.length > 0 || contacts !== undefined;
}

/**
 * The parts of holdfast.yaml about messages: to whom, how often, through which server, and where their secrets are. The file
 * contains none of them. What a deployment says of recipients (lib/infra/message-recipients.ts) has the same members.
 */
import * as z from 'zod';
import { SinkName, SUBJECTS, WEBHOOK_KINDS } from './chat-message.ts';
import { TellingRules } from './telling-rules.ts';

const Variable = z.string().regex(/^\w+$/, 'expected the name of an environment variable');
const File = z.string().min(1, 'expected a path, relative to this file');

export const Addresses = z
  .array(z.email('expected an e-mail address'))
  .min(1, 'expected at least one address')
  .max(20, 'expected at most 20 addresses');

const { repeatMinutes, quiet, afterMinutes } = TellingRules.shape;

/** Repeats of one event are one message for people. */
export const PEOPLE_REPEAT_MINUTES = 15;

/** Of a recipient, wherever its secrets are. */
export const SINK_MEMBERS = {
  name: SinkName,
  sends: z
    .array(z.enum(SUBJECTS))
    .min(1)
    .default(['approvals', 'alarms'])
    .describe('`approvals`: what waits for a decision. `alarms`. `notes`: every other notice.'),
  repeatMinutes: repeatMinutes
    .optional()
    .describe(
      `For so long after a message, repeats of the same event for the same tenant are counted, then sent as one. Default: ${PEOPLE_REPEAT_MINUTES}; 0 for programs (\`signed\`, \`eventbridge\`).`,
    ),
  quiet,
  afterMinutes,
};

const LOCAL_KINDS = [...WEBHOOK_KINDS, 'email'] as const;

/** Of `email` addresses, of webhooks a URL, of `signed` a key: each for its kinds and for no other. */
export const ConfiguredSink = z
  .strictObject({
    name: SINK_MEMBERS.name,
    kind: z
      .enum(LOCAL_KINDS)
      .describe(
        '`slack` and `teams`: incoming webhooks. `signed`: JSON for a program, with an HMAC-SHA-256 signature. `email`: through the server in `mail`.',
      ),
    to: Addresses.optional().describe('Of `email`: addresses of one message.'),
    urlVariable: Variable.optional().describe('Of webhooks: environment variable with the URL, which is a secret.'),
    urlFile: File.optional().describe('File with the URL, instead of a variable.'),
    keyVariable: Variable.optional().describe('Of `signed`: environment variable with the key.'),
    keyFile: File.optional().describe('File with the key, instead of a variable.'),
    ...{ sends: SINK_MEMBERS.sends, repeatMinutes: SINK_MEMBERS.repeatMinutes, quiet, afterMinutes },
  })
  .refine(({ kind, to }) => (kind === 'email') === (to !== undefined), {
    error: 'expected `to` for the kind `email`, and for no other',
  })
  .refine(({ kind, urlVariable, urlFile }) => countOf(urlVariable, urlFile) === (kind === 'email' ? 0 : 1), {
    error: 'expected one of urlVariable and urlFile, and neither for the kind `email`',
  })
  .refine(({ kind, keyVariable, keyFile }) => (kind === 'signed') === countOf(keyVariable, keyFile) > 0, {
    error: 'expected keyVariable or keyFile for the kind `signed`, and for no other',
  });
export type ConfiguredSink = z.infer<typeof ConfiguredSink>;

function countOf(...given: readonly unknown[]): number {
  return given.filter(each => each !== undefined).length;
}

/** The server that takes e-mail on one machine. */
export const MailServer = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .meta({ examples: ['smtp.example.com'] })
      .describe('Name of the SMTP server.'),
    port: z.number().int().min(1).max(65_535).default(587).describe('Its port.'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe(
        'How the connection is protected. `tls`: from the first byte, usually port 465. `none`: only for a server on this machine.',
      ),
    from: z
      .email()
      .meta({ examples: ['backups@example.com'] })
      .describe('Address that messages come from.'),
    user: z
      .string()
      .min(1)
      .optional()
      .meta({ examples: ['backups'] })
      .describe('Name to log in with. Default: without logging in.'),
    passwordVariable: Variable.optional()
      .meta({ examples: ['HOLDFAST_SMTP_PASSWORD'] })
      .describe('Environment variable with the password of `user`.'),
  })
  .refine(({ host, security }) => security !== 'none' || ['localhost', '127.0.0.1', '::1'].includes(host), {
    path: ['security'],
    error: 'expected starttls or tls for a server that is not on this machine',
  })
  .refine(({ user, passwordVariable }) => (user === undefined) === (passwordVariable === undefined), {
    path: ['user'],
    error: 'expected passwordVariable with it, and not without it',
  });
export type MailServer = z.infer<typeof MailServer>;

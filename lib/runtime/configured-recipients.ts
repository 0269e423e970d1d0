/**
 * Whom holdfast.yaml names, with their secrets read from the environment or from files when a message is sent. Invariant:
 * nothing is read and no connection is made for a recipient that gets no message.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { type Contact, parseContacts } from '../domain/contacts.ts';
import type { SendMail } from '../domain/email-message.ts';
import { InputError } from '../domain/errors.ts';
import type { Deliver } from '../domain/outgoing-message.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { systemClock } from '../local/system-clock.ts';
import { webhookDelivery } from '../local/webhook-delivery.ts';
import type { Recipients } from '../operations/telling/recipients.ts';
import { type Config, variableNamed } from './config.ts';
import { contactRecipient, mailDelivery, sinkRecipient } from './message-recipients.ts';

type Settings = Pick<Config, 'messages' | 'mail' | 'contacts' | 'file' | 'installation'>;
type Sink = NonNullable<Config['messages']>[number];

export function configuredRecipients(config: Settings): Recipients {
  const { messages = [], contacts, installation } = config;
  const send = configuredMail(config);
  return {
    sinks: messages.map(sink => sinkRecipient(sink, deliveryTo(sink, config, send))),
    async contactOf(tenant) {
      const contact = contacts === undefined ? undefined : (await readContacts(contacts, installation)).get(tenant);
      return contact && contactRecipient(tenant, contact, send);
    },
  };
}

function deliveryTo(sink: Sink, { file }: Settings, send: SendMail): Deliver {
  const { name, kind, to = [] } = sink;
  if (kind === 'email') return mailDelivery(to, send);
  const secret = async () => {
    const url = await read(file, sink.urlVariable, sink.urlFile);
    const key = await read(file, sink.keyVariable, sink.keyFile);
    if (url) return { url, ...(key && { key }) };
    throw new InputError('missing-variable', `The URL of the sink ${name} is not set.`, {
      hint: 'Set the variable or write the file that `messages` in the configuration names.',
    });
  };
  return webhookDelivery({ name, kind, secret }, { clock: systemClock });
}

async function read(config: string, variable: string | undefined, path: string | undefined) {
  if (path !== undefined) return (await readFile(resolve(dirname(config), path), 'utf8')).trim();
  return variable === undefined ? undefined : variableNamed(variable)?.trim();
}

function configuredMail({ mail }: Settings): SendMail {
  return async message => {
    if (mail === undefined)
      throw new InputError('no-mail-server', 'No server for e-mail is configured.', {
        hint: 'Write `mail` into the configuration: docs/messages.md.',
      });
    const { smtpMail } = await import('../local/smtp-mail.ts');
    const { passwordVariable, ...server } = mail;
    const password = passwordVariable === undefined ? undefined : variableNamed(passwordVariable);
    await smtpMail({ ...server, ...(password !== undefined && { password }) }, message);
  };
}

/** InputError `bad-contacts`, which quotes nothing of the file. */
async function readContacts(path: string, installation: string): Promise<ReadonlyMap<TenantRef, Contact>> {
  const text = await readFile(path, 'utf8').catch(cause => {
    throw new InputError('bad-contacts', `The file of contacts cannot be read (${cause.code}).`, {
      hint: 'Correct `contacts` in the configuration, or the permissions of the file.',
    });
  });
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    // Without the cause: it would quote the file.
  }
  return parseContacts(document, installation);
}

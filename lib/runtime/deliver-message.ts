/**
 * Sends what arrives at the topics of an installation on AWS to its recipients. Invariant: a notice that a recipient could not
 * be told goes to no recipient, so failures do not multiply; and a notice is given up only where people see it, in an alarm or
 * in the dead-letter queue.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { clientOptions } from '../aws/clients.ts';
import { openDynamoCatalog } from '../aws/dynamo-catalog.ts';
import { readContactsSecret, readWebhookSecret } from '../aws/message-secret.ts';
import { snsNotifier } from '../aws/sns-notifier.ts';
import type { SendMail } from '../domain/email-message.ts';
import { InputError, StorageError } from '../domain/errors.ts';
import { eventOf } from '../domain/event.ts';
import { type DeliveryConfig, type DeployedSink, MessagesSettings } from '../domain/message-delivery.ts';
import { OPERATIONS_FILE, OperationsSettings } from '../domain/operations-settings.ts';
import type { Deliver } from '../domain/outgoing-message.ts';
import { type Published, toldByTopic } from '../domain/topic-message.ts';
import { systemClock } from '../local/system-clock.ts';
import { webhookDelivery } from '../local/webhook-delivery.ts';
import type { Recipients } from '../operations/telling/recipients.ts';
import { type TellingDeps, tellEvent } from '../operations/telling/tell-recipients.ts';
import { undeliveredNotice } from '../operations/telling/telling-notifier.ts';
import { contactRecipient, mailDelivery, sinkRecipient } from './message-recipients.ts';

/** The code of the notice, and of the alarm, that a recipient could not be told. */
const UNDELIVERED = 'message-undelivered';

/** How many recipients accepted it. Throws what the notifier throws. */
export async function deliverNotice(
  published: Published,
  config: Pick<DeliveryConfig, 'name' | 'installation'>,
  deps: TellingDeps,
): Promise<number> {
  const told = toldByTopic(published, config);
  return told.code === UNDELIVERED ? 0 : tellEvent(deps, eventOf(told));
}

/** With what the deployment says beside the code. InputError `bad-function-config`. */
export async function openDelivery(
  config: DeliveryConfig,
  directory = import.meta.dirname,
): Promise<TellingDeps & { close(): void }> {
  const written = OperationsSettings.parse(JSON.parse(await readFile(join(directory, OPERATIONS_FILE), 'utf8')));
  const messages = MessagesSettings.safeParse(written.messages).data;
  if (messages === undefined)
    throw new InputError('bad-function-config', 'The deployment has no recipients of messages.', {
      hint: 'Deploy the stacks again: they write what this function reads.',
    });
  const { region, installation, topics, runbook } = config;
  const options = clientOptions({ region });
  const catalog = openDynamoCatalog({ client: new DynamoDBClient(options), table: messages.table });
  const notifier = snsNotifier({ client: new SNSClient(options), installation, topics, runbookUrl: runbook });
  return {
    ...{ catalog, clock: systemClock, recipients: deployedRecipients(config, messages) },
    report: failure => notifier.notify(undeliveredNotice(failure)),
    close: () => void catalog.close(),
  };
}

function deployedRecipients({ region, installation }: DeliveryConfig, settings: MessagesSettings): Recipients {
  const { sinks, from, contacts } = settings;
  const options = clientOptions({ region });
  const secrets = new SecretsManagerClient(options);
  const send = from === undefined ? refuseMail : throughSes(options, from);
  const deliveryTo = ({ name, kind, secret = '', to = [], bus: arn = '' }: DeployedSink): Deliver => {
    if (kind === 'email') return mailDelivery(to, send);
    if (kind === 'eventbridge') return ontoBus(options, name, arn);
    return webhookDelivery({ name, kind, secret: () => readWebhookSecret(secrets, secret) }, { clock: systemClock });
  };
  return {
    sinks: sinks.map(sink => sinkRecipient(sink, deliveryTo(sink))),
    async contactOf(tenant) {
      const all = contacts === undefined ? undefined : await readContactsSecret(secrets, contacts, installation);
      const contact = all?.get(tenant);
      return contact && contactRecipient(tenant, contact, send);
    },
  };
}

type Options = ReturnType<typeof clientOptions>;

/** Loaded with the first e-mail: most installations send none. */
function throughSes(options: Options, from: string): SendMail {
  let opening: Promise<SendMail> | undefined;
  const open = async () => {
    const [{ sesMail }, { SESv2Client }] = await Promise.all([
      import('../aws/ses-mail.ts'),
      import('@aws-sdk/client-sesv2'),
    ]);
    return sesMail(new SESv2Client(options), from);
  };
  return async mail => {
    opening ??= open();
    await (await opening)(mail);
  };
}

/** Likewise. */
function ontoBus(options: Options, name: string, bus: string): Deliver {
  let opening: Promise<Deliver> | undefined;
  const open = async () => {
    const [{ busDelivery }, { EventBridgeClient }] = await Promise.all([
      import('../aws/event-bus.ts'),
      import('@aws-sdk/client-eventbridge'),
    ]);
    return busDelivery(new EventBridgeClient(options), name, bus);
  };
  return async message => {
    opening ??= open();
    await (await opening)(message);
  };
}

async function refuseMail(): Promise<void> {
  throw new StorageError('message-undelivered', 'The deployment names no sender of e-mail.', {
    hint: 'Set alarms.mail in the deployment: docs/messages.md.',
  });
}

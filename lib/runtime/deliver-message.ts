/**
 * Sends what arrives at the topics of an installation on AWS to its webhooks. Invariant: a notice that a webhook failed goes
 * to no webhook, so failures do not multiply; and a notice is given up only where people see it, in an alarm or in the
 * dead-letter queue.
 */

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { clientOptions } from '../aws/clients.ts';
import { snsNotifier } from '../aws/sns-notifier.ts';
import { readWebhookSecret } from '../aws/webhook-secret.ts';
import type { DeliveryConfig } from '../domain/message-delivery.ts';
import { type Published, toldByTopic } from '../domain/topic-message.ts';
import { type MessageSink, type SinkDeps, tellSinks } from '../local/message-sink.ts';
import { systemClock } from '../local/system-clock.ts';
import type { Notifier } from '../ports.ts';

export interface DeliveryDeps extends SinkDeps {
  readonly notifier: Notifier;
  readonly sinks: readonly MessageSink[];
}

/** The code of the notice, and of the alarm, that a webhook failed. */
const UNDELIVERED = 'message-undelivered';

/** How many webhooks accepted it. Throws what the notifier throws. */
export async function deliverNotice(
  published: Published,
  config: Pick<DeliveryConfig, 'name' | 'installation'>,
  deps: DeliveryDeps,
): Promise<number> {
  const told = toldByTopic(published, config);
  if (told.code === UNDELIVERED) return 0;
  return tellSinks(deps.notifier, deps.sinks, told, deps);
}

export function openDelivery({ region, installation, topics, runbook, sinks }: DeliveryConfig): DeliveryDeps {
  const options = clientOptions({ region });
  const secrets = new SecretsManagerClient(options);
  return {
    clock: systemClock,
    notifier: snsNotifier({ client: new SNSClient(options), installation, topics, runbookUrl: runbook }),
    sinks: sinks.map(({ secret, ...sink }) => ({ ...sink, secret: () => readWebhookSecret(secrets, secret) })),
  };
}

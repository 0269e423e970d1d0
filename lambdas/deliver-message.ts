/**
 * Sends the notices of both topics to the webhooks of the deployment. It has no access to the vault, the catalog or the
 * database: what it can read are the secrets of these webhooks.
 */
import * as z from 'zod';
import { readDeliveryConfig } from '../lib/runtime/config.ts';
import { deliverNotice, openDelivery } from '../lib/runtime/deliver-message.ts';
import { detachedHandler } from '../lib/runtime/function-handler.ts';

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const Event = z.object({
  Records: z.array(z.object({ Sns: z.object({ Message: z.string(), Timestamp: z.string().min(1) }) })).min(1),
});

export const handler = detachedHandler(Event, async ({ Records }) => {
  const config = readDeliveryConfig();
  const deps = openDelivery(config);
  let accepted = 0;
  for (const { Sns } of Records)
    accepted += await deliverNotice({ text: Sns.Message, at: Sns.Timestamp }, config, deps);
  return { notices: Records.length, accepted };
});

/**
 * Sends the notices of both topics to the recipients of the deployment; on a schedule what was held back, counted or not
 * acknowledged; and a test. It has no access to the vault, the catalog or the database: what it can read are the secrets of
 * these recipients, and its own table.
 */
import * as z from 'zod';
import { sendDueMessages } from '../lib/operations/telling/tell-recipients.ts';
import { testRecipients } from '../lib/operations/telling/test-recipients.ts';
import { readDeliveryConfig } from '../lib/runtime/config.ts';
import { deliverNotice, openDelivery } from '../lib/runtime/deliver-message.ts';
import { detachedHandler } from '../lib/runtime/function-handler.ts';

/** Source of Records: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const Event = z.union([
  z.object({
    Records: z.array(z.object({ Sns: z.object({ Message: z.string(), Timestamp: z.string().min(1) }) })).min(1),
  }),
  z.strictObject({ due: z.literal(true) }),
  z.strictObject({ test: z.literal(true) }),
]);

export const handler = detachedHandler(Event, async event => {
  const config = readDeliveryConfig();
  const deps = await openDelivery(config);
  try {
    if ('due' in event) return { accepted: await sendDueMessages(deps) };
    if ('test' in event) {
      const tested = await testRecipients({ ...deps, installation: config.installation }, deps.recipients.sinks);
      return { tested };
    }
    let accepted = 0;
    for (const { Sns } of event.Records)
      accepted += await deliverNotice({ text: Sns.Message, at: Sns.Timestamp }, config, deps);
    return { notices: event.Records.length, accepted };
  } finally {
    deps.close();
  }
});

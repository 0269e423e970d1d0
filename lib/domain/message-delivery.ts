/**
 * The configuration of the function that sends messages on AWS: `DeliveryConfig` in its environment, as every function's, and
 * `MessagesSettings` in the file beside the code, since an environment holds 4 KB. Both name secrets and contain none.
 */
import * as z from 'zod';
import { WEBHOOK_KINDS } from './chat-message.ts';
import { FunctionConfig } from './function-config.ts';
import { SINK_MEMBERS } from './message-settings.ts';

const { name, installation, region, topics, runbook } = FunctionConfig.shape;

export const DeliveryConfig = z.object({ ...{ name, installation, region, topics, runbook } });
export type DeliveryConfig = z.infer<typeof DeliveryConfig>;

export const DEPLOYED_KINDS = [...WEBHOOK_KINDS, 'email', 'eventbridge'] as const;

const DeployedSink = z.strictObject({
  ...SINK_MEMBERS,
  kind: z.enum(DEPLOYED_KINDS),
  /** Of webhooks: ARN of the secret with `url`, and `key` for the kind `signed`. */
  secret: z.string().optional(),
  /** Of `email`. */
  to: z.array(z.string()).optional(),
  /** Of `eventbridge`: ARN. */
  bus: z.string().optional(),
});
export type DeployedSink = z.infer<typeof DeployedSink>;

export const MessagesSettings = z.strictObject({
  /** Table of what recipients wait for and were sent, and of alarms. */
  table: z.string(),
  /** In which it is. */
  region: z.string(),
  sinks: z.array(DeployedSink),
  /** Address that e-mail comes from. */
  from: z.string().optional(),
  /** ARN of the secret with the contacts of tenants. */
  contacts: z.string().optional(),
});
export type MessagesSettings = z.infer<typeof MessagesSettings>;

/**
 * The configuration of the function that sends notices to webhooks on AWS: written by the stacks into the variable of every
 * function's configuration, read by the runtime. It names secrets and contains none.
 */
import * as z from 'zod';
import { FunctionConfig } from './function-config.ts';
import { SINK_MEMBERS } from './message-settings.ts';

const { name, installation, region, topics, runbook } = FunctionConfig.shape;

export const DeliveryConfig = z.object({
  ...{ name, installation, region, topics, runbook },
  sinks: z.array(
    z.strictObject({
      ...SINK_MEMBERS,
      /** ARN of the secret with `url`, and `key` for the kind `signed`. */
      secret: z.string(),
    }),
  ),
});
export type DeliveryConfig = z.infer<typeof DeliveryConfig>;

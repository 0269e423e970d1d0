/** The part of the deployment's schema about webhooks that get notices as messages: which, and where their secrets are. */
import * as z from 'zod';
import { SINK_MEMBERS } from '../domain/message-settings.ts';

const SecretArn = z
  .string()
  .regex(/^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/, 'must be the ARN of a secret');
const KeyArn = z.string().regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a KMS key');

export const MessageRecipients = z
  .array(
    z.strictObject({
      name: SINK_MEMBERS.name,
      kind: SINK_MEMBERS.kind,
      secretArn: SecretArn.describe(
        'A secret in the primary region with `{"url": "https://…"}`, and `"key"` for the kind `signed`.',
      ),
      secretKeyArn: KeyArn.optional().describe(
        'The KMS key of the secret, if it is a key of yours and not `aws/secretsmanager`.',
      ),
      sends: SINK_MEMBERS.sends,
    }),
  )
  .max(10, 'must be at most 10')
  .refine(all => new Set(all.map(({ name }) => name)).size === all.length, 'must have different names')
  .default([])
  .describe(
    'Webhooks of Slack, Teams or a program that get the notices of the primary region as messages (docs/messages.md).',
  );

/**
 * The secret of a webhook in Secrets Manager: its URL, and the key that signs. Invariant: no error contains a part of it. It is
 * read for each message: it may have been rotated.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { StorageError } from '../domain/errors.ts';
import { serviceFailure } from './transient.ts';

const Secret = z.object({ url: z.string().trim().min(1), key: z.string().min(1).exactOptional() });

/** StorageError `secret-unreachable`, `message-undelivered`. */
export async function readWebhookSecret(secrets: SecretsManagerClient, arn: string): Promise<z.infer<typeof Secret>> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: arn })).catch(cause => {
    throw serviceFailure('secret-unreachable', 'Secrets Manager', cause);
  });
  try {
    return Secret.parse(JSON.parse(SecretString ?? ''));
  } catch {
    // Without the cause: it would quote the secret.
    throw new StorageError('message-undelivered', 'The secret of a webhook is not JSON with url and, if signed, key.', {
      hint: 'Store {"url": "https://…"} in it, with "key" for the kind `signed`: docs/messages.md.',
      details: { secret: arn },
    });
  }
}

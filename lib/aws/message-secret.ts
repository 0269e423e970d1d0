/**
 * Secrets of messages in Secrets Manager: the URL of a webhook and the key that signs, and the contacts of tenants. Invariant:
 * no error contains a part of them. They are read for each message: they may have been rotated.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { type Contact, parseContacts } from '../domain/contacts.ts';
import { StorageError } from '../domain/errors.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { serviceFailure } from './transient.ts';

const Secret = z.object({ url: z.string().trim().min(1), key: z.string().min(1).exactOptional() });

/** StorageError `secret-unreachable`, `message-undelivered`. */
export async function readWebhookSecret(secrets: SecretsManagerClient, arn: string): Promise<z.infer<typeof Secret>> {
  const parsed = Secret.safeParse(jsonOf(await textOf(secrets, arn)));
  if (parsed.success) return parsed.data;
  // Without the cause: it would quote the secret.
  throw new StorageError('message-undelivered', 'The secret of a webhook is not JSON with url and, if signed, key.', {
    hint: 'Store {"url": "https://…"} in it, with "key" for the kind `signed`: docs/messages.md.',
    details: { secret: arn },
  });
}

/** StorageError `secret-unreachable`; InputError `bad-contacts`. */
export async function readContactsSecret(
  secrets: SecretsManagerClient,
  arn: string,
  installation: string,
): Promise<ReadonlyMap<TenantRef, Contact>> {
  return parseContacts(jsonOf(await textOf(secrets, arn)), installation);
}

async function textOf(secrets: SecretsManagerClient, arn: string): Promise<string> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: arn })).catch(cause => {
    throw serviceFailure('secret-unreachable', 'Secrets Manager', cause);
  });
  return SecretString;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Requests to the key service, and their errors, for one seal or open. The Encryption SDK reduces every KMS error to one
 * message; a throttled KMS must not look like a damaged backup, so the original errors are captured here.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import { HoldfastError, IntegrityError, StorageError } from '../domain/errors.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { faultName, serviceFailure } from './transient.ts';

export interface KeyRequest {
  readonly owner: TenantRef;
  /** Purpose of the request: a new data key, or opening one. */
  purpose?: 'generate' | 'decrypt';
  readonly faults: unknown[];
}

export type KeyRequests = AsyncLocalStorage<KeyRequest>;

const COUNTED = new Set(['GenerateDataKeyCommand', 'DecryptCommand']);

/** Counts KMS requests by purpose and captures their errors, for requests made inside `requests.run`. */
export function watchKeyRequests(
  clients: { kms: KMSClient; dynamo: DynamoDBClient },
  requests: KeyRequests,
  calls: { generate: number; decrypt: number },
): void {
  for (const client of [clients.kms, clients.dynamo]) {
    (client as KMSClient).middlewareStack.add(
      (next, context) => async args => {
        const request = requests.getStore();
        if (request?.purpose && COUNTED.has(context.commandName ?? '')) calls[request.purpose]++;
        try {
          return await next(args);
        } catch (fault) {
          request?.faults.push(fault);
          throw fault;
        }
      },
      { step: 'initialize', name: 'holdfastKeyRequests' },
    );
  }
}

/** KMS reports that the message was not sealed under this key and context. */
const FOREIGN = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);
const UNUSABLE = new Set([
  'KMSInvalidStateException',
  'DisabledException',
  'NotFoundException',
  'InvalidKeyUsageException',
]);

/** The error for a failed seal or open: `cannot-open` only if the service worked and the bytes did not match. */
export function keyFailure(error: unknown, request: KeyRequest): unknown {
  const inner = (error as { cause?: unknown } | undefined)?.cause;
  if (inner instanceof HoldfastError) return inner;
  if (error instanceof HoldfastError && error.code !== 'cannot-open') return error;
  const fault = request.faults.at(-1);
  if (fault === undefined) return error;
  const name = faultName(fault);
  if (FOREIGN.has(name) && error instanceof IntegrityError) return error;
  return keyServiceFailure(fault, request.owner);
}

/** Maps an error of KMS or of the key table to ours. */
export function keyServiceFailure(fault: unknown, owner: string): unknown {
  if (fault instanceof HoldfastError) return fault;
  const name = faultName(fault);
  if (UNUSABLE.has(name)) {
    return new StorageError('key-unusable', `The key of ${owner} cannot be used now (${name}).`, {
      hint: 'Check the key in KMS: enable it, or cancel its deletion if Holdfast did not schedule it.',
      cause: fault,
      details: { owner, fault: name },
    });
  }
  return serviceFailure('keyring-unreachable', 'The key service', fault);
}

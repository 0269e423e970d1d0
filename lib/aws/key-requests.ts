/**
 * What the key service was asked, and what it answered, for one seal or open. The Encryption SDK folds every fault of
 * KMS into one sentence; a throttled KMS must not look like a damaged backup, so the faults are kept here on the way.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import { HoldfastError, IntegrityError, StorageError } from '../domain/errors.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { faultName, serviceFailure } from './transient.ts';

export interface KeyRequest {
  readonly owner: TenantRef;
  /** Why KMS is being asked: for a new data key, or to open one. */
  purpose?: 'generate' | 'decrypt';
  readonly faults: unknown[];
}

export type KeyRequests = AsyncLocalStorage<KeyRequest>;

const COUNTED = new Set(['GenerateDataKeyCommand', 'DecryptCommand']);

/** Counts KMS's answers by purpose and keeps faults, for requests made inside `requests.run`. */
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

/** KMS says that the message was not sealed under this key, in this context. */
const FOREIGN = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);
const UNUSABLE = new Set([
  'KMSInvalidStateException',
  'DisabledException',
  'NotFoundException',
  'InvalidKeyUsageException',
]);

/** What a failed seal or open is reported as: `cannot-open` only where the service worked and the bytes did not fit. */
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

/** A fault of KMS or of the key table as ours. */
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

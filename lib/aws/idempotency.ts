/**
 * Runs work with visible effects once, although Step Functions retries and Lambda delivers at least once: each piece of
 * work has a key, which is stored in the catalog's table for a day (Powertools idempotency), as a hash, together with the
 * result of the work.
 *
 * Invariants: failed work is not stored; and the store never blocks the work: if it cannot be reached, the work is done
 * anyway, because a notice sent twice is better than one never sent.
 */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StorageError } from '../domain/errors.ts';
import { DONE_EXPIRY_ATTRIBUTE, DONE_PARTITION } from '../domain/function-config.ts';

export interface IdempotencyOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Prefix of the keys: the installation's name. */
  readonly scope: string;
}

export interface IdempotencyKey {
  /** Kind of work. */
  readonly work: string;
  /** Identifies this piece of work: execution, step, tenant. Only its hash is stored. */
  readonly key: readonly string[];
  /** How long other calls treat this one as in progress, in milliseconds: the function's remaining time. */
  readonly withinMs: number;
}

/** The work's result, or the stored result (as JSON) of an earlier call. StorageError `in-progress`: retry. */
export type Idempotency = <T>(which: IdempotencyKey, work: () => Promise<T>) => Promise<T>;

const REMEMBER_SECONDS = 24 * 3600;

export function openIdempotency({ client, table, scope }: IdempotencyOptions): Idempotency {
  const persistenceStore = new DynamoDBPersistenceLayer({
    awsSdkV3Client: client,
    tableName: table,
    ...{ keyAttr: 'pk', sortKeyAttr: 'sk', staticPkValue: DONE_PARTITION, expiryAttr: DONE_EXPIRY_ATTRIBUTE },
  });
  return async (which, work) => {
    let ended: { readonly result: Awaited<ReturnType<typeof work>> } | { readonly error: unknown } | undefined;
    const config = new IdempotencyConfig({ expiresAfterSeconds: REMEMBER_SECONDS, hashFunction: 'sha256' });
    config.registerLambdaContext({ getRemainingTimeInMillis: () => which.withinMs } as never);
    const noting = async (_key: object) => {
      try {
        const result = await work();
        ended = { result };
        return result;
      } catch (error) {
        ended = { error };
        throw error;
      }
    };
    try {
      const doing = makeIdempotent(noting, { persistenceStore, config, keyPrefix: scope });
      return (await doing({ work: which.work, key: which.key })) as Awaited<ReturnType<typeof work>>;
    } catch (error) {
      // The work succeeded and only the store failed; or the work's own error, which takes precedence.
      if (ended && 'result' in ended) return ended.result;
      if (ended) throw ended.error;
      if (isInProgress(error)) throw inProgress(error);
      return work();
    }
  };
}

function isInProgress(error: unknown): boolean {
  return error instanceof Error && error.name === 'IdempotencyAlreadyInProgressError';
}

function inProgress(cause: unknown): StorageError {
  return new StorageError('in-progress', 'Another call is doing the same work.', {
    hint: 'Try again: by then it is done, or its lease has expired.',
    cause,
  });
}

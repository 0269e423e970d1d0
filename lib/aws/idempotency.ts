/**
 * Does once what people notice, though Step Functions tries again and Lambda delivers at least once: each piece of work
 * has a key, and the key is remembered in the catalog's table for a day (Powertools' idempotency). Kept are a hash of
 * the key and what the work returned.
 *
 * Invariants: work that failed is not remembered; and the memory never stands in the way of the work: where it cannot
 * be reached the work is done all the same, since a notice that comes twice is better than one that never comes.
 */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StorageError } from '../domain/errors.ts';
import { DONE_EXPIRY_ATTRIBUTE, DONE_PARTITION } from '../domain/function-config.ts';

export interface IdempotencyOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Of the keys: the installation's name. */
  readonly scope: string;
}

export interface IdempotencyKey {
  /** What kind of work. */
  readonly work: string;
  /** What tells this piece of work from any other: execution, step, tenant. Only its hash is kept. */
  readonly key: readonly string[];
  /** Until when another one waits for this one, in milliseconds from now: the function's own end. */
  readonly withinMs: number;
}

/** The work's result, or what it returned (as JSON) when it was done before. StorageError `in-progress`: try again. */
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
      // Done, and only the memory failed; or the work's own error, which matters more than the memory's.
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

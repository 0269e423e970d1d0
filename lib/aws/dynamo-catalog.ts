/**
 * The catalog in one DynamoDB table: partition key `pk`, sort key `sk`, the revision in `rev`, the value as JSON text in
 * `v`. Reads are consistent, of one item or one partition; there is no scan. Every write is one transaction with its own
 * client request token, so that the retry of a write whose answer was lost is not mistaken for another writer's.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { HoldfastError, InputError, StorageError } from '../domain/errors.ts';
import type { Catalog, CatalogItem, CatalogWrite } from '../ports.ts';
import { faultName, isTransient, retrying, serviceFailure } from './transient.ts';

export interface DynamoCatalogOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Items per page of a query; DynamoDB also ends a page at 1 MB. */
  readonly pageItems?: number;
}

const MAX_WRITES = 100;
const PAGE_ITEMS = 1000;
/** Cancellation reasons of a transaction that may succeed when retried. */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** Opens the catalog in this table. `close` closes the client. */
export function openDynamoCatalog({ client, table, pageItems = PAGE_ITEMS }: DynamoCatalogOptions): Catalog {
  return {
    async get(partition, sort) {
      const found = await mapCatalogErrors(() =>
        client.send(new GetItemCommand({ TableName: table, Key: keyOf(partition, sort), ConsistentRead: true })),
      );
      return found.Item && toItem(found.Item);
    },

    async *query(partition, range = {}) {
      const { from, to, reverse = false, limit = Number.POSITIVE_INFINITY } = range;
      // DynamoDB rejects reversed bounds; for the port they are an empty range.
      if (from !== undefined && to !== undefined && Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0) return;
      let left = limit;
      let next: Record<string, AttributeValue> | undefined;
      do {
        if (left <= 0) return;
        const page = await mapCatalogErrors(() =>
          client.send(
            new QueryCommand({
              TableName: table,
              ConsistentRead: true,
              ...condition(partition, from, to),
              ScanIndexForward: !reverse,
              Limit: Math.min(left, pageItems),
              ExclusiveStartKey: next,
            }),
          ),
        );
        for (const item of page.Items ?? []) yield toItem(item);
        left -= page.Items?.length ?? 0;
        next = page.LastEvaluatedKey;
      } while (next !== undefined);
    },

    async write(writes) {
      if (writes.length === 0) return;
      refuseUnsound(writes);
      const transaction = {
        TransactItems: writes.map(write => toTransactItem(table, write)),
        ClientRequestToken: randomUUID(),
      };
      await mapCatalogErrors(() =>
        retrying(() => client.send(new TransactWriteItemsCommand(transaction)), { attempts: 10, also: passes }),
      );
    },

    async close() {
      client.destroy();
    },
  };
}

function keyOf(partition: string, sort: string): Record<string, AttributeValue> {
  return { pk: { S: partition }, sk: { S: sort } };
}

function toItem(item: Record<string, AttributeValue>): CatalogItem {
  return {
    partition: item.pk?.S ?? '',
    sort: item.sk?.S ?? '',
    revision: Number(item.rev?.N),
    value: JSON.parse(item.v?.S ?? 'null'),
  };
}

function condition(partition: string, from: string | undefined, to: string | undefined) {
  const bounds =
    from !== undefined && to !== undefined
      ? ' AND #sk BETWEEN :from AND :to'
      : from !== undefined
        ? ' AND #sk >= :from'
        : to !== undefined
          ? ' AND #sk <= :to'
          : '';
  return {
    KeyConditionExpression: `#pk = :pk${bounds}`,
    ExpressionAttributeNames: { '#pk': 'pk', ...(bounds ? { '#sk': 'sk' } : {}) },
    ExpressionAttributeValues: {
      ':pk': { S: partition },
      ...(from === undefined ? {} : { ':from': { S: from } }),
      ...(to === undefined ? {} : { ':to': { S: to } }),
    },
  };
}

function toTransactItem(table: string, write: CatalogWrite): TransactWriteItem {
  if ('remove' in write) return { Delete: { TableName: table, Key: keyOf(write.remove.partition, write.remove.sort) } };
  const { partition, sort, value } = write.put;
  const revision = typeof write.onlyIf === 'object' ? write.onlyIf.revision : undefined;
  return {
    Update: {
      TableName: table,
      Key: keyOf(partition, sort),
      UpdateExpression: 'SET #v = :v ADD #rev :one',
      ExpressionAttributeNames: { '#v': 'v', '#rev': 'rev' },
      ExpressionAttributeValues: {
        ':v': { S: JSON.stringify(value) },
        ':one': { N: '1' },
        ...(revision === undefined ? {} : { ':before': { N: String(revision) } }),
      },
      ...(write.onlyIf === 'absent' ? { ConditionExpression: 'attribute_not_exists(#rev)' } : {}),
      ...(revision === undefined ? {} : { ConditionExpression: '#rev = :before' }),
    },
  };
}

/** Cancelled only because of concurrent transactions. A failed condition takes precedence. */
function passes(error: unknown): boolean {
  const reasons = reasonsOf(error);
  return !reasons.includes('ConditionalCheckFailed') && reasons.some(reason => PASSING.has(reason));
}

function reasonsOf(error: unknown): string[] {
  if (faultName(error) !== 'TransactionCanceledException') return [];
  return ((error as TransactionCanceledException).CancellationReasons ?? []).map(reason => reason.Code ?? 'None');
}

function refuseUnsound(writes: readonly CatalogWrite[]): void {
  const keys = writes.map(write => ('put' in write ? write.put : write.remove));
  const items = new Set(keys.map(({ partition, sort }) => JSON.stringify([partition, sort])));
  if (writes.length <= MAX_WRITES && items.size === writes.length) return;
  throw new InputError('bad-catalog-write', `A catalog write names more than ${MAX_WRITES} items, or one item twice.`, {
    hint: 'Split it; see writeAll() in lib/operations/catalog/catalog-index.ts.',
  });
}

/** Maps DynamoDB errors to `lost-race`, `catalog-write-refused`, `catalog-unreachable`. */
async function mapCatalogErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    const reasons = reasonsOf(cause);
    if (reasons.includes('ConditionalCheckFailed')) {
      throw new StorageError('lost-race', 'Another run changed the catalog in the meantime.', {
        hint: 'Run the command again; it starts from the current state.',
        cause,
      });
    }
    if (reasons.includes('ValidationError') || (faultName(cause) === 'ValidationException' && !isTransient(cause))) {
      throw new StorageError(
        'catalog-write-refused',
        'The catalog does not take this write (an item larger than 400 KB, all of them larger than 4 MB, or an empty or overlong key).',
        {
          hint: 'Rebuild the catalog from the manifests; if it recurs, report it; the manifests are intact.',
          cause,
        },
      );
    }
    throw serviceFailure('catalog-unreachable', 'The catalog', cause);
  }
}

/** The rows of the table of keys as they are stored: wrapped branch keys and tombstones. Nothing is opened here. */
import { type AttributeValue, type DynamoDBClient, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { WrappedKey } from '../domain/key-copy.ts';
import type { KeyRows } from '../ports.ts';
import { keyServiceFailure } from './key-requests.ts';
import { isDestroyed, type KeyTable, tombstoneType } from './key-tombstones.ts';
import { faultName } from './transient.ts';

export function openKeyRows(table: KeyTable): KeyRows {
  return {
    async of(owner) {
      try {
        return await rowsOf(table.dynamo, table.table, owner);
      } catch (fault) {
        throw keyServiceFailure(fault, owner);
      }
    },
    async add(owner, rows) {
      try {
        const tombstones = rows.filter(row => textOf(row.type) === tombstoneType);
        const gone = tombstones.length > 0 || (await isDestroyed(table, owner));
        let added = 0;
        for (const row of gone ? tombstones : rows) if (await addRow(table, owner, row)) added += 1;
        return added;
      } catch (fault) {
        throw keyServiceFailure(fault, owner);
      }
    },
  };
}

async function rowsOf(client: DynamoDBClient, TableName: string, owner: string): Promise<WrappedKey[]> {
  const found: WrappedKey[] = [];
  const query = {
    ...{ TableName, ConsistentRead: true, KeyConditionExpression: '#id = :id' },
    ExpressionAttributeNames: { '#id': 'branch-key-id' },
    ExpressionAttributeValues: { ':id': { S: owner } },
  };
  for await (const page of paginateQuery({ client }, query)) found.push(...(page.Items ?? []).map(plain));
  return found;
}

/** False if the row exists. */
async function addRow({ dynamo, table }: KeyTable, owner: string, row: WrappedKey): Promise<boolean> {
  const Item = { ...Object.fromEntries(Object.entries(row).map(([name, value]) => [name, stored(value)])) };
  const command = new PutItemCommand({
    ...{ TableName: table, Item: { ...Item, 'branch-key-id': { S: owner } } },
    ConditionExpression: 'attribute_not_exists(#id)',
    ExpressionAttributeNames: { '#id': 'branch-key-id' },
  });
  try {
    await dynamo.send(command);
    return true;
  } catch (fault) {
    if (faultName(fault) === 'ConditionalCheckFailedException') return false;
    throw fault;
  }
}

function plain(item: Record<string, AttributeValue>): WrappedKey {
  return Object.fromEntries(
    Object.entries(item).map(([name, { S, N, B }]) => {
      if (S !== undefined) return [name, { S }];
      if (N !== undefined) return [name, { N }];
      if (B !== undefined) return [name, { B: Buffer.from(B).toString('base64') }];
      throw new Error('A row of the table of keys has an attribute of an unknown type.');
    }),
  );
}

function stored(value: WrappedKey[string]): AttributeValue {
  return 'B' in value ? { B: Buffer.from(value.B, 'base64') } : value;
}

function textOf(value: WrappedKey[string] | undefined): string | undefined {
  return value && 'S' in value ? value.S : undefined;
}

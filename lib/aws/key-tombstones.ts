/**
 * Tombstones of destroyed tenant keys, in the key table beside the branch keys. KMS forgets a deleted key and its alias
 * after the waiting period; the tombstone remains, so that a destroyed tenant never gets a new key under its old
 * reference and no process continues with a cached key.
 *
 * The primary key is that of the Encryption SDK's key store: `branch-key-id` (tenant reference), `type`.
 */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { TenantRef } from '../domain/tenant.ts';

export interface KeyTable {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
}

const TYPE = 'holdfast:destroyed';

export const tombstoneType = TYPE;

function keyOf(tenant: TenantRef) {
  return { 'branch-key-id': { S: tenant }, type: { S: TYPE } };
}

export async function isDestroyed({ dynamo, table }: KeyTable, tenant: TenantRef): Promise<boolean> {
  const found = await dynamo.send(
    new GetItemCommand({
      TableName: table,
      Key: keyOf(tenant),
      ConsistentRead: true,
      ProjectionExpression: '#type',
      ExpressionAttributeNames: { '#type': 'type' },
    }),
  );
  return found.Item !== undefined;
}

/** Keeps the time of an existing tombstone. */
export async function markDestroyed({ dynamo, table }: KeyTable, tenant: TenantRef, at: Date): Promise<void> {
  await dynamo.send(
    new UpdateItemCommand({
      TableName: table,
      Key: keyOf(tenant),
      UpdateExpression: 'SET #at = if_not_exists(#at, :at)',
      ExpressionAttributeNames: { '#at': 'at' },
      ExpressionAttributeValues: { ':at': { S: at.toISOString() } },
    }),
  );
}

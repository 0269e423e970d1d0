/**
 * Tombstones of destroyed tenant keys, in the key table beside the branch keys. KMS forgets a deleted key and its alias
 * after the waiting period; the tombstone remains, so that a destroyed tenant never gets a new key under its old
 * reference and no process continues with a cached key. While a countdown runs, the tombstone has its end (`until`), and can
 * be removed; without it, it is final.
 *
 * The primary key is that of the Encryption SDK's key store: `branch-key-id` (tenant reference), `type`.
 */
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { keyDestroyed } from '../domain/key-destruction.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { faultName } from './transient.ts';

export interface KeyTable {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
}

const TYPE = 'holdfast:destroyed';

export const tombstoneType = TYPE;

function keyOf(tenant: TenantRef) {
  return { 'branch-key-id': { S: tenant }, type: { S: TYPE } };
}

export interface Tombstone {
  /** Of a countdown, ISO 8601: until then it can be cancelled. */
  readonly until?: string;
}

/** Undefined: the tenant's key can be used. */
export async function readTombstone({ dynamo, table }: KeyTable, tenant: TenantRef): Promise<Tombstone | undefined> {
  const { Item } = await dynamo.send(
    new GetItemCommand({
      TableName: table,
      Key: keyOf(tenant),
      ConsistentRead: true,
      ProjectionExpression: '#type, #until',
      ExpressionAttributeNames: { '#type': 'type', '#until': 'until' },
    }),
  );
  if (Item === undefined) return undefined;
  return Item.until?.S === undefined ? {} : { until: Item.until.S };
}

/** Also while a countdown runs: nothing may be opened or sealed. */
export async function isDestroyed(table: KeyTable, tenant: TenantRef): Promise<boolean> {
  return (await readTombstone(table, tenant)) !== undefined;
}

/** For good. Keeps the time of an existing tombstone. */
export async function markDestroyed({ dynamo, table }: KeyTable, tenant: TenantRef, at: Date): Promise<void> {
  await dynamo.send(
    new UpdateItemCommand({
      TableName: table,
      Key: keyOf(tenant),
      UpdateExpression: 'SET #at = if_not_exists(#at, :at) REMOVE #until',
      ExpressionAttributeNames: { '#at': 'at', '#until': 'until' },
      ExpressionAttributeValues: { ':at': { S: at.toISOString() } },
    }),
  );
}

/** The tombstone as it was before `markDestroyed`, while nothing of the key was removed. */
export async function putBack(table: KeyTable, tenant: TenantRef, before: Tombstone | undefined): Promise<void> {
  const place = { TableName: table.table, Key: keyOf(tenant) };
  if (before === undefined) await table.dynamo.send(new DeleteItemCommand(place));
  else if (before.until !== undefined)
    await table.dynamo.send(
      new UpdateItemCommand({
        ...place,
        UpdateExpression: 'SET #until = :until',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { S: before.until } },
      }),
    );
}

/** Begins a countdown, or moves its end. StorageError `key-destroyed` where the tombstone is final. */
export async function markPending(
  { dynamo, table }: KeyTable,
  tenant: TenantRef,
  { at, until }: { at: Date; until: Date },
): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: table,
    Key: keyOf(tenant),
    UpdateExpression: 'SET #at = if_not_exists(#at, :at), #until = :until',
    ConditionExpression: 'attribute_not_exists(#at) OR attribute_exists(#until)',
    ExpressionAttributeNames: { '#at': 'at', '#until': 'until' },
    ExpressionAttributeValues: { ':at': { S: at.toISOString() }, ':until': { S: until.toISOString() } },
  });
  await dynamo.send(update).catch(finalFor(tenant));
}

/** Nothing where there is none. StorageError `key-destroyed` where it is final. */
export async function removePending({ dynamo, table }: KeyTable, tenant: TenantRef): Promise<void> {
  const removal = new DeleteItemCommand({
    TableName: table,
    Key: keyOf(tenant),
    ConditionExpression: 'attribute_not_exists(#at) OR attribute_exists(#until)',
    ExpressionAttributeNames: { '#at': 'at', '#until': 'until' },
  });
  await dynamo.send(removal).catch(finalFor(tenant));
}

function finalFor(tenant: TenantRef): (fault: unknown) => never {
  return fault => {
    if (faultName(fault) === 'ConditionalCheckFailedException') throw keyDestroyed(tenant);
    throw fault;
  };
}

/**
 * Pooled mode: one KMS key for the fleet, and under it a branch key per tenant in the Encryption SDK's key store (a
 * DynamoDB table), used through its hierarchical keyring. KMS authenticates a branch key's tenant, version and table in
 * the encryption context; deleting a tenant's branch keys makes its backups unreadable. See
 * docs/decisions/0009-pooled-keys.md.
 */
import { BranchKeyStoreNode } from '@aws-crypto/branch-keystore-node';
import { KmsHierarchicalKeyRingNode } from '@aws-crypto/kms-keyring-node';
import { DeleteItemCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { TenantRef } from '../domain/tenant.ts';
import type { Keyring } from '../ports.ts';
import { type KeyTable, tombstoneType } from './key-tombstones.ts';
import { type KeyringOptions, openKmsKeyring, type WrappingKeys } from './kms-keyring.ts';
import { faultName } from './transient.ts';

export interface PooledOptions extends KeyringOptions {
  /** ARN of the fleet's key; for a multi-region key, in this process's region. A function is called on first use. */
  readonly keyArn: string | (() => Promise<string>);
  /** Permanently bound into every branch key: not the table's name, which can change when the table is restored. */
  readonly keyStoreName: string;
}

/** Seconds for which an opened branch key is cached. */
const BRANCH_KEY_SECONDS = 15 * 60;
const ACTIVE = 'branch:ACTIVE';

export function openPooledKeyring(options: PooledOptions): Keyring {
  return openKmsKeyring(options, pooledKeys(options));
}

function pooledKeys({ kms, dynamo, table, keyArn, keyStoreName }: PooledOptions): WrappingKeys {
  const own = { dynamo, table };
  let opened: BranchKeyStoreNode | undefined;

  async function openKeyStore(): Promise<BranchKeyStoreNode> {
    const arn = typeof keyArn === 'string' ? keyArn : await keyArn();
    opened ??= new BranchKeyStoreNode({
      logicalKeyStoreName: keyStoreName,
      storage: { ddbTableName: table, ddbClient: dynamo },
      keyManagement: { kmsClient: kms },
      kmsConfiguration: /:key\/mrk-/.test(arn) ? { mrkIdentifier: arn } : { identifier: arn },
    });
    return opened;
  }

  async function exists(tenant: TenantRef): Promise<boolean> {
    const Key = { 'branch-key-id': { S: tenant }, type: { S: ACTIVE } };
    const found = await dynamo.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    return found.Item !== undefined;
  }

  return {
    mode: 'pooled',
    keysOf: async tenant => (await typesOf(own, tenant)).map(type => ({ id: `${table}/${tenant}/${type}` })),
    // The tombstone keeps everybody from using them; they are deleted at the end of the countdown.
    schedule: async () => undefined,
    cancel: async () => {},

    async find(tenant) {
      if (!(await exists(tenant))) return undefined;
      return new KmsHierarchicalKeyRingNode({
        branchKeyId: tenant,
        keyStore: await openKeyStore(),
        cacheLimitTtl: BRANCH_KEY_SECONDS,
        maxCacheSize: 4,
      });
    },

    async make(tenant) {
      if (await exists(tenant)) return;
      try {
        await (await openKeyStore()).createKey({ branchKeyIdentifier: tenant, encryptionContext: { owner: tenant } });
      } catch (error) {
        // Another process was first, or our first attempt succeeded and its answer was lost.
        if (faultName(error) !== 'TransactionCanceledException' || !(await exists(tenant))) throw error;
      }
    },

    async destroy(tenant) {
      for (const type of await typesOf(own, tenant)) {
        const Key = { 'branch-key-id': { S: tenant }, type: { S: type } };
        await dynamo.send(new DeleteItemCommand({ TableName: table, Key }));
      }
    },
  };
}

/** Its branch keys in the table, without the tombstone. */
async function typesOf({ dynamo, table }: KeyTable, tenant: TenantRef): Promise<string[]> {
  const keys = await dynamo.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#id = :id',
      ProjectionExpression: '#type',
      ExpressionAttributeNames: { '#id': 'branch-key-id', '#type': 'type' },
      ExpressionAttributeValues: { ':id': { S: tenant } },
    }),
  );
  return (keys.Items ?? []).flatMap(({ type }) => (type?.S && type.S !== tombstoneType ? [type.S] : []));
}

/**
 * docs/formats.md says how a tenant's key is had in each key mode: examples/reader, in Python, opens what both modes of KMS
 * sealed (local keys: test/integration/reader.test.ts).
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { expect, it } from 'vitest';
import { clientOptions } from '../../lib/aws/clients.ts';
import { openDedicatedKeyring } from '../../lib/aws/dedicated-keys.ts';
import { openPooledKeyring } from '../../lib/aws/pooled-keys.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import type { Keyring } from '../../lib/ports.ts';
import { createKeyTable } from '../support/key-table.ts';
import { pythonWithServers, startMoto, TEST_CREDENTIALS } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const OPEN = join(import.meta.dirname, '../support/open-sealed.py');
const TABLE = 'keys';

it(
  'A reader in Python opens what was sealed under a key per tenant and under branch keys',
  async () => {
    const moto = await startMoto();
    try {
      const { endpoint, region } = moto.target;
      // Each keyring watches the requests of its own clients.
      const on = () => ({
        ...{ kms: new KMS(clientOptions(moto.target)), dynamo: new DynamoDBClient(clientOptions(moto.target)) },
        ...{ table: TABLE, clock: { now: () => new Date() } },
      });
      const { kms, dynamo } = on();
      await createKeyTable(dynamo, TABLE);
      const keyArn = (await kms.createKey({})).KeyMetadata!.Arn!;
      const keyStoreName = 'holdfast-test';
      const sealed = [
        await seal('dedicated', openDedicatedKeyring({ ...on(), multiRegion: false })),
        await seal('pooled', openPooledKeyring({ ...on(), keyArn, keyStoreName })),
      ];
      const client = {
        ...{ endpoint_url: endpoint, region_name: region },
        ...{ aws_access_key_id: TEST_CREDENTIALS.accessKeyId, aws_secret_access_key: TEST_CREDENTIALS.secretAccessKey },
      };
      const pool = { table: TABLE, key_arn: keyArn, key_store_name: keyStoreName };
      const input = JSON.stringify({ client, pool, sealed });
      const opened = spawnSync(await pythonWithServers(), [OPEN], { input, encoding: 'utf8' });
      expect({ ...opened, lines: opened.stdout.trim().split('\n') }).toMatchObject({
        stderr: '',
        lines: ['rows of dedicated', 'rows of pooled'],
      });
    } finally {
      await moto.stop();
    }
  },
  SETUP_TIMEOUT_MS,
);

async function seal(mode: string, keyring: Keyring) {
  const owner = tenantRef('reader-test', tenantId(mode));
  await keyring.ensureKey(owner);
  const message = Buffer.from(await keyring.seal(owner, Buffer.from(`rows of ${mode}`))).toString('base64');
  return { mode, owner, message };
}

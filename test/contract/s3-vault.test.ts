/**
 * The S3 vault against two independent servers. versitygw enforces Object Lock per version and conditional writes; its keys
 * are paths of a file system. MiniStack accepts any key, and loses the lock of a multipart upload. Each keeps the promises
 * that the other breaks, so that every promise is tested on S3.
 */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { clientOptions } from '../../lib/aws/clients.ts';
import { openS3Vault } from '../../lib/aws/s3-vault.ts';
import { startMinistack, startVersitygw, type TestServer } from '../support/servers.ts';
import { beforeServer } from '../support/shy-server.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type VaultUnderTest, vaultContract } from './vault.contract.ts';

const MIB = 1024 * 1024;

async function vaultOn(starting: Promise<TestServer>): Promise<VaultUnderTest> {
  const server = await starting;
  const client = new S3Client({ ...clientOptions(server.target), forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: 'vault', ObjectLockEnabledForBucket: true }));
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  return {
    vault: openS3Vault({ client, bucket: 'vault', partBytes: 5 * MIB }),
    now: () => now,
    dispose: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

const VERSITYGW = {
  'lists by prefix in key order': 'versitygw: an object is a file, so its key cannot be a prefix of another key',
  'distinguishes keys with unusual characters': 'versitygw: dots are path components',
  'keeps the longest of several retentions that are set concurrently':
    'versitygw: compares with the stored retention and writes the new one in two steps',
};
vaultContract('The S3 vault on versitygw', () => vaultOn(startVersitygw()), VERSITYGW);

vaultContract(
  'The S3 vault on versitygw, with a session that can list only one prefix',
  () => vaultOn(startVersitygw().then(beforeServer)),
  VERSITYGW,
);

describe('The S3 vault if all access is denied', () => {
  it('does not report objects as missing', { timeout: SETUP_TIMEOUT_MS }, async () => {
    const server = await beforeServer(await startVersitygw());
    const { vault, dispose } = await vaultOn(Promise.resolve(server));
    await vault.put('there', Buffer.from('rows'), { retainUntil: new Date(Date.now() + 3600_000) });
    expect(await vault.head('not-there')).toBeUndefined();
    await expect(vault.get('not-there')).rejects.toMatchObject({ code: 'object-missing' });
    server.deny();
    const denied = { code: 'access-denied', retry: 'operator' };
    for (const key of ['there', 'not-there']) {
      await expect(vault.head(key)).rejects.toMatchObject(denied);
      await expect(vault.get(key)).rejects.toMatchObject(denied);
      await expect(vault.delete(key)).rejects.toMatchObject(denied);
    }
    await dispose();
  });
});

vaultContract('The S3 vault on MiniStack', () => vaultOn(startMinistack()), {
  'stores a stream of unknown length': 'MiniStack: a multipart upload loses its lock',
});

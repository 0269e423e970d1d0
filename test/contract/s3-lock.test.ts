/**
 * What the S3 vault relies on, and its behavior when somebody bypasses it: with a plain client on versitygw, which enforces
 * Object Lock per version. The first group tests the server itself, so that a server that is too permissive (moto lets
 * COMPLIANCE be shortened, drops a multipart upload's lock and accepts wrong checksums) can never replace it.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '../../lib/aws/clients.ts';
import { openS3Vault } from '../../lib/aws/s3-vault.ts';
import type { Vault } from '../../lib/ports.ts';
import { startVersitygw, type TestServer } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const MIB = 1024 * 1024;
const Bucket = 'vault';
const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 48 * 3600_000);
const sooner = new Date(until.getTime() - 24 * 3600_000);
const large = randomBytes(6 * MIB);

let server: TestServer;
let client: S3Client;
let vault: Vault;

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB);
}
const versionOf = async (Key: string) => (await client.send(new HeadObjectCommand({ Bucket, Key }))).VersionId!;
const versions = (Prefix: string) => client.send(new ListObjectVersionsCommand({ Bucket, Prefix }));

beforeAll(async () => {
  server = await startVersitygw();
  client = new S3Client({ ...clientOptions(server.target), forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  vault = openS3Vault({ client, bucket: Bucket, partBytes: 5 * MIB });
  await vault.put('one-request', Buffer.from('small'), { retainUntil: until });
  await vault.put('parts', pieces(large), { retainUntil: until, hold: true });
}, SETUP_TIMEOUT_MS);
afterAll(() => server?.stop());

describe('A stored object, one request or parts', () => {
  for (const Key of ['one-request', 'parts']) {
    it(`is locked in COMPLIANCE mode: nobody can delete it or shorten the lock (${Key})`, async () => {
      const VersionId = await versionOf(Key);
      const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket, Key, VersionId }));
      expect(Retention).toEqual({ Mode: 'COMPLIANCE', RetainUntilDate: until });
      const denied = { name: 'AccessDenied' };
      await expect(client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))).rejects.toMatchObject(denied);
      for (const Mode of ['COMPLIANCE', 'GOVERNANCE'] as const) {
        const Retention = { Mode, RetainUntilDate: sooner };
        const shorten = { Bucket, Key, VersionId, Retention, BypassGovernanceRetention: true };
        await expect(client.send(new PutObjectRetentionCommand(shorten))).rejects.toMatchObject(denied);
      }
      expect(await vault.head(Key)).toMatchObject({ retainUntil: until });
    });
  }

  it('is refused by the server if its bytes do not match its checksum', async () => {
    const ChecksumSHA256 = createHash('sha256').update('other').digest('base64');
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'bytes', ChecksumSHA256 }));
    await expect(put).rejects.toMatchObject({ name: 'BadDigest' });
    expect(await vault.head('wrong')).toBeUndefined();
  });

  it('is refused if its key exists, also at the completion of a multipart upload', async () => {
    for (const Key of ['one-request', 'parts']) {
      await expect(vault.put(Key, pieces(large), { retainUntil: until })).rejects.toMatchObject({
        code: 'object-exists',
      });
      expect((await versions(Key)).Versions).toHaveLength(1);
    }
  });

  it('has its digest even if its writer was killed before storing it', async () => {
    const Tagging = { TagSet: [] };
    await client.send(
      new PutObjectTaggingCommand({ Bucket, Key: 'parts', VersionId: await versionOf('parts'), Tagging }),
    );
    expect((await vault.head('parts'))?.sha256).toBe(createHash('sha256').update(large).digest('hex'));
  });
});

describe('Bypassing the vault', () => {
  it('a delete marker hides nothing from a reader, and leaves the object locked', async () => {
    await vault.put('hidden', Buffer.from('still here'), { retainUntil: until });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'hidden' }));
    expect(Buffer.from(await vault.get('hidden')).toString()).toBe('still here');
    expect(Buffer.from(await vault.get('hidden', { offset: 6, length: 4 })).toString()).toBe('here');
    expect(await vault.head('hidden')).toMatchObject({
      bytes: 10,
      sha256: createHash('sha256').update('still here').digest('hex'),
    });
    await expect(vault.delete('hidden')).rejects.toMatchObject({ code: 'object-locked' });
  });

  it('the vault itself never leaves a delete marker, whether it deletes or is refused', async () => {
    await expect(vault.delete('one-request')).rejects.toMatchObject({ code: 'object-locked' });
    expect((await versions('one-request')).DeleteMarkers ?? []).toEqual([]);
    // Stored without a lock, as after its end: then object and markers are deleted permanently.
    await client.send(new PutObjectCommand({ Bucket, Key: 'ended', Body: 'x' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'ended' }));
    await vault.delete('ended');
    const left = await versions('ended');
    expect([...(left.Versions ?? []), ...(left.DeleteMarkers ?? [])]).toEqual([]);
  });

  it('bytes that were replaced under an intact digest are refused', async () => {
    const Metadata = { 'holdfast-sha256': createHash('sha256').update('the true bytes').digest('hex') };
    await client.send(new PutObjectCommand({ Bucket, Key: 'swapped', Body: 'the lying bytes', Metadata }));
    await expect(vault.get('swapped')).rejects.toMatchObject({ code: 'object-altered' });
  });

  it('a bucket without Object Lock is refused as a vault', async () => {
    // AWS refuses the lock headers; versitygw stores the object without them.
    await client.send(new CreateBucketCommand({ Bucket: 'unlocked' }));
    const open = openS3Vault({ client, bucket: 'unlocked' });
    const code = expect.stringMatching(/^(object-not-locked|vault-unreachable)$/);
    await expect(open.put('x', Buffer.from('x'), { retainUntil: until })).rejects.toMatchObject({ code });
  });
});

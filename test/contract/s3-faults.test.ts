/**
 * The S3 vault behind a network that throttles, resets, falls silent and truncates bodies. Promised: nothing acknowledged
 * is lost, nothing is listed that cannot be read, nothing is done twice, and a failure is reported as retryable, not as
 * damage.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsTarget, clientOptions } from '../../lib/aws/clients.ts';
import { openS3Vault } from '../../lib/aws/s3-vault.ts';
import type { Vault } from '../../lib/ports.ts';
import { type FaultyLine, type FaultyWay, faultyLine } from '../support/faulty-line.ts';
import { FAULTS, type Fault, firstAttempts, stormOf } from '../support/faulty-proxy.ts';
import { startVersitygw } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const MIB = 1024 * 1024;
/** Longer than the response time on a busy machine. */
const SILENCE_MS = 1500;
/** S3 throttles with 503 only. */
const S3_FAULTS = FAULTS.filter(fault => fault !== 'throttled');
const QUICK: readonly Fault[] = ['unavailable', 'reset', 'cut-request', 'lost-answer', 'cut-answer'];
const s3Options = (target: AwsTarget) => ({ ...clientOptions(target), forcePathStyle: true });
const later = () => new Date(Date.now() + 3600_000);

describe.concurrent('The S3 vault behind faults (versitygw)', () => {
  let line: FaultyLine;
  let direct: S3Client;
  let witness: Vault;
  const small = randomBytes(50_000);
  const large = randomBytes(11 * MIB);

  beforeAll(async () => {
    line = await faultyLine(startVersitygw(), SILENCE_MS);
    direct = new S3Client(s3Options(line.server.target));
    await direct.send(new CreateBucketCommand({ Bucket: 'vault', ObjectLockEnabledForBucket: true }));
    witness = openS3Vault({ client: direct, bucket: 'vault' });
  }, SETUP_TIMEOUT_MS);
  afterAll(() => line?.stop());

  async function faultyVault(): Promise<FaultyWay & { vault: Vault }> {
    const way = await line.way();
    const client = new S3Client(s3Options(way.faulty));
    return { ...way, vault: openS3Vault({ client, bucket: 'vault', partBytes: 5 * MIB }) };
  }
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 300_000) yield bytes.subarray(at, at + 300_000);
  }
  async function unfinishedUploads(): Promise<number> {
    return (
      (await direct.send(new ListMultipartUploadsCommand({ Bucket: 'vault', Prefix: 'outage' }))).Uploads?.length ?? 0
    );
  }
  async function versions(prefix: string): Promise<number> {
    return (
      (await direct.send(new ListObjectVersionsCommand({ Bucket: 'vault', Prefix: prefix }))).Versions?.length ?? 0
    );
  }

  for (const fault of S3_FAULTS) {
    it(`stores, reads, lists and locks once although each kind of request first meets: ${fault}`, async () => {
      const { vault, proxy } = await faultyVault();
      const key = `each/${fault}`;
      proxy.next(fault);
      const stored = await vault.put(key, small, { retainUntil: later() });
      expect(proxy.seen.faults).toBe(1);
      expect(await witness.head(key)).toEqual(stored);
      expect(await versions(key)).toBe(1);
      proxy.next(fault);
      expect(sha256(await vault.get(key))).toBe(stored.sha256);
      proxy.next(fault);
      expect(sha256(await vault.get(key, { offset: 100, length: 40_000 }))).toBe(sha256(small.subarray(100, 40_100)));
      proxy.next(fault, fault);
      const listed = [];
      for await (const object of vault.list(key)) listed.push(object);
      expect(listed).toEqual([stored]);
      const until = new Date(Math.ceil(stored.retainUntil.getTime() / 1000) * 1000 + 60_000);
      proxy.next(undefined, fault);
      await vault.extendRetention(key, until);
      proxy.next(undefined, fault);
      await vault.setHold(key, true);
      expect(await witness.head(key)).toMatchObject({ retainUntil: until, hold: true });
      proxy.next(fault);
      await expect(vault.delete(key)).rejects.toMatchObject({ code: 'object-locked' });
      proxy.next(fault);
      await expect(vault.put(key, small, { retainUntil: later() })).rejects.toMatchObject({ code: 'object-exists' });
    });

    it(`stores a multipart stream completely although start, parts and completion each meet: ${fault}`, async () => {
      const { vault, proxy } = await faultyVault();
      const key = `parts/${fault}`;
      proxy.decide(firstAttempts(fault));
      const stored = await vault.put(key, inPieces(large), { retainUntil: later(), hold: true });
      proxy.decide(undefined);
      expect(stored).toMatchObject({ bytes: large.length, sha256: sha256(large), hold: true });
      expect(await witness.head(key)).toEqual(stored);
      expect(sha256(await witness.get(key))).toBe(stored.sha256);
      expect(await versions(key)).toBe(1);
    });
  }

  it('recognizes its own write whose answer was lost, and that of another writer', async () => {
    const { vault, proxy } = await faultyVault();
    proxy.next('lost-answer');
    await vault.put('own/one', small, { retainUntil: later() });
    await witness.put('own/two', Buffer.from('the other writer'), { retainUntil: later() });
    proxy.next('lost-answer');
    await expect(vault.put('own/two', small, { retainUntil: later() })).rejects.toMatchObject({
      code: 'object-exists',
    });
    expect(Buffer.from(await witness.get('own/two')).toString()).toBe('the other writer');
  });

  it('loses nothing acknowledged and lists nothing unreadable in a storm of faults', async () => {
    const { vault, proxy } = await faultyVault();
    const sent = new Map<string, Buffer>();
    const stored = new Set<string>();
    proxy.decide(stormOf(11, 0.4, QUICK));
    for (let n = 0; n < 24; n++) {
      const key = `storm/${String(n).padStart(3, '0')}`;
      const bytes = n % 8 === 0 ? large : randomBytes(2000 + n);
      sent.set(key, bytes);
      const body = n % 8 === 0 ? inPieces(bytes) : bytes;
      const outcome = await vault.put(key, body, { retainUntil: later() }).catch(error => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ retry: 'auto', code: 'vault-unreachable' });
      else stored.add(key);
    }
    proxy.decide(undefined);
    expect(stored.size).toBeGreaterThan(8);
    const listed = new Set<string>();
    for await (const object of vault.list('storm/')) {
      listed.add(object.key);
      expect(object.sha256).toBe(sha256(sent.get(object.key)!));
      expect(sha256(await vault.get(object.key))).toBe(object.sha256);
    }
    for (const key of stored) expect(listed).toContain(key);
    expect(await versions('storm/')).toBe(listed.size);
  });

  it('reports an outage as retryable, and leaves nothing of an aborted upload behind', async () => {
    const { proxy, faulty } = await line.way();
    const impatient = openS3Vault({
      client: new S3Client(s3Options({ ...faulty, maxAttempts: 2 })),
      bucket: 'vault',
      partBytes: 5 * MIB,
    });
    for (const fault of ['unavailable', 'silence', 'reset'] as const) {
      proxy.decide(() => fault);
      const outage = { code: 'vault-unreachable', retry: 'auto' };
      await expect(impatient.put('outage', small, { retainUntil: later() })).rejects.toMatchObject(outage);
      await expect(impatient.get('each/reset')).rejects.toMatchObject(outage);
      await expect(impatient.head('each/reset')).rejects.toMatchObject(outage);
    }
    // The parts fail, the completion of the upload does not.
    proxy.decide(n => (n >= 1 && n <= 6 ? 'unavailable' : undefined));
    await expect(impatient.put('outage', inPieces(large), { retainUntil: later() })).rejects.toMatchObject({
      retry: 'auto',
    });
    proxy.decide(undefined);
    expect(await witness.head('outage')).toBeUndefined();
    expect(await unfinishedUploads()).toBe(0);
  });
});

/**
 * The vault in a versioned bucket with Object Lock. Every object is stored once, under a COMPLIANCE retention and with a
 * checksum that S3 verifies; a put resolves after the stored object was looked at again, whole and locked. Only this
 * adapter's delete removes an object, by version: a delete marker, which somebody else may place, hides nothing from
 * get and head.
 *
 * The role needs, on the bucket: GetObject, GetObjectVersion, GetObjectTagging, GetObjectVersionTagging, GetObjectRetention, GetObjectLegalHold, PutObject,
 * PutObjectTagging, PutObjectVersionTagging, PutObjectRetention, PutObjectLegalHold, AbortMultipartUpload, ListBucket,
 * ListBucketVersions; to expire: DeleteObjectVersion. Never DeleteObject nor BypassGovernanceRetention.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html and …/conditional-writes.html
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { StoredObject, Vault } from '../ports.ts';
import {
  isDenied,
  isMissing,
  isTaken,
  notLocked,
  objectAltered,
  objectExists,
  objectLocked,
  objectMissing,
  objectTruncated,
  vaultFailure,
} from './s3-errors.ts';
import { listKeys, versionsOf } from './s3-listing.ts';
import { lockOf } from './s3-lock.ts';
import {
  DIGEST_METADATA,
  DIGEST_TAG,
  type Lock,
  noteDigest,
  type Sent,
  sendObject,
  WRITE_METADATA,
} from './s3-upload.ts';
import { faultName, isTransient, retrying } from './transient.ts';

export interface S3VaultOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Bytes of a part of a multipart upload; what is not larger is one request. At least 5 MiB. */
  readonly partBytes?: number;
  readonly partsAtOnce?: number;
  /** Objects looked at together while listing (a listing itself names neither retention nor digest). */
  readonly headsAtOnce?: number;
}

interface Found extends StoredObject {
  readonly version: string | undefined;
  readonly writeId: string | undefined;
}

/** Opens the vault in this bucket. Nothing is asked of the bucket before the first use. */
export function openS3Vault(options: S3VaultOptions): Vault {
  const { client, bucket } = options;
  const target = {
    client,
    bucket,
    partBytes: options.partBytes ?? 8 * 1024 * 1024,
    partsAtOnce: options.partsAtOnce ?? 4,
  };

  async function find(
    key: string,
    given?: { version: string | undefined; sha256?: string },
  ): Promise<Found | undefined> {
    const version = given?.version;
    try {
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
      return await describe(key, head, given?.sha256);
    } catch (error) {
      // Of a version that is named, a refusal is one; of a key, it may be S3's way not to say that there is nothing.
      if (!isMissing(error) && !(isDenied(error) && version === undefined)) throw error;
      const hidden = version === undefined ? await newestVersion(key) : undefined;
      return hidden === undefined ? undefined : find(key, { version: hidden });
    }
  }

  async function describe(key: string, head: HeadObjectCommandOutput, sha256?: string): Promise<Found> {
    const digest = sha256 ?? head.Metadata?.[DIGEST_METADATA] ?? (await multipartDigest(key, head.VersionId));
    return {
      key,
      bytes: head.ContentLength ?? 0,
      sha256: digest,
      storedAt: head.LastModified ?? new Date(0),
      retainUntil: head.ObjectLockRetainUntilDate ?? new Date(0),
      hold: head.ObjectLockLegalHoldStatus === 'ON',
      version: head.VersionId,
      writeId: head.Metadata?.[WRITE_METADATA],
    };
  }

  /** From the tag; where a writer was killed before it noted the digest, from the bytes, and then it is noted. */
  async function multipartDigest(key: string, version: string | undefined): Promise<string> {
    const tags = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key, VersionId: version }));
    const noted = tags.TagSet?.find(tag => tag.Key === DIGEST_TAG)?.Value;
    if (noted !== undefined) return noted;
    const sha256 = await retrying(async () => {
      const digest = createHash('sha256');
      const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
      for await (const piece of object.Body as Readable) digest.update(piece);
      return digest.digest('hex');
    });
    await noteDigest(target, key, version, sha256).catch(() => {});
    return sha256;
  }

  async function newestVersion(key: string): Promise<string | undefined> {
    return (await versionsOf(client, bucket, key)).find(version => !version.marker)?.id;
  }

  async function present(key: string): Promise<Found> {
    const found = await find(key);
    if (found === undefined) throw objectMissing(key);
    return found;
  }

  /** Whose object stands there decides what became of a write; that it is locked is seen, not believed. */
  async function settle(key: string, sent: Sent, lock: Lock): Promise<Found> {
    const found = await find(key, { version: undefined, sha256: sent.sha256 });
    if (found?.writeId === sent.writeId && found.bytes === sent.bytes) {
      if (found.retainUntil < lock.retainUntil || found.hold !== lock.hold) throw notLocked(key, bucket);
      return found;
    }
    if (found?.writeId !== sent.writeId && isTaken(sent.doubt)) throw objectExists(key, sent.doubt);
    throw sent.doubt ?? objectAltered(key);
  }

  async function read(key: string, range?: { offset: number; length: number }, version?: string): Promise<Uint8Array> {
    const object = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        VersionId: version,
        ...(range ? { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {}),
      }),
    );
    const digest = range ? undefined : object.Metadata?.[DIGEST_METADATA];
    const expected = range?.length ?? object.ContentLength;
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of object.Body as Readable) {
      pieces.push(piece);
      bytes += piece.byteLength;
    }
    const cut = object.ContentLength !== undefined && bytes !== object.ContentLength;
    if (cut) throw Object.assign(new Error('The body broke off.'), { name: 'IncompleteBody' });
    if (bytes !== expected) throw objectTruncated(key);
    const whole = Buffer.concat(pieces, bytes);
    if (digest !== undefined && createHash('sha256').update(whole).digest('hex') !== digest) throw objectAltered(key);
    return whole;
  }

  const vault: Vault = {
    async put(key, body, { retainUntil, hold = false }) {
      const lock = { retainUntil: toSecond(retainUntil), hold };
      const sent = await sendObject(target, key, body, lock);
      const found = await settle(key, sent, lock);
      if (sent.multipart) await noteDigest(target, key, found.version, sent.sha256);
      return plain(found);
    },

    async get(key, range) {
      if (range?.length === 0) {
        if (range.offset > (await present(key)).bytes) throw objectTruncated(key);
        return new Uint8Array();
      }
      let version: string | undefined;
      try {
        return await retrying(() => read(key, range, version));
      } catch (error) {
        if (faultName(error) === 'InvalidRange') throw objectTruncated(key, error);
        if (!isMissing(error) && !isDenied(error)) throw error;
        version = await newestVersion(key);
        if (version === undefined) throw objectMissing(key, error);
        return retrying(() => read(key, range, version));
      }
    },

    async head(key) {
      const found = await find(key);
      return found && plain(found);
    },

    async *list(prefix, after) {
      let waiting: Promise<Found | undefined>[] = [];
      for await (const key of listKeys(client, bucket, prefix, after)) {
        const object = find(key);
        object.catch(() => {});
        waiting.push(object);
        if (waiting.length < (options.headsAtOnce ?? 16)) continue;
        for (const found of await Promise.all(waiting)) if (found) yield plain(found);
        waiting = [];
      }
      for (const found of await Promise.all(waiting)) if (found) yield plain(found);
    },

    keys: (prefix, after) => listKeys(client, bucket, prefix, after),

    async extendRetention(key, until) {
      const wanted = toSecond(until);
      const found = await present(key);
      if (found.retainUntil >= wanted) return;
      try {
        await retrying(() =>
          client.send(
            new PutObjectRetentionCommand({
              Bucket: bucket,
              Key: key,
              VersionId: found.version,
              Retention: { Mode: 'COMPLIANCE', RetainUntilDate: wanted },
            }),
          ),
        );
      } catch (error) {
        // Refused because another run lengthened it further in the meantime: that is what was asked.
        if ((await present(key)).retainUntil < wanted) throw error;
      }
    },

    async setHold(key, hold) {
      const { version } = await present(key);
      const LegalHold = { Status: hold ? ('ON' as const) : ('OFF' as const) };
      await retrying(() =>
        client.send(new PutObjectLegalHoldCommand({ Bucket: bucket, Key: key, VersionId: version, LegalHold })),
      );
    },

    async delete(key) {
      const versions = await versionsOf(client, bucket, key);
      // Objects before markers: a refusal must leave the marker of somebody else as it was.
      for (const { id } of versions.toSorted((a, b) => Number(a.marker) - Number(b.marker))) {
        try {
          await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: id }));
        } catch (error) {
          if (isMissing(error)) continue;
          if (isTransient(error)) throw error;
          const lock = await lockOf(client, { Bucket: bucket, Key: key, VersionId: id });
          if (lock) throw objectLocked(key, lock, error);
          throw error;
        }
      }
    },
  };
  return guarded(vault, bucket);
}

/** The same vault with every fault of the service said in our words. */
function guarded(vault: Vault, bucket: string): Vault {
  async function said<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw vaultFailure(cause, bucket);
    }
  }
  async function* listed<T>(listing: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* listing;
    } catch (cause) {
      throw vaultFailure(cause, bucket);
    }
  }
  return {
    put: (key, body, options) => said(vault.put(key, body, options)),
    get: (key, range) => said(vault.get(key, range)),
    head: key => said(vault.head(key)),
    extendRetention: (key, until) => said(vault.extendRetention(key, until)),
    setHold: (key, hold) => said(vault.setHold(key, hold)),
    delete: key => said(vault.delete(key)),
    list: (prefix, after) => listed(vault.list(prefix, after)),
    keys: (prefix, after) => listed(vault.keys(prefix, after)),
  };
}

/** S3 keeps whole seconds: rounded up, so that nothing is retained for less than was asked. */
function toSecond(moment: Date): Date {
  return new Date(Math.ceil(moment.getTime() / 1000) * 1000);
}

function plain({ key, bytes, sha256, storedAt, retainUntil, hold }: Found): StoredObject {
  return { key, bytes, sha256, storedAt, retainUntil, hold };
}

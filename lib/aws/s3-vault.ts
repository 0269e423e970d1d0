/**
 * The vault in a versioned bucket with Object Lock. Every object is stored once, under a COMPLIANCE retention and with a
 * checksum that S3 verifies; a put resolves after a check that the stored object is complete and locked. Only this
 * adapter's delete removes an object, by version: a delete marker placed by others hides nothing from get and head.
 *
 * The role needs, on the bucket: GetObject, GetObjectVersion, GetObjectTagging, GetObjectVersionTagging, GetObjectRetention, GetObjectLegalHold, PutObject,
 * PutObjectTagging, PutObjectVersionTagging, PutObjectRetention, PutObjectLegalHold, AbortMultipartUpload, ListBucket,
 * ListBucketVersions; to expire: DeleteObjectVersion. Never DeleteObject nor BypassGovernanceRetention.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html and …/conditional-writes.html
 */
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { objectExists, objectLocked } from '../domain/object-errors.ts';
import type { PutOptions, StoredObject, Vault } from '../ports.ts';
import { isMissing, isTaken, notLocked, objectAltered, vaultFailure } from './s3-errors.ts';
import { listKeys, versionsOf } from './s3-listing.ts';
import { lockOf } from './s3-lock.ts';
import { type FoundObject, findObject, presentObject, readObject } from './s3-object.ts';
import { type Lock, noteDigest, type Sent, sendObject, type UploadTarget } from './s3-upload.ts';
import { isTransient, retrying } from './transient.ts';

export interface S3VaultOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Bytes per part of a multipart upload; an object up to this size is one request. At least 5 MiB. */
  readonly partBytes?: number;
  readonly partsAtOnce?: number;
  /** Concurrent HEAD requests of a listing (S3 listings contain neither retention nor digest). */
  readonly headsAtOnce?: number;
}

const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
const HEADS_AT_ONCE = 16;

/** Opens the vault in this bucket. Sends no request before the first use. */
export function openS3Vault(options: S3VaultOptions): Vault {
  const { client, bucket, partBytes = PART_BYTES, partsAtOnce = PARTS_AT_ONCE } = options;
  const target = { client, bucket, partBytes, partsAtOnce };
  const vault: Vault = {
    put: (key, body, lock) => store(target, key, body, lock),
    get: (key, range) => readObject(target, key, range),
    async head(key) {
      const found = await findObject(target, key);
      return found && plain(found);
    },
    list: (prefix, after) => listObjects(target, listKeys(client, bucket, prefix, after), options.headsAtOnce),
    keys: (prefix, after) => listKeys(client, bucket, prefix, after),
    extendRetention: (key, until) => extendRetention(target, key, until),
    setHold: (key, hold) => setHold(target, key, hold),
    delete: key => deleteVersions(target, key),
  };
  return guarded(vault, bucket);
}

/**
 * Whether the key has a current version: one request, while the vault's `head` also looks behind delete markers. Denied is
 * an error, never "no".
 */
export async function hasObject({ client, bucket }: Pick<S3VaultOptions, 'client' | 'bucket'>, key: string) {
  try {
    await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (cause) {
    if (isMissing(cause)) return false;
    throw vaultFailure(cause, bucket);
  }
}

async function store(
  target: UploadTarget,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { retainUntil, hold = false, cold = false }: PutOptions,
): Promise<StoredObject> {
  const lock = { retainUntil: toSecond(retainUntil), hold, cold };
  const sent = await sendObject(target, key, body, lock);
  const found = await settle(target, key, sent, lock);
  if (sent.multipart) await noteDigest(target, key, found.version, sent.sha256);
  return plain(found);
}

/** The stored object's write id decides the outcome of a write; its lock is verified, not assumed. */
async function settle(target: UploadTarget, key: string, sent: Sent, lock: Lock): Promise<FoundObject> {
  const found = await findObject(target, key, { version: undefined, sha256: sent.sha256 });
  if (found?.writeId === sent.writeId && found.bytes === sent.bytes) {
    if (found.retainUntil < lock.retainUntil || found.hold !== lock.hold) throw notLocked(key, target.bucket);
    return found;
  }
  if (found?.writeId !== sent.writeId && isTaken(sent.doubt)) throw objectExists(key, sent.doubt);
  throw sent.doubt ?? objectAltered(key);
}

/** S3 listings contain neither retention nor digest: sends a HEAD per object, `headsAtOnce` at a time. */
async function* listObjects(
  target: UploadTarget,
  keys: AsyncIterable<string>,
  headsAtOnce = HEADS_AT_ONCE,
): AsyncGenerator<StoredObject> {
  let waiting: Promise<FoundObject | undefined>[] = [];
  for await (const key of keys) {
    const object = findObject(target, key);
    object.catch(() => {});
    waiting.push(object);
    if (waiting.length < headsAtOnce) continue;
    for (const found of await Promise.all(waiting)) if (found) yield plain(found);
    waiting = [];
  }
  for (const found of await Promise.all(waiting)) if (found) yield plain(found);
}

async function extendRetention(target: UploadTarget, key: string, until: Date): Promise<void> {
  const wanted = toSecond(until);
  const found = await presentObject(target, key);
  if (found.retainUntil >= wanted) return;
  try {
    await retrying(() =>
      target.client.send(
        new PutObjectRetentionCommand({
          Bucket: target.bucket,
          Key: key,
          VersionId: found.version,
          Retention: { Mode: 'COMPLIANCE', RetainUntilDate: wanted },
        }),
      ),
    );
  } catch (error) {
    // Refused because another run lengthened it further in the meantime: the request is satisfied.
    if ((await presentObject(target, key)).retainUntil < wanted) throw error;
  }
}

async function setHold(target: UploadTarget, key: string, hold: boolean): Promise<void> {
  const { version } = await presentObject(target, key);
  const LegalHold = { Status: hold ? ('ON' as const) : ('OFF' as const) };
  const command = { Bucket: target.bucket, Key: key, VersionId: version, LegalHold };
  await retrying(() => target.client.send(new PutObjectLegalHoldCommand(command)));
}

async function deleteVersions({ client, bucket }: UploadTarget, key: string): Promise<void> {
  const versions = await versionsOf(client, bucket, key);
  // Objects before markers: a refusal must leave markers of others in place.
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
}

/** The same vault, with every error of the service mapped to ours. */
function guarded(vault: Vault, bucket: string): Vault {
  async function mapErrors<T>(work: Promise<T>): Promise<T> {
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
    put: (key, body, options) => mapErrors(vault.put(key, body, options)),
    get: (key, range) => mapErrors(vault.get(key, range)),
    head: key => mapErrors(vault.head(key)),
    extendRetention: (key, until) => mapErrors(vault.extendRetention(key, until)),
    setHold: (key, hold) => mapErrors(vault.setHold(key, hold)),
    delete: key => mapErrors(vault.delete(key)),
    list: (prefix, after) => listed(vault.list(prefix, after)),
    keys: (prefix, after) => listed(vault.keys(prefix, after)),
  };
}

/** S3 stores full seconds: rounded up, so that nothing is retained for less than requested. */
function toSecond(moment: Date): Date {
  return new Date(Math.ceil(moment.getTime() / 1000) * 1000);
}

function plain({ key, bytes, sha256, storedAt, retainUntil, hold }: FoundObject): StoredObject {
  return { key, bytes, sha256, storedAt, retainUntil, hold };
}

/**
 * One object of the vault as S3 reports it: the newest version that is not a delete marker, with its digest and its lock.
 * A delete marker placed by others hides nothing; access denied is distinguished from a missing object.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { objectMissing } from '../domain/object-errors.ts';
import type { StoredObject } from '../ports.ts';
import { isDenied, isMissing, objectAltered, objectTruncated } from './s3-errors.ts';
import { versionsOf } from './s3-listing.ts';
import { DIGEST_METADATA, DIGEST_TAG, noteDigest, type UploadTarget, WRITE_METADATA } from './s3-upload.ts';
import { faultName, retrying } from './transient.ts';

export interface FoundObject extends StoredObject {
  readonly version: string | undefined;
  readonly writeId: string | undefined;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** `given`: a version, and its digest if the caller knows it. Undefined if the object does not exist. */
export async function findObject(
  target: UploadTarget,
  key: string,
  given?: { version: string | undefined; sha256?: string },
): Promise<FoundObject | undefined> {
  const { client, bucket } = target;
  const version = given?.version;
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
    return await describe(target, key, head, given?.sha256);
  } catch (error) {
    // For a named version, 403 means access denied; for a key, S3 also answers 403 instead of 404.
    if (!isMissing(error) && !(isDenied(error) && version === undefined)) throw error;
    const hidden = version === undefined ? await newestVersion(target, key) : undefined;
    return hidden === undefined ? undefined : findObject(target, key, { version: hidden });
  }
}

async function describe(
  target: UploadTarget,
  key: string,
  head: HeadObjectCommandOutput,
  sha256?: string,
): Promise<FoundObject> {
  const digest = sha256 ?? head.Metadata?.[DIGEST_METADATA] ?? (await multipartDigest(target, key, head.VersionId));
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

/** From the tag; if the writer was killed before it stored the digest, from the bytes, and the tag is then written. */
async function multipartDigest(target: UploadTarget, key: string, version: string | undefined): Promise<string> {
  const { client, bucket } = target;
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

async function newestVersion({ client, bucket }: UploadTarget, key: string): Promise<string | undefined> {
  return (await versionsOf(client, bucket, key)).find(version => !version.marker)?.id;
}

/** StorageError `object-missing`. */
export async function presentObject(target: UploadTarget, key: string): Promise<FoundObject> {
  const found = await findObject(target, key);
  if (found === undefined) throw objectMissing(key);
  return found;
}

/** The entire object or a range of it, checked against the size and digest that S3 and the writer recorded. */
export async function readObject(target: UploadTarget, key: string, range?: ByteRange): Promise<Uint8Array> {
  if (range?.length === 0) {
    if (range.offset > (await presentObject(target, key)).bytes) throw objectTruncated(key);
    return new Uint8Array();
  }
  let version: string | undefined;
  try {
    return await retrying(() => readVersion(target, key, range, version));
  } catch (error) {
    if (faultName(error) === 'InvalidRange') throw objectTruncated(key, error);
    if (!isMissing(error) && !isDenied(error)) throw error;
    version = await newestVersion(target, key);
    if (version === undefined) throw objectMissing(key, error);
    return retrying(() => readVersion(target, key, range, version));
  }
}

async function readVersion(
  { client, bucket }: UploadTarget,
  key: string,
  range: ByteRange | undefined,
  version: string | undefined,
): Promise<Uint8Array> {
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

/**
 * One write of one object, complete or not at all. A body that fits one part is one request; a larger one is a multipart
 * upload, whose parts are sent while the body is still being produced, and which is aborted if anything fails. Both are
 * conditional on the key being free, and both carry their own write id: the SDK retries a write whose answer was lost and
 * then gets "already exists", and the id tells its own object from another writer's.
 *
 * Memory: partBytes × (partsAtOnce + 1).
 */
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { PutObjectCommand, PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { retrying } from './transient.ts';

/** Metadata: SHA-256 of the bytes (hex), if known before sending; and the id of the write. */
export const DIGEST_METADATA = 'holdfast-sha256';
export const WRITE_METADATA = 'holdfast-write';
/** Tag of a multipart object: its SHA-256 is known only after its last part has been sent. */
export const DIGEST_TAG = 'holdfast-sha256';

export interface UploadTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly partBytes: number;
  readonly partsAtOnce: number;
}

export interface Lock {
  readonly retainUntil: Date;
  readonly hold: boolean;
  readonly cold?: boolean;
}

export interface Sent {
  readonly writeId: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The write's error if its outcome is unknown: the caller checks whose object is stored. */
  readonly doubt?: unknown;
  readonly multipart: boolean;
}

type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** Sends the body. Errors that leave the outcome unknown are returned as `doubt`; an error of the body's source is thrown. */
export async function sendObject(target: UploadTarget, key: string, body: Body, lock: Lock): Promise<Sent> {
  const writeId = randomUUID();
  const digest = createHash('sha256');
  const source = pieces(body);
  const head: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { value, done } = await source.next();
    if (done) break;
    digest.update(value);
    head.push(value);
    bytes += value.byteLength;
    if (bytes > target.partBytes) return sendParts();
  }
  const sha256 = digest.digest();
  const doubt = await outcome(() =>
    target.client.send(
      new PutObjectCommand({
        ...common(target, key, lock),
        Body: Buffer.concat(head, bytes),
        ChecksumAlgorithm: 'SHA256',
        ChecksumSHA256: sha256.toString('base64'),
        Metadata: { [DIGEST_METADATA]: sha256.toString('hex'), [WRITE_METADATA]: writeId },
      }),
    ),
  );
  return { writeId, bytes, sha256: sha256.toString('hex'), multipart: false, ...doubt };

  async function sendParts(): Promise<Sent> {
    let broken: { reason: unknown } | undefined;
    async function* rest(): AsyncGenerator<Uint8Array> {
      yield* head.splice(0);
      try {
        for (let next = await source.next(); !next.done; next = await source.next()) {
          digest.update(next.value);
          bytes += next.value.byteLength;
          yield next.value;
        }
      } catch (reason) {
        broken = { reason };
        throw reason;
      }
    }
    const upload = new Upload({
      client: target.client,
      partSize: target.partBytes,
      queueSize: target.partsAtOnce,
      params: {
        ...common(target, key, lock),
        Body: Readable.from(rest(), { objectMode: true, highWaterMark: 1 }),
        ChecksumAlgorithm: 'SHA256',
        Metadata: { [WRITE_METADATA]: writeId },
      },
    });
    const doubt = await outcome(() => upload.done());
    await source.return(undefined);
    if (broken) throw broken.reason;
    return { writeId, bytes, sha256: digest.digest('hex'), multipart: true, ...doubt };
  }
}

/** Stores a multipart object's digest as a tag of that version; a reader that finds none computes it from the bytes. */
export async function noteDigest(
  target: UploadTarget,
  key: string,
  version: string | undefined,
  sha256: string,
): Promise<void> {
  await retrying(() =>
    target.client.send(
      new PutObjectTaggingCommand({
        Bucket: target.bucket,
        Key: key,
        VersionId: version,
        Tagging: { TagSet: [{ Key: DIGEST_TAG, Value: sha256 }] },
      }),
    ),
  );
}

function common(target: UploadTarget, key: string, lock: Lock) {
  return {
    Bucket: target.bucket,
    Key: key,
    IfNoneMatch: '*',
    ObjectLockMode: 'COMPLIANCE' as const,
    ObjectLockRetainUntilDate: lock.retainUntil,
    ...(lock.cold ? { StorageClass: 'GLACIER_IR' as const } : {}),
    ...(lock.hold ? { ObjectLockLegalHoldStatus: 'ON' as const } : {}),
  };
}

async function outcome(work: () => Promise<unknown>): Promise<{ doubt?: unknown }> {
  try {
    await work();
    return {};
  } catch (doubt) {
    return { doubt };
  }
}

async function* pieces(body: Body): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

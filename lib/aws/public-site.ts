/** Files of a public site in a bucket of its own, replaced one after the other. Caches keep each for a minute. */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

interface PublicFile {
  /** Key of the object. */
  readonly name: string;
  readonly text: string;
  /** Media type. */
  readonly type: string;
}

const SECONDS_IN_CACHES = 60;

/** Throws what S3 throws; what was replaced before stays replaced. */
export async function putPublicFiles(client: S3Client, bucket: string, files: readonly PublicFile[]): Promise<void> {
  for (const { name, text, type } of files)
    await client.send(
      new PutObjectCommand({
        ...{ Bucket: bucket, Key: name, Body: text, ContentType: type },
        CacheControl: `public, max-age=${SECONDS_IN_CACHES}`,
      }),
    );
}

/** Files of a site in a bucket of its own, replaced one after the other. Caches keep each for a minute, if it does not say otherwise. */
import { DeleteObjectsCommand, PutObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

interface PublicFile {
  /** Key of the object. */
  readonly name: string;
  readonly text: string | Uint8Array;
  /** Media type. */
  readonly type: string;
  /** What caches are told. @default - a minute */
  readonly cache?: string;
}

const SECONDS_IN_CACHES = 60;

/** Throws what S3 throws; what was replaced before stays replaced. */
export async function putPublicFiles(client: S3Client, bucket: string, files: readonly PublicFile[]): Promise<void> {
  for (const { name, text, type, cache } of files)
    await client.send(
      new PutObjectCommand({
        ...{ Bucket: bucket, Key: name, Body: text, ContentType: type },
        CacheControl: cache ?? `public, max-age=${SECONDS_IN_CACHES}`,
      }),
    );
}

/** Removes every file of a site that is given up. Throws what S3 throws. */
export async function removePublicFiles(client: S3Client, bucket: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    const Objects = Contents.map(({ Key }) => ({ Key: Key! }));
    if (Objects.length > 0)
      await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
  }
}

/** Listings of a bucket, page by page: keys in UTF-8 order, and the versions of one key, newest first. */
import {
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

export async function* listKeys(
  client: S3Client,
  bucket: string,
  prefix: string,
  after?: string,
): AsyncGenerator<string> {
  let next: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: after, ContinuationToken: next }),
    );
    for (const object of page.Contents ?? []) if (object.Key !== undefined) yield object.Key;
    next = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (next !== undefined);
}

export interface ObjectVersion {
  readonly id: string;
  readonly marker: boolean;
}

/** Versions and delete markers of exactly this key, newest first. */
export async function versionsOf(client: S3Client, bucket: string, key: string): Promise<ObjectVersion[]> {
  const found: (ObjectVersion & { at: number })[] = [];
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (next) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, ...next }),
    );
    const entries = [
      ...(page.Versions ?? []).map(version => ({ ...version, marker: false })),
      ...(page.DeleteMarkers ?? []).map(version => ({ ...version, marker: true })),
    ];
    for (const entry of entries) {
      if (entry.Key === key)
        found.push({ id: entry.VersionId ?? 'null', marker: entry.marker, at: entry.LastModified?.getTime() ?? 0 });
    }
    // The key itself sorts before every longer key with this prefix.
    const more = page.IsTruncated === true && entries.every(entry => entry.Key === key);
    next = more ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  return found.sort((a, b) => b.at - a.at);
}

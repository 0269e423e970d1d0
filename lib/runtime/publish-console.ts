/**
 * Puts the pages of the console into their bucket, as a resource of CloudFormation. Invariants: what a page loads is there
 * before the page is; files of earlier builds stay, so that pages that are open go on working; CloudFormation always learns
 * the end, or it would wait for an hour.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { clientOptions } from '../aws/clients.ts';
import { putPublicFiles, removePublicFiles } from '../aws/public-site.ts';
import { SITE_DIRECTORY, servedAs } from '../domain/published-console.ts';
import { SETTINGS_FILE } from '../domain/sign-in-settings.ts';
import { readDeliveryConfig } from './config.ts';

/** Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export const PublishEvent = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.object({
    bucket: z.string(),
    /** What the pages are told of signing in, as JSON. */
    settings: z.string(),
  }),
});
export type PublishEvent = z.infer<typeof PublishEvent>;

export interface PublishDeps {
  readonly s3: S3Client;
  /** Has the pages in SITE_DIRECTORY. */
  readonly directory: string;
  readonly fetch: typeof fetch;
}

export function publishFromCode(event: PublishEvent): Promise<{ readonly files: number }> {
  const s3 = new S3Client(clientOptions({ region: readDeliveryConfig().region }));
  return publishConsole({ s3, directory: import.meta.dirname, fetch }, event);
}

/** Throws what failed, after CloudFormation was told that something did. */
export async function publishConsole(deps: PublishDeps, event: PublishEvent): Promise<{ readonly files: number }> {
  try {
    const files = await carryOut(deps, event);
    await tell(deps, event, 'SUCCESS');
    return { files };
  } catch (error) {
    await tell(deps, event, 'FAILED');
    throw error;
  }
}

async function carryOut({ s3, directory }: PublishDeps, { RequestType, ResourceProperties }: PublishEvent) {
  const { bucket, settings } = ResourceProperties;
  if (RequestType === 'Delete') {
    await removePublicFiles(s3, bucket);
    return 0;
  }
  const site = join(directory, SITE_DIRECTORY);
  const entries = await readdir(site, { recursive: true, withFileTypes: true });
  const names = entries
    .filter(entry => entry.isFile())
    .map(entry => relative(site, join(entry.parentPath, entry.name)))
    // The page itself comes last.
    .sort((a, b) => Number(a === 'index.html') - Number(b === 'index.html'));
  const own = { name: SETTINGS_FILE, text: settings, ...servedAs(SETTINGS_FILE) };
  await putPublicFiles(s3, bucket, [own]);
  for (const name of names)
    await putPublicFiles(s3, bucket, [{ name, text: await readFile(join(site, name)), ...servedAs(name) }]);
  return names.length;
}

async function tell({ fetch: send }: PublishDeps, event: PublishEvent, Status: 'SUCCESS' | 'FAILED'): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResourceProperties } = event;
  const body = {
    ...{ Status, StackId, RequestId, LogicalResourceId },
    // The same as long as the bucket is: another one would have CloudFormation remove what was just stored.
    PhysicalResourceId: event.PhysicalResourceId ?? ResourceProperties.bucket,
    Reason: 'The log of the function has the reason.',
  };
  const response = await send(event.ResponseURL, { method: 'PUT', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`CloudFormation answered with ${response.status}.`);
}

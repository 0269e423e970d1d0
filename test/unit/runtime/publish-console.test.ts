/** The pages of the console in their bucket, as CloudFormation has them put there and removed. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SITE_DIRECTORY } from '../../../lib/domain/published-console.ts';
import { type PublishDeps, type PublishEvent, publishConsole } from '../../../lib/runtime/publish-console.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a command carries
type Loose = any;

const EVENT: PublishEvent = {
  ...{ RequestType: 'Create', ResponseURL: 'https://cloudformation.example.com/answer', StackId: 'stack' },
  ...{ RequestId: 'request', LogicalResourceId: 'Files' },
  ResourceProperties: { bucket: 'pages', settings: '{"issuer":"https://i"}' },
};

let directory: string;
/** What S3 was told, in order. */
let stored: { Key: string; CacheControl: string; ContentType: string }[];
let removed: string[];
let answers: Loose[];
let fails: boolean;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-pages-'));
  await mkdir(join(directory, SITE_DIRECTORY, 'assets'), { recursive: true });
  for (const name of ['index.html', 'icon.svg', 'assets/index-1a2b.js', 'assets/index-1a2b.css'])
    await writeFile(join(directory, SITE_DIRECTORY, name), name);
  [stored, removed, answers, fails] = [[], [], [], false];
});

afterEach(() => rm(directory, { recursive: true }));

function deps(): PublishDeps {
  const send = async ({ input, constructor: { name } }: Loose) => {
    if (fails) throw new Error('AccessDenied');
    if (name === 'PutObjectCommand') stored.push(input);
    if (name === 'DeleteObjectsCommand') removed.push(...input.Delete.Objects.map(({ Key }: Loose) => Key));
    return name === 'ListObjectsV2Command' ? { Contents: [{ Key: 'index.html' }, { Key: 'old.js' }] } : {};
  };
  // The paginator takes clients of S3 alone.
  const s3 = Object.assign(Object.create(S3.prototype), { send }) as S3Client;
  const told: typeof fetch = async (_url, init) => {
    answers.push(JSON.parse(String(init?.body)));
    return new Response();
  };
  return { s3, directory, fetch: told };
}

const { S3Client: S3 } = await import('@aws-sdk/client-s3');

describe('a deployment', () => {
  it('stores the settings and what a page loads before the page', async () => {
    expect(await publishConsole(deps(), EVENT)).toEqual({ files: 4 });
    const names = stored.map(({ Key }) => Key);
    expect([...names].sort()).toEqual(
      ['assets/index-1a2b.css', 'assets/index-1a2b.js', 'icon.svg', 'index.html', 'settings.json'].sort(),
    );
    expect(names.at(-1)).toBe('index.html');
    expect(answers).toEqual([expect.objectContaining({ Status: 'SUCCESS', PhysicalResourceId: 'pages' })]);
  });

  it('has caches keep what is named by its content, and nothing else', async () => {
    await publishConsole(deps(), EVENT);
    const facts = Object.fromEntries(
      stored.map(({ Key, CacheControl, ContentType }) => [Key, [CacheControl, ContentType]]),
    );
    expect(facts).toMatchObject({
      'assets/index-1a2b.js': ['public, max-age=31536000, immutable', 'text/javascript; charset=utf-8'],
      'index.html': ['no-store', 'text/html; charset=utf-8'],
      'settings.json': ['no-store', 'application/json'],
    });
  });

  it('leaves the files of earlier builds, and removes all with the stack', async () => {
    await publishConsole(deps(), { ...EVENT, RequestType: 'Update', PhysicalResourceId: 'pages' });
    expect(removed).toEqual([]);
    await publishConsole(deps(), { ...EVENT, RequestType: 'Delete', PhysicalResourceId: 'pages' });
    expect(removed).toEqual(['index.html', 'old.js']);
  });

  it('tells CloudFormation also of a failure', async () => {
    fails = true;
    await expect(publishConsole(deps(), EVENT)).rejects.toThrow('AccessDenied');
    expect(answers).toEqual([expect.objectContaining({ Status: 'FAILED', RequestId: 'request' })]);
    expect(JSON.stringify(answers)).not.toContain('AccessDenied');
  });
});

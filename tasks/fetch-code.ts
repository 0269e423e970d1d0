/**
 * The first thing in the container: fetches the bundle from the asset bucket, checks its digest, unpacks and runs it. It is
 * the command of the task definition itself, so that a public Node.js image is enough and no image is built; hence only
 * Node.js modules, and Signature Version 4 by hand.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Keys {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token?: string;
}

const ATTEMPTS = 5;
const EMPTY = createHash('sha256').digest('hex');
const { env } = process;

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The task's role, as ECS gives it to the container. */
async function roleKeys(): Promise<Keys> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: url } = env;
  const answer = await fetch(url ?? `http://169.254.170.2${path}`);
  if (!answer.ok) throw new Error(`No credentials of the task: HTTP ${answer.status}.`);
  return (await answer.json()) as Keys;
}

function signed({ host, pathname }: URL, region: string, keys: Keys): Record<string, string> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const given: Record<string, string> = {
    host,
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': time,
    ...(keys.Token && { 'x-amz-security-token': keys.Token }),
  };
  const names = Object.keys(given).join(';');
  const lines = Object.entries(given).map(([name, value]) => `${name}:${value}\n`);
  const request = ['GET', pathname, '', lines.join(''), names, EMPTY].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(request).digest('hex')].join('\n');
  const key = [region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${keys.SecretAccessKey}`, day));
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const { host: _, ...headers } = given;
  const credential = `Credential=${keys.AccessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

async function fetchCode(): Promise<Buffer> {
  const url = new URL(env.HOLDFAST_CODE_URL!);
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(url, { headers: signed(url, env.AWS_REGION!, await roleKeys()) });
      if (answer.ok) return Buffer.from(await answer.arrayBuffer());
      // The body could quote the signature.
      throw new Error(`The bundle cannot be read: HTTP ${answer.status}.`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, 2 ** attempt * 500));
  }
}

const code = await fetchCode();
if (createHash('sha256').update(code).digest('hex') !== env.HOLDFAST_CODE_SHA256) {
  throw new Error('The bundle is not the one that was deployed.');
}
const { entry, files } = JSON.parse(code.toString()) as { entry: string; files: Record<string, string> };
const directory = await mkdtemp(join(tmpdir(), 'holdfast-'));
for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
await import(pathToFileURL(join(directory, entry)).href);

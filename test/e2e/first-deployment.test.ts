/**
 * A first deployment that fails half-way, and the same deployment again: what the vault stack protects from deletion must
 * not stand in the way of its own first success (`--context first=true`); the deployment that protects it (asserted on the
 * templates in test/infra/first-deployment.test.ts) replaces nothing. The failure is a resource that cannot be created,
 * after all others of the stack. The emulator deletes tables in spite of their deletion protection: that it does not stand
 * in the way of a rollback, only AWS shows.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import example from '../../deployment.example.ts';
import { bundledFunctions } from '../support/bundled-functions.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { vaultOf } from './emulated-replication.ts';
import { ACCOUNT, type Emulator, REGION, startEmulator } from './emulator.ts';

const NAME = 'first';
const STACK = `${NAME}-vault-primary`;
let emulator: Emulator;
let directory: string;
let bundles: string;

beforeAll(async () => {
  emulator = await startEmulator();
  bundles = await bundledFunctions(inject('runDirectory'));
  directory = await mkdtemp(join(tmpdir(), 'holdfast-first-'));
  const tenantModel = resolve(example.tenantModel);
  const deployment = { ...example, name: NAME, account: ACCOUNT, tenantModel };
  await writeFile(join(directory, 'deployment.ts'), `export default ${JSON.stringify(deployment)};\n`);
  const regions = Object.values(example.regions).map(region => `aws://${ACCOUNT}/${region}`);
  await emulator.cdk('bootstrap', ...regions);
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await emulator?.stop();
  await rm(directory, { recursive: true, force: true });
});

function app(...context: string[]): string[] {
  const given = [`deployment=${join(directory, 'deployment.ts')}`, `bundles=${bundles}`, ...context];
  return [...given.flatMap(each => ['--context', each]), '--app', `${process.execPath} test/e2e/emulated-app.ts`];
}

/** What the vault stack makes: the bucket, the tables, the key under its alias. */
async function vaultThere(): Promise<boolean[]> {
  const s3 = new S3Client({ ...emulator.target, forcePathStyle: true });
  const dynamo = new DynamoDBClient(emulator.target);
  const kms = new KMS(emulator.target);
  const asked = [
    s3.send(new HeadBucketCommand({ Bucket: vaultOf(NAME, REGION) })),
    dynamo.send(new DescribeTableCommand({ TableName: `${NAME}-catalog` })),
    dynamo.send(new DescribeTableCommand({ TableName: `${NAME}-keys` })),
    kms.describeKey({ KeyId: `alias/${NAME}/signing` }),
  ];
  return (await Promise.allSettled(asked)).map(({ status }) => status === 'fulfilled');
}

it('succeeds when it is repeated after a failure half-way, which left nothing behind', {
  timeout: 300_000,
}, async () => {
  const deploy = (...context: string[]) =>
    emulator.cdk('deploy', STACK, '--exclusively', '--require-approval', 'never', ...app(...context));
  await expect(deploy('first=true', `failing=${STACK}`)).rejects.toThrow(/ROLLBACK_COMPLETE|failed to create/i);
  expect(await vaultThere()).toEqual([false, false, false, false]);

  await deploy('first=true');
  expect(await vaultThere()).toEqual([true, true, true, true]);
  await deploy();
  expect(await vaultThere()).toEqual([true, true, true, true]);
});

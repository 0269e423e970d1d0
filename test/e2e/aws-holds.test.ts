/**
 * A legal hold on a deployed installation, from the request to the last object that it let go, on an emulator that enforces
 * the policies of every role: nothing of the tenant expires while it stands, what is stored later is held too, and once
 * two other people have approved its release, expiry goes on as before.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDedicatedKeyring } from '../../lib/aws/dedicated-keys.ts';
import { openKmsSigner } from '../../lib/aws/kms-signer.ts';
import { openS3Vault } from '../../lib/aws/s3-vault.ts';
import { keyAliasOf } from '../../lib/domain/key-alias.ts';
import { formatLsn, lsn } from '../../lib/domain/lsn.ts';
import { heldPrefixes, manifestKey, packKey } from '../../lib/domain/object-key.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { writeManifest } from '../../lib/operations/storage/manifest-store.ts';
import type { StoredObject, Vault } from '../../lib/ports.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { expectOnlyTheseDenials } from './denials.ts';
import { type Deployed, deploy, INSTALLATION } from './deployed.ts';
import { vaultOf } from './emulated-replication.ts';
import { ACCOUNT, ended, eventually, REGION, startExecution } from './emulator.ts';
import { makeRole, signIn } from './people.ts';
import { postSigned } from './signed-requests.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever the function returns
type Loose = any;

const NAME = 'holds';
const acme = tenantRef(INSTALLATION, tenantId('acme'));
const globex = tenantRef(INSTALLATION, tenantId('globex'));
/** Long past its retention. */
const OLD = '0aaaaaaaa-aaaaaaaa';

let deployed: Deployed;
let vault: Vault;
let kms: KMS;
const roles: Record<'legal' | 'approver', string> = { legal: '', approver: '' };

beforeAll(async () => {
  deployed = await deploy(NAME);
  const { emulator } = deployed;
  kms = new KMS(emulator.target);
  vault = openS3Vault({
    client: new S3Client({ ...emulator.target, forcePathStyle: true }),
    bucket: vaultOf(NAME, REGION),
  });
  roles.legal = await makeRole(emulator, 'Legal', [`${NAME}-legal-officer`]);
  roles.approver = await makeRole(emulator, 'HoldApprover', [`${NAME}-approver`]);
  await deployed.ship();
  await run('back-up-fleet', { tenants: ['acme', 'globex'], reason: 'manual' });
}, SETUP_TIMEOUT_MS);

afterAll(() => deployed?.dispose());

async function run(workflow: string, input: object): Promise<void> {
  const execution = await startExecution(deployed.emulator, `${NAME}-${workflow}`, input);
  expect(await ended(deployed.emulator, execution), workflow).toMatchObject({ status: 'SUCCEEDED' });
}

/** Posts to the URL of a function as that person. */
async function call(fn: string, [role, person]: ['legal' | 'approver', string], body: object): Promise<Loose> {
  const { emulator } = deployed;
  const credentials = await signIn(emulator, roles[role], person);
  const sender = { endpoint: emulator.endpoint, service: 'lambda', region: REGION, credentials };
  const path = await emulator.functionUrl(`${NAME}-${fn}`, REGION);
  const response = await postSigned(sender, path, JSON.stringify(body), { 'content-type': 'application/json' });
  return response.json();
}

const ask = (action: string) =>
  call('request-action', ['legal', 'lena'], { action, tenant: acme, input: { matter: 'case 17' }, reason: 'letter' });

const decide = ({ id, planHash: hash, action }: Loose, person: string) =>
  call('approve', ['approver', person], { tenant: acme, id, hash, action, decision: 'approve' });

/** Until the execution for that request has ended. */
async function carriedOut(count: number): Promise<void> {
  const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${NAME}-carry-out-request`;
  const arns = await eventually('the request is carried out', async () => {
    const { executions } = await deployed.emulator.call('AWSStepFunctions.ListExecutions', { stateMachineArn });
    return executions.length === count ? executions.map((each: Loose) => each.executionArn as string) : undefined;
  });
  for (const arn of arns) expect(await ended(deployed.emulator, arn)).toMatchObject({ status: 'SUCCEEDED' });
}

async function objectsOf(tenant: typeof acme): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for (const prefix of heldPrefixes(tenant)) for await (const object of vault.list(prefix)) found.push(object);
  return found;
}

const notHeld = async () => (await objectsOf(acme)).filter(({ hold }) => !hold).map(({ key }) => key);

async function tagOfKey(): Promise<string | undefined> {
  const { KeyMetadata } = await kms.describeKey({ KeyId: keyAliasOf(acme) });
  const { Tags = [] } = await kms.listResourceTags({ KeyId: KeyMetadata!.KeyId! });
  return Tags.find(({ TagKey }) => TagKey === 'holdfast:held')?.TagValue;
}

/** An incremental that retention removes with the next expiry: its lock ends in a moment. */
async function storeOldBackup(): Promise<string[]> {
  const clock = { now: () => new Date() };
  const signer = await openKmsSigner({ kms, key: 'alias/holds/signing' });
  const keyring = openDedicatedKeyring({
    ...{ kms, dynamo: new DynamoDBClient(deployed.emulator.target), table: `${NAME}-keys`, clock, existingOnly: true },
  });
  const options = { retainUntil: new Date(Date.now() + 2000) };
  const pack = await vault.put(packKey(acme, OLD, 0), Buffer.from('rows of long ago'), options);
  const at = '2020-01-01T00:00:00.000Z';
  const range = { from: formatLsn(lsn(1n)), to: formatLsn(lsn(2n)), fromTime: at, toTime: at, createdAt: at };
  const header = { kind: 'incremental' as const, id: OLD, tenant: acme, previous: null, ...range };
  const objects = [{ key: pack.key, bytes: pack.bytes }];
  const key = manifestKey(acme, 'incremental', OLD);
  const stored = await writeManifest({ vault, keyring, signer }, key, { ...header, objects }, {}, options);
  await deployed.catalog.write([
    backups.put(acme, {
      ...{ id: OLD, kind: 'incremental', key, sha256: stored.sha256, ...range, rows: 0, bytes: 0, storedBytes: 16 },
      ...{ chunks: 0, reusedChunks: 0, durationMs: 0, reason: 'schedule' },
    }),
  ]);
  return [pack.key, key];
}

describe('a legal hold', { timeout: 300_000 }, () => {
  let old: string[];

  it('is placed at the request of a legal officer: everything of the tenant is held, and its key tagged', async () => {
    old = await storeOldBackup();
    const hold = await ask('hold');
    expect(hold).toMatchObject({ action: 'hold', approvals: 1 });
    expect(await decide(hold, 'lena')).toMatchObject({ code: 'own-request' });
    expect(await decide(hold, 'bob')).toMatchObject({ state: 'approved' });
    await carriedOut(1);
    expect(await notHeld()).toEqual([]);
    expect(await tagOfKey()).toBe('true');
    expect((await objectsOf(globex)).filter(({ hold }) => hold)).toEqual([]);
  });

  it('holds what is stored afterwards, by every function', async () => {
    const before = (await objectsOf(acme)).length;
    await deployed.db.query(`UPDATE projects SET title = 'later' WHERE tenant_id IN ('acme', 'globex')`);
    await deployed.ship();
    await run('fold-incrementals', { reason: 'manual' });
    await run('back-up-fleet', { tenants: ['acme', 'globex'], reason: 'manual' });
    expect((await objectsOf(acme)).length).toBeGreaterThan(before + 3);
    expect(await notHeld()).toEqual([]);
    expect((await objectsOf(globex)).filter(({ hold }) => hold)).toEqual([]);
  });

  it('is proved again every week: what lost its hold has it again', async () => {
    const [pack] = old;
    await vault.setHold(pack!, false);
    await run('keep-holds', { reason: 'manual' });
    expect(await notHeld()).toEqual([]);
    await run('verify-audit', {});
  });

  it('leaves nothing to expiry', async () => {
    await run('expire-backups', { reason: 'manual' });
    for (const key of old) expect(await vault.head(key), key).toBeDefined();
  });

  it('is released when two other people have approved it; then expiry goes on', async () => {
    const release = await ask('release');
    expect(release).toMatchObject({ action: 'release', approvals: 2 });
    expect(await decide(release, 'lena')).toMatchObject({ code: 'own-request' });
    expect(await decide(release, 'bob')).toMatchObject({ state: 'waiting' });
    expect(await notHeld()).toEqual([]);
    expect(await decide(release, 'carol')).toMatchObject({ state: 'approved' });
    await carriedOut(2);
    expect((await objectsOf(acme)).filter(({ hold }) => hold)).toEqual([]);
    expect(await tagOfKey()).toBeUndefined();
    await run('expire-backups', { reason: 'manual' });
    for (const key of old) expect(await vault.head(key), key).toBeUndefined();
  });

  it('needed no permission that IAM refused', async () => {
    await expectOnlyTheseDenials(deployed.emulator, []);
  });
});

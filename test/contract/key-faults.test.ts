/**
 * Keys, signatures, RDS, notices and secrets behind a network that throttles, resets, falls silent and truncates bodies.
 * Promised: nothing acknowledged is lost, nothing is listed that cannot be read, nothing is done twice, and a failure is
 * reported as retryable, not as damage.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { CreateDBClusterCommand, RDSClient } from '@aws-sdk/client-rds';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsTarget, clientOptions } from '../../lib/aws/clients.ts';
import { databaseSource } from '../../lib/aws/database-source.ts';
import { openDedicatedKeyring } from '../../lib/aws/dedicated-keys.ts';
import { openKmsSigner } from '../../lib/aws/kms-signer.ts';
import { openPooledKeyring } from '../../lib/aws/pooled-keys.ts';
import { describeRdsSource, snapshotCluster } from '../../lib/aws/rds-control.ts';
import { snsNotifier } from '../../lib/aws/sns-notifier.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { type FaultyLine, faultyLine } from '../support/faulty-line.ts';
import { FAULTS, firstAttempts } from '../support/faulty-proxy.ts';
import { createKeyTable } from '../support/key-table.ts';
import { startMoto } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

/** Longer than the response time on a busy machine. */
const SILENCE_MS = 1500;
/** A key's life cycle takes many requests: one kind of silence is enough. */
const KEY_FAULTS = FAULTS.filter(fault => fault !== 'silence' && fault !== 'stalled-answer');
const clock = { now: () => new Date() };

describe.concurrent('Keys, signatures, RDS, notices and secrets behind faults (moto)', () => {
  let line: FaultyLine;
  let fleetKey = '';
  let signingKey = '';

  beforeAll(async () => {
    line = await faultyLine(startMoto(), SILENCE_MS);
    const kms = new KMS(clientOptions(line.server.target));
    await createKeyTable(new DynamoDBClient(clientOptions(line.server.target)), 'keys');
    fleetKey = (await kms.createKey({})).KeyMetadata!.Arn!;
    signingKey = (await kms.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })).KeyMetadata!.Arn!;
    await new RDSClient(clientOptions(line.server.target)).send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: 'source',
        Engine: 'aurora-postgresql',
        MasterUsername: 'root',
        MasterUserPassword: 'not-a-secret-1',
      }),
    );
  }, SETUP_TIMEOUT_MS);
  afterAll(() => line?.stop());

  const ref = (name: string) => tenantRef('faults', tenantId(name));
  const on = (target: AwsTarget) => ({
    kms: new KMS(clientOptions(target)),
    dynamo: new DynamoDBClient(clientOptions(target)),
    table: 'keys',
    clock,
    recheckMs: 0,
  });
  const modes = {
    dedicated: (target: AwsTarget) => openDedicatedKeyring({ ...on(target), multiRegion: false }),
    pooled: (target: AwsTarget) => openPooledKeyring({ ...on(target), keyArn: fleetKey, keyStoreName: 'faults' }),
  };

  for (const [mode, open] of Object.entries(modes)) {
    for (const fault of KEY_FAULTS) {
      it(`creates, uses and destroys a ${mode} key although every request first meets: ${fault}`, async () => {
        const { proxy, faulty } = await line.way();
        const tenant = ref(`${mode} ${fault}`);
        proxy.decide(firstAttempts(fault));
        await open(faulty).ensureKey(tenant);
        const sealed = await open(faulty).seal(tenant, Buffer.from('rows'));
        expect(Buffer.from(await open(faulty).open(tenant, sealed)).toString()).toBe('rows');
        expect(Buffer.from(await open(line.server.target).open(tenant, sealed)).toString()).toBe('rows');
        await open(faulty).destroyKey(tenant);
        await expect(open(line.server.target).open(tenant, sealed)).rejects.toMatchObject({ code: 'key-destroyed' });
      });
    }

    it(`never reports a backup as damaged because the key service is unavailable (${mode})`, async () => {
      const { proxy, faulty } = await line.way();
      const tenant = ref(`${mode} outage`);
      await open(line.server.target).ensureKey(tenant);
      const sealed = await open(line.server.target).seal(tenant, Buffer.from('rows'));
      const outage = { code: 'keyring-unreachable', retry: 'auto' };
      for (const after of [0, 1, 2]) {
        proxy.decide(n => (n >= after ? 'unavailable' : undefined));
        const keyring = open({ ...faulty, maxAttempts: 2 });
        await expect(keyring.open(tenant, sealed)).rejects.toMatchObject(outage);
        proxy.decide(n => (n >= after ? 'unavailable' : undefined));
        await expect(open({ ...faulty, maxAttempts: 2 }).seal(tenant, Buffer.from('x'))).rejects.toMatchObject(outage);
      }
    });
  }

  for (const fault of FAULTS) {
    it(`signs, calls RDS, notifies and reads a secret although each first meets: ${fault}`, async () => {
      const { proxy, faulty } = await line.way();
      const message = Buffer.from(`manifest ${fault}`);
      proxy.next(fault);
      // moto does not support MessageType DIGEST: another test verifies the signatures.
      const signer = await openKmsSigner({ kms: new KMS(clientOptions(faulty)), key: signingKey });
      proxy.next(fault);
      expect((await signer.sign(message))[0]).toBe(0x30);
      const rds = new RDSClient(clientOptions(faulty));
      proxy.next(fault);
      expect(await describeRdsSource(rds, { cluster: 'source' })).toMatchObject({ identifier: 'source' });
      proxy.next(fault);
      expect(await snapshotCluster(rds, 'source', `before-${fault}`)).toMatchObject({
        arn: expect.stringContaining(fault),
      });
      const client = new SNSClient(clientOptions(faulty));
      const { TopicArn } = await new SNSClient(clientOptions(line.server.target)).send(
        new CreateTopicCommand({ Name: 'alarms' }),
      );
      proxy.next(fault);
      await snsNotifier({ client, installation: 'prod', topics: { alarm: TopicArn!, info: TopicArn! } }).notify({
        severity: 'alarm',
        code: 'x',
        message: 'y',
      });
      expect(proxy.seen.faults).toBe(1);
      const SecretString = JSON.stringify({ username: 'export', password: 'word' });
      await new SecretsManagerClient(clientOptions(line.server.target)).send(
        new CreateSecretCommand({ Name: fault, SecretString }),
      );
      proxy.next(fault);
      const login = { secrets: new SecretsManagerClient(clientOptions(faulty)), secret: fault };
      expect((await databaseSource({ host: 'h', database: 'd', caFile: '/ca.pem' }, login)).url).toContain(
        'export:word@h',
      );
    });
  }
});

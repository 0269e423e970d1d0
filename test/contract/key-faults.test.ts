/**
 * Keys, signatures, RDS, notices and secrets behind a network that throttles, resets, falls silent and cuts bodies. Promised: nothing that was reported done is
 * lost, nothing is listed that cannot be read, nothing is done twice, and what cannot be done is said to be worth another
 * try, not to be damage.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { CreateDBClusterCommand, RDSClient } from '@aws-sdk/client-rds';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AwsTarget, clientOptions } from '../../lib/aws/clients.ts';
import { databaseSource } from '../../lib/aws/database-source.ts';
import { openDedicatedKeyring } from '../../lib/aws/dedicated-keys.ts';
import { openKmsSigner } from '../../lib/aws/kms-signer.ts';
import { openPooledKeyring } from '../../lib/aws/pooled-keys.ts';
import { describeSource, snapshotCluster } from '../../lib/aws/rds-control.ts';
import { snsNotifier } from '../../lib/aws/sns-notifier.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { type FaultyLine, faultyLine } from '../support/faulty-line.ts';
import { FAULTS, firstAttempts } from '../support/faulty-proxy.ts';
import { createKeyTable } from '../support/key-table.ts';
import { startMoto } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const clock = { now: () => new Date() };

describe('Keys, signatures, RDS, notices and secrets behind faults (moto)', () => {
  let line: FaultyLine;
  let fleetKey = '';
  let signingKey = '';

  beforeAll(async () => {
    line = await faultyLine(startMoto(), 300);
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
  afterEach(() => line.proxy.decide(undefined));
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
    for (const fault of FAULTS) {
      it(`makes, uses and destroys a ${mode} key, though every request first meets: ${fault}`, async () => {
        const tenant = ref(`${mode} ${fault}`);
        line.proxy.decide(firstAttempts(fault));
        await open(line.faulty).ensureKey(tenant);
        const sealed = await open(line.faulty).seal(tenant, Buffer.from('rows'));
        expect(Buffer.from(await open(line.faulty).open(tenant, sealed)).toString()).toBe('rows');
        expect(Buffer.from(await open(line.server.target).open(tenant, sealed)).toString()).toBe('rows');
        await open(line.faulty).destroyKey(tenant);
        await expect(open(line.server.target).open(tenant, sealed)).rejects.toMatchObject({ code: 'key-destroyed' });
      });
    }

    it(`never calls a backup damaged because the key service is away (${mode})`, async () => {
      const tenant = ref(`${mode} outage`);
      await open(line.server.target).ensureKey(tenant);
      const sealed = await open(line.server.target).seal(tenant, Buffer.from('rows'));
      const outage = { code: 'keyring-unreachable', retry: 'auto' };
      for (const after of [0, 1, 2]) {
        line.proxy.decide(n => (n >= after ? 'unavailable' : undefined));
        const keyring = open({ ...line.faulty, maxAttempts: 2 });
        await expect(keyring.open(tenant, sealed)).rejects.toMatchObject(outage);
        line.proxy.decide(n => (n >= after ? 'unavailable' : undefined));
        await expect(open({ ...line.faulty, maxAttempts: 2 }).seal(tenant, Buffer.from('x'))).rejects.toMatchObject(
          outage,
        );
      }
    });
  }

  for (const fault of FAULTS) {
    it(`signs, asks RDS, notifies and reads a secret, though each first meets: ${fault}`, async () => {
      const message = Buffer.from(`manifest ${fault}`);
      line.proxy.next(fault);
      // moto does not know MessageType DIGEST: that signatures verify is shown elsewhere.
      const signer = await openKmsSigner({ kms: new KMS(clientOptions(line.faulty)), key: signingKey });
      line.proxy.next(fault);
      expect((await signer.sign(message))[0]).toBe(0x30);
      const rds = new RDSClient(clientOptions(line.faulty));
      line.proxy.next(fault);
      expect(await describeSource(rds, { cluster: 'source' })).toMatchObject({ identifier: 'source' });
      line.proxy.next(fault);
      expect(await snapshotCluster(rds, 'source', `before-${fault}`)).toMatchObject({
        arn: expect.stringContaining(fault),
      });
      const client = new SNSClient(clientOptions(line.faulty));
      const { TopicArn } = await new SNSClient(clientOptions(line.server.target)).send(
        new CreateTopicCommand({ Name: 'alarms' }),
      );
      line.proxy.next(fault);
      await snsNotifier({ client, installation: 'prod', topics: { alarm: TopicArn!, info: TopicArn! } }).notify({
        severity: 'alarm',
        code: 'x',
        message: 'y',
      });
      expect(line.proxy.seen.faults).toBe(1);
      const SecretString = JSON.stringify({ username: 'export', password: 'word' });
      await new SecretsManagerClient(clientOptions(line.server.target)).send(
        new CreateSecretCommand({ Name: fault, SecretString }),
      );
      line.proxy.next(fault);
      const login = { secrets: new SecretsManagerClient(clientOptions(line.faulty)), secret: fault };
      expect((await databaseSource({ host: 'h', database: 'd', caFile: '/ca.pem' }, login)).url).toContain(
        'export:word@h',
      );
    });
  }
});

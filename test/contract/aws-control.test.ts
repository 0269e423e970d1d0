/** RDS control, the global cluster, notices and the database URL, against moto and MiniStack. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateGlobalClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { Signer } from '@aws-sdk/rds-signer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '../../lib/aws/clients.ts';
import { databaseSource } from '../../lib/aws/database-source.ts';
import { describeGlobalCluster, moveGlobalCluster } from '../../lib/aws/global-cluster.ts';
import { describeRdsSource, snapshotCluster } from '../../lib/aws/rds-control.ts';
import { beginScratch, listScratchClusters, lookAtScratch, removeScratchCluster } from '../../lib/aws/rds-scratch.ts';
import { snsNotifier } from '../../lib/aws/sns-notifier.ts';
import { startMinistack, startMoto, TEST_CREDENTIALS, type TestServer } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

let moto: TestServer;
let ministack: TestServer;
let rds: RDSClient;

beforeAll(async () => {
  [moto, ministack] = await Promise.all([startMoto(), startMinistack()]);
  rds = new RDSClient(clientOptions(moto.target));
  await newCluster(rds, 'source');
  const Engine = 'aurora-postgresql';
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'single',
      DBInstanceClass: 'db.r6g.large',
      Engine: 'postgres',
      AllocatedStorage: 20,
      DBName: 'app',
    }),
  );
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'source-1',
      DBClusterIdentifier: 'source',
      DBInstanceClass: 'db.r6g.large',
      Engine,
    }),
  );
}, SETUP_TIMEOUT_MS);

afterAll(() => Promise.all([moto?.stop(), ministack?.stop()]));

async function newCluster(client: RDSClient, name: string, global?: string): Promise<string> {
  const login =
    global === undefined || name.startsWith('primary')
      ? { MasterUsername: 'root', MasterUserPassword: 'not-a-secret-1' }
      : {};
  const made = await client.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: name,
      Engine: 'aurora-postgresql',
      DatabaseName: 'app',
      GlobalClusterIdentifier: global,
      ...login,
    }),
  );
  return made.DBCluster!.DBClusterArn!;
}

describe('RDS control', () => {
  const place = () => ({ rds, source: { kind: 'cluster' as const, identifier: 'source' }, owner: 'prod' });
  const latest = async () => (await describeRdsSource(rds, { cluster: 'source' })).latest ?? new Date();
  const expires = new Date('2030-01-01T00:00:00Z');

  it('describes a cluster and an instance as a source', async () => {
    expect(await describeRdsSource(rds, { cluster: 'source' })).toMatchObject({
      kind: 'cluster',
      identifier: 'source',
      engine: 'aurora-postgresql',
      database: 'app',
      status: 'available',
    });
    expect(await describeRdsSource(rds, { instance: 'single' })).toMatchObject({
      kind: 'instance',
      identifier: 'single',
      port: 5432,
      database: 'app',
    });
  });

  it('reports a missing database', async () => {
    await expect(describeRdsSource(rds, { cluster: 'none' })).rejects.toMatchObject({ code: 'no-such-database' });
    await expect(describeRdsSource(rds, { instance: 'none' })).rejects.toMatchObject({ code: 'no-such-database' });
    await expect(describeGlobalCluster(rds, 'none')).rejects.toMatchObject({
      code: 'no-such-database',
    });
  });

  it('takes one cluster snapshot per name, however often it is requested', async () => {
    const first = await snapshotCluster(rds, 'source', 'before-migration', { reason: 'migration' });
    expect(await snapshotCluster(rds, 'source', 'before-migration')).toMatchObject({ arn: first.arn });
  });

  it('restores a scratch cluster idempotently, lists it, and deletes it', async () => {
    const asked = { name: 'scratch-1', time: await latest(), expires };
    await beginScratch(place(), asked);
    await beginScratch(place(), asked);
    expect(await lookAtScratch(place(), 'scratch-1')).toMatchObject({ host: expect.any(String) });
    expect(await listScratchClusters(place())).toMatchObject([{ name: 'scratch-1', expires }]);
    expect(await listScratchClusters({ ...place(), owner: 'other' })).toEqual([]);
    let calls = 0;
    while (!(await removeScratchCluster(place(), 'scratch-1'))) expect(++calls).toBeLessThan(5);
    await expect(describeRdsSource(rds, { cluster: 'scratch-1' })).rejects.toMatchObject({ code: 'no-such-database' });
  });

  it('deletes no database that it did not create', async () => {
    for (const name of ['source', 'single'])
      await expect(removeScratchCluster(place(), name)).rejects.toMatchObject({ code: 'not-scratch' });
    expect(await describeRdsSource(rds, { cluster: 'source' })).toMatchObject({ status: 'available' });
    expect(await describeRdsSource(rds, { instance: 'single' })).toMatchObject({ status: 'available' });
  });

  it("refuses a moment outside the cluster's restorable window, and reports the window", async () => {
    const time = new Date('2040-01-01T00:00:00Z');
    await expect(beginScratch(place(), { name: 'scratch-2', time, expires })).rejects.toMatchObject({
      code: 'outside-cluster-window',
      hint: expect.stringMatching(/Its restorable window is .* to 20/),
    });
  });
});

describe('A global cluster (MiniStack)', () => {
  it('is moved by switchover and by failover, once, and only to a member', async () => {
    const here = new RDSClient(clientOptions(ministack.target));
    const there = new RDSClient({ ...clientOptions(ministack.target), region: 'eu-west-1' });
    await here.send(
      new CreateGlobalClusterCommand({
        GlobalClusterIdentifier: 'world',
        Engine: 'aurora-postgresql',
      }),
    );
    const primary = await newCluster(here, 'primary', 'world');
    const secondary = await newCluster(there, 'secondary', 'world');
    expect(await describeGlobalCluster(here, 'world')).toMatchObject({ writer: primary, readers: [secondary] });
    await expect(moveGlobalCluster(here, 'world', `${primary}-x`, 'switchover')).rejects.toMatchObject({
      code: 'not-a-member',
    });
    await moveGlobalCluster(here, 'world', secondary, 'switchover');
    await moveGlobalCluster(here, 'world', secondary, 'switchover');
    expect(await describeGlobalCluster(here, 'world')).toMatchObject({ writer: secondary, readers: [primary] });
    await moveGlobalCluster(there, 'world', primary, 'failover');
    expect(await describeGlobalCluster(here, 'world')).toMatchObject({ writer: primary });
  });
});

describe('A notice', () => {
  it('reaches the subscribers of its topic, with its runbook page', async () => {
    const received: { Subject?: string; Message: string; Type: string }[] = [];
    const listener = createServer((request, response) => {
      let text = '';
      request.on('data', data => (text += data));
      request.on('end', () => {
        received.push(JSON.parse(text));
        response.end();
      });
    });
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
    const client = new SNSClient(clientOptions(moto.target));
    const topic = async (Name: string) => (await client.send(new CreateTopicCommand({ Name }))).TopicArn!;
    const topics = { alarm: await topic('alarms'), info: await topic('notes') };
    const Endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
    await client.send(new SubscribeCommand({ TopicArn: topics.alarm, Protocol: 'http', Endpoint }));
    const notifier = snsNotifier({ client, installation: 'prod', topics, runbookUrl: 'https://example.test/runbook' });
    await notifier.notify({ severity: 'info', code: 'drill-done', message: 'nobody is woken' });
    await notifier.notify({
      severity: 'alarm',
      code: 'log-mismatch',
      message: 'Größe stimmt nicht\nein Alarm',
      details: { chunks: 3 },
    });
    listener.close();
    const alarms = received.filter(each => each.Type === 'Notification');
    expect(alarms).toHaveLength(1);
    expect(alarms[0]!.Subject).toMatch(/^Holdfast ALARM log-mismatch: [\x20-\x7e]+$/);
    expect(JSON.parse(alarms[0]!.Message)).toMatchObject({
      installation: 'prod',
      code: 'log-mismatch',
      runbook: 'https://example.test/runbook/integrity-failed.md',
      details: { chunks: 3 },
    });
  });

  it('that cannot be sent is an error', async () => {
    const client = new SNSClient(clientOptions(moto.target));
    const nowhere = 'arn:aws:sns:eu-central-1:123456789012:nowhere';
    const notifier = snsNotifier({ client, installation: 'prod', topics: { alarm: nowhere, info: nowhere } });
    await expect(notifier.notify({ severity: 'alarm', code: 'x', message: 'y' })).rejects.toMatchObject({
      code: 'notice-not-sent',
    });
  });
});

describe('The database URL', () => {
  const caFile = '/certificates/rds.pem';
  const address = { host: 'db.example', port: 5433, database: 'app db', caFile };

  it('uses the login of a secret, and always TLS with the name of the server verified', async () => {
    const secrets = new SecretsManagerClient(clientOptions(moto.target));
    const SecretString = JSON.stringify({
      username: 'export',
      password: 'p@ss/w:rd?',
      host: 'from-secret',
      port: '6000',
      dbname: 'app',
    });
    await secrets.send(new CreateSecretCommand({ Name: 'export-role', SecretString }));
    const url = new URL((await databaseSource(address, { secrets, secret: 'export-role' })).url);
    expect([url.hostname, url.port, url.pathname]).toEqual(['db.example', '5433', '/app%20db']);
    expect([decodeURIComponent(url.username), decodeURIComponent(url.password)]).toEqual(['export', 'p@ss/w:rd?']);
    expect(Object.fromEntries(url.searchParams)).toEqual({ sslmode: 'verify-full', sslrootcert: caFile });
    const bare = new URL((await databaseSource({ caFile }, { secrets, secret: 'export-role' })).url);
    expect([bare.hostname, bare.port, bare.pathname]).toEqual(['from-secret', '6000', '/app']);
  });

  it('reports what is wrong with a secret without showing it', async () => {
    const secrets = new SecretsManagerClient(clientOptions(moto.target));
    await secrets.send(
      new CreateSecretCommand({ Name: 'broken', SecretString: '{"username":"export","pw":"hunter2"}' }),
    );
    const failure = await databaseSource(address, { secrets, secret: 'broken' }).catch(error => error);
    expect(failure).toMatchObject({ code: 'bad-secret' });
    expect(JSON.stringify({ ...failure, text: String(failure.stack) })).not.toContain('hunter2');
    await expect(databaseSource(address, { secrets, secret: 'none' })).rejects.toMatchObject({ code: 'bad-secret' });
    await expect(
      databaseSource({ caFile }, { user: 'export', signer: { getAuthToken: async () => 't' } }),
    ).rejects.toMatchObject({ code: 'bad-source' });
  });

  it('renews a login that could have expired, and asks for no other before', async () => {
    let asked = 0;
    let now = 0;
    const signer = { getAuthToken: async () => `token-${++asked}` };
    const source = await databaseSource(address, { user: 'export', signer }, () => now);
    const password = async () => new URL(await source.renew()).password;
    now = 9 * 60_000;
    expect(await password()).toBe('token-1');
    // A token is valid for fifteen minutes.
    now = 11 * 60_000;
    expect([await password(), await password()]).toEqual(['token-2', 'token-2']);
    expect(asked).toBe(2);
  });

  it('signs in with IAM', async () => {
    const signer = new Signer({
      hostname: 'db.example',
      port: 5433,
      username: 'export',
      region: 'eu-central-1',
      credentials: TEST_CREDENTIALS,
    });
    const url = new URL((await databaseSource(address, { user: 'export', signer })).url);
    expect(decodeURIComponent(url.password)).toMatch(
      /^db\.example:5433\/\?.*Action=connect.*DBUser=export.*X-Amz-Expires=900/,
    );
  });
});

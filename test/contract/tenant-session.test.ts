/**
 * A tenant's session against moto's STS: the request, how long a session is cached, and what happens if STS refuses or does
 * not answer. moto does not enforce session policies: see test/infra/least-privilege.test.ts.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsTarget, clientOptions } from '../../lib/aws/clients.ts';
import { openDedicatedKeyring } from '../../lib/aws/dedicated-keys.ts';
import type { SessionCredentials } from '../../lib/aws/role-session.ts';
import { type SessionScope, sessionPolicy } from '../../lib/aws/session-policy.ts';
import { tenantSession } from '../../lib/aws/tenant-session.ts';
import { type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { type FaultyLine, faultyLine } from '../support/faulty-line.ts';
import { FAULTS } from '../support/faulty-proxy.ts';
import { createKeyTable } from '../support/key-table.ts';
import { testClock } from '../support/local-deps.ts';
import { startMoto, type TestServer } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const SILENCE_MS = 1500;
const MINUTE_MS = 60_000;
const ref = (name: string) => tenantRef('sessions', tenantId(name));
const scope: SessionScope = {
  ...{ role: 'arn:aws:iam::123456789012:role/data', region: 'eu-central-1', mode: 'dedicated' },
  ...{ bucket: 'vault', keysTable: 'keys' },
};
const stsOf = (target: AwsTarget) => new STSClient(clientOptions(target));

function sessionOn(target: AwsTarget, tenant: TenantRef, clock = testClock(new Date())): SessionCredentials {
  return tenantSession({ sts: stsOf(target), scope, clock }, tenant);
}

describe.concurrent("A tenant's session", () => {
  let line: FaultyLine;
  const target = () => line.server.target;

  beforeAll(async () => {
    line = await faultyLine(startMoto(), SILENCE_MS);
  }, SETUP_TIMEOUT_MS);
  afterAll(() => line?.stop());

  it('is a session of the role, named after the tenant’s reference, for an hour', async () => {
    const credentials = await sessionOn(target(), ref('acme'))();
    const sts = stsOf({ ...target(), credentials: async () => credentials });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::123456789012:assumed-role/data/${ref('acme')}`);
    const lasts = credentials.expiration!.getTime() - Date.now();
    expect(lasts).toBeGreaterThan(50 * MINUTE_MS);
    expect(lasts).toBeLessThanOrEqual(60 * MINUTE_MS);
  });

  it('is requested with the policy of that tenant only', async () => {
    const sts = stsOf(target());
    const asked: unknown[] = [];
    sts.middlewareStack.add(
      next => async args => {
        asked.push(args.input);
        return next(args);
      },
      { step: 'initialize', name: 'asked' },
    );
    const clock = testClock(new Date());
    for (const name of ['acme', 'globex']) await tenantSession({ sts, scope, clock }, ref(name))();
    expect(asked).toMatchObject(
      ['acme', 'globex'].map(name => ({
        ...{ RoleArn: scope.role, RoleSessionName: ref(name), DurationSeconds: 3600 },
        Policy: JSON.stringify(sessionPolicy(scope, ref(name))),
      })),
    );
    expect(JSON.stringify(asked[0])).not.toContain(ref('globex'));
  });

  it('is created once for concurrent callers, cached, and renewed long before it expires', async () => {
    const { proxy, faulty } = await line.way();
    proxy.decide(() => undefined);
    const clock = testClock(new Date());
    const session = sessionOn(faulty, ref('kept'), clock);
    const [first, same] = await Promise.all([session(), session()]);
    expect(same).toBe(first);
    clock.advance(39 * MINUTE_MS);
    expect(await session()).toBe(first);
    expect(proxy.seen.requests).toBe(1);
    // A function runs for up to 15 minutes: the credentials at its start must last to its end.
    clock.advance(2 * MINUTE_MS);
    const second = await session();
    expect(second.accessKeyId).not.toBe(first.accessKeyId);
    expect(proxy.seen.requests).toBe(2);
  });

  it('is used by the keyring, and renewed transparently', async () => {
    const kms = new KMS(clientOptions(target()));
    await createKeyTable(new DynamoDBClient(clientOptions(target())), 'session-keys');
    const clock = testClock(new Date());
    const session = sessionOn(target(), ref('sealed'), clock);
    const used = new Set<string>();
    const credentials = async () => {
      // Close to expiration for the clients too: they ask again before every request.
      const current = await session();
      used.add(current.accessKeyId);
      return { ...current, expiration: new Date(Date.now() + MINUTE_MS) };
    };
    const own = { kms: new KMS(clientOptions({ ...target(), credentials })), table: 'session-keys', recheckMs: 0 };
    const dynamo = new DynamoDBClient(clientOptions({ ...target(), credentials }));
    const keyring = openDedicatedKeyring({ ...own, dynamo, clock, multiRegion: false });
    await keyring.ensureKey(ref('sealed'));
    const sealed = await keyring.seal(ref('sealed'), Buffer.from('rows'));
    expect(used.size).toBe(1);
    clock.advance(50 * MINUTE_MS);
    expect(Buffer.from(await keyring.open(ref('sealed'), sealed)).toString()).toBe('rows');
    // STS uses its own clock, which did not move: its new credentials are due for renewal at once.
    expect(used.size).toBeGreaterThan(1);
    expect((await kms.listAliases({})).Aliases?.map(alias => alias.AliasName)).toContain(
      `alias/holdfast/${ref('sealed')}`,
    );
  });

  for (const fault of FAULTS) {
    it(`is created although STS first meets: ${fault}`, async () => {
      const { proxy, faulty } = await line.way();
      proxy.next(fault);
      expect((await sessionOn(faulty, ref(fault))()).sessionToken).toBeTruthy();
      expect(proxy.seen.faults).toBe(1);
    });
  }

  it('is reported as retryable if STS is unavailable, and is requested again on the next attempt', async () => {
    const { proxy, faulty } = await line.way();
    const session = sessionOn({ ...faulty, maxAttempts: 2 }, ref('away'));
    proxy.decide(() => 'unavailable');
    await expect(session()).rejects.toMatchObject({ code: 'session-unreachable', retry: 'auto' });
    proxy.decide(() => undefined);
    expect((await session()).sessionToken).toBeTruthy();
  });

  it('is not created for anything but a tenant reference', () => {
    for (const text of ['*', 'system', '']) {
      expect(() => sessionOn(target(), text as TenantRef)).toThrowError(
        expect.objectContaining({ code: 'bad-tenant-reference' }),
      );
    }
  });
});

describe("A tenant's session that STS refuses", () => {
  let strict: TestServer;
  beforeAll(async () => {
    // moto then checks the caller, which it does not know.
    strict = await startMoto({ INITIAL_NO_AUTH_ACTION_COUNT: '0' });
  }, SETUP_TIMEOUT_MS);
  afterAll(() => strict?.stop());

  it('provides no credentials, and the error says which policy to check', async () => {
    const refused = { code: 'session-refused', retry: 'operator', hint: expect.stringContaining('trust policy') };
    const session = sessionOn(strict.target, ref('refused'));
    await expect(session()).rejects.toMatchObject(refused);
    const client = { ...strict.target, credentials: session };
    const keyring = openDedicatedKeyring({
      ...{ kms: new KMS(clientOptions(client)), dynamo: new DynamoDBClient(clientOptions(client)) },
      ...{ table: 'keys', clock: testClock(), multiRegion: false },
    });
    await expect(keyring.ensureKey(ref('refused'))).rejects.toMatchObject(refused);
  });
});

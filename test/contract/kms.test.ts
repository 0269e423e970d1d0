/**
 * The KMS keyring, in both modes, and the KMS signer against two independent servers. moto authenticates the encryption
 * context and supports ReEncrypt (which branch keys need), but its multi-region keys never decrypt. MiniStack has
 * multi-region keys with replicas, and no ReEncrypt. moto hashes the message again even with MessageType DIGEST, so the
 * signer runs on MiniStack.
 */
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS, type ReEncryptCommandInput } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '../../lib/aws/clients.ts';
import { openDedicatedKeyring } from '../../lib/aws/dedicated-keys.ts';
import { openKeyReplicas } from '../../lib/aws/key-replicas.ts';
import { openKeyRows } from '../../lib/aws/key-rows.ts';
import { openKmsSigner } from '../../lib/aws/kms-signer.ts';
import { openPooledKeyring } from '../../lib/aws/pooled-keys.ts';
import { keyAliasOf } from '../../lib/domain/key-alias.ts';
import { tenantKeyPolicy } from '../../lib/domain/key-policy.ts';
import { type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import type { Keyring, KeyState } from '../../lib/ports.ts';
import { createKeyTable } from '../support/key-table.ts';
import { startMinistack, startMoto, type TestServer } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { keyringContract } from './keyring.contract.ts';
import { signerContract } from './signer.contract.ts';

const TABLE = 'keys';
const clock = { now: () => new Date() };
let moto: TestServer;
let ministack: TestServer;
let kms: KMS;
let signing: KMS;
let fleetKey = '';

const FURTHER = 'eu-west-1';
const kmsOf = (server: TestServer, region = server.target.region) =>
  new KMS({ ...clientOptions(server.target), region });
const dynamoOf = (server: TestServer) => new DynamoDBClient(clientOptions(server.target));
const on = (server: TestServer) => ({
  kms: kmsOf(server),
  dynamo: dynamoOf(server),
  table: TABLE,
  clock,
  recheckMs: 0,
});

function dedicated(): Keyring {
  return openDedicatedKeyring({ ...on(ministack), replicas: [{ region: FURTHER, kms: kmsOf(ministack, FURTHER) }] });
}

const replicas = () =>
  openKeyReplicas({ kms: kmsOf(ministack), replicas: new Map([[FURTHER, kmsOf(ministack, FURTHER)]]) });

function inOneRegion(): Keyring {
  return openDedicatedKeyring({ ...on(moto), multiRegion: false });
}

function pooled(): Keyring {
  return openPooledKeyring({ ...on(moto), keyArn: fleetKey, keyStoreName: 'holdfast-test' });
}

function tenant(name: string): TenantRef {
  return tenantRef('kms-test', tenantId(name));
}

beforeAll(async () => {
  [moto, ministack] = await Promise.all([startMoto(), startMinistack()]);
  kms = kmsOf(moto);
  signing = kmsOf(ministack);
  for (const server of [moto, ministack]) await createKeyTable(dynamoOf(server), TABLE);
  fleetKey = (await kms.createKey({})).KeyMetadata!.Arn!;
}, SETUP_TIMEOUT_MS);

afterAll(() => Promise.all([moto?.stop(), ministack?.stop()]));

const under = (open: () => Keyring, mode: KeyState['mode']) => async () => ({
  mode,
  keyring: open(),
  again: async () => open(),
  dispose: async () => {},
});
keyringContract('The KMS keyring with a key per tenant (moto)', under(inOneRegion, 'dedicated'));
keyringContract('The KMS keyring with a multi-region key per tenant (MiniStack)', under(dedicated, 'dedicated'));
keyringContract('The KMS keyring with branch keys (moto)', under(pooled, 'pooled'));

describe('A key per tenant', () => {
  it('and its replica have the policy that only break glass and the role for it can make them unusable', async () => {
    const ref = tenant('guarded');
    const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
    const policy = tenantKeyPolicy({ breakGlass: role('break-glass'), destroyKeys: role('destroy-keys') });
    await openDedicatedKeyring({ ...on(ministack), policy }).ensureKey(ref);
    const there = kmsOf(ministack, FURTHER);
    await openKeyReplicas({ kms: kmsOf(ministack), replicas: new Map([[FURTHER, there]]), policy }).replicate(
      ref,
      FURTHER,
    );
    for (const region of [kmsOf(ministack), there]) {
      const { KeyMetadata } = await region.describeKey({ KeyId: keyAliasOf(ref) });
      const { Policy } = await region.getKeyPolicy({ KeyId: KeyMetadata!.KeyId!, PolicyName: 'default' });
      expect(JSON.parse(Policy!)).toEqual(JSON.parse(policy));
    }
  });

  it('has its alias and, once replicated, a replica with its alias in every other region', async () => {
    const ref = tenant('replicated');
    await dedicated().ensureKey(ref);
    expect(await replicas().replicate(ref, FURTHER)).toBe(true);
    expect(await replicas().replicate(ref, FURTHER)).toBe(true);
    const here = (await kmsOf(ministack).describeKey({ KeyId: keyAliasOf(ref) })).KeyMetadata!;
    const there = (await kmsOf(ministack, FURTHER).describeKey({ KeyId: keyAliasOf(ref) })).KeyMetadata!;
    expect(there.KeyId).toBe(here.KeyId);
    expect(here.MultiRegion).toBe(true);
  });

  it('opens in another region what was sealed in this one', async () => {
    const ref = tenant('travels');
    const keyring = dedicated();
    await keyring.ensureKey(ref);
    await replicas().replicate(ref, FURTHER);
    const sealed = await keyring.seal(ref, Buffer.from('rows'));
    const away = openDedicatedKeyring({
      kms: kmsOf(ministack, FURTHER),
      dynamo: dynamoOf(ministack),
      table: TABLE,
      clock,
    });
    expect(Buffer.from(await away.open(ref, sealed)).toString()).toBe('rows');
  });

  it('is made, used and found again while the KMS of another region never answers', async () => {
    const ref = tenant('third region is silent');
    const asked: string[] = [];
    const silent = new Proxy({} as KMS, {
      get: (_, name) => () => {
        asked.push(String(name));
        return new Promise(() => {});
      },
    });
    const open = () => openDedicatedKeyring({ ...on(ministack), replicas: [{ region: FURTHER, kms: silent }] });
    await open().ensureKey(ref);
    const sealed = await open().seal(ref, Buffer.from('rows'));
    await open().ensureKey(ref);
    expect(Buffer.from(await open().open(ref, sealed)).toString()).toBe('rows');
    expect(asked).toEqual([]);
  });

  it('gets the alias of its replica if a crash left it without', async () => {
    const ref = tenant('half made');
    await dedicated().ensureKey(ref);
    const { KeyMetadata } = await kmsOf(ministack).describeKey({ KeyId: keyAliasOf(ref) });
    await kmsOf(ministack).replicateKey({ KeyId: KeyMetadata!.KeyId!, ReplicaRegion: FURTHER });
    expect(await replicas().replicate(ref, FURTHER)).toBe(true);
    const there = await kmsOf(ministack, FURTHER).describeKey({ KeyId: keyAliasOf(ref) });
    expect(there.KeyMetadata!.KeyState).toBe('Enabled');
  });

  it('has nothing to replicate before it is made, and after it was destroyed', async () => {
    const ref = tenant('never made');
    expect(await replicas().replicate(ref, FURTHER)).toBe(false);
    await dedicated().ensureKey(ref);
    await dedicated().destroyKey(ref);
    expect(await replicas().replicate(ref, FURTHER)).toBe(false);
  });

  it('is reported if its replica was disabled', async () => {
    const ref = tenant('disabled there');
    await dedicated().ensureKey(ref);
    await replicas().replicate(ref, FURTHER);
    const there = kmsOf(ministack, FURTHER);
    const { KeyMetadata } = await there.describeKey({ KeyId: keyAliasOf(ref) });
    await there.disableKey({ KeyId: KeyMetadata!.KeyId! });
    await expect(replicas().replicate(ref, FURTHER)).rejects.toMatchObject({ code: 'key-unusable' });
  });

  it('is scheduled for deletion in every region when it is destroyed', async () => {
    const ref = tenant('gone');
    const keyring = dedicated();
    await keyring.ensureKey(ref);
    await replicas().replicate(ref, FURTHER);
    const id = (await kmsOf(ministack).describeKey({ KeyId: keyAliasOf(ref) })).KeyMetadata!.KeyId!;
    await keyring.destroyKey(ref);
    for (const region of ['eu-central-1', FURTHER]) {
      const { KeyMetadata } = await kmsOf(ministack, region).describeKey({ KeyId: id });
      expect(KeyMetadata!.KeyState).toMatch(/^Pending(Replica)?Deletion$/);
    }
  });

  it('counts down with its replicas, which KMS deletes first, and comes back with them when that is cancelled', async () => {
    const ref = tenant('second thoughts');
    const keyring = dedicated();
    await keyring.ensureKey(ref);
    await replicas().replicate(ref, FURTHER);
    const sealed = await keyring.seal(ref, Buffer.from('rows'));
    const begun = await keyring.scheduleDestruction(ref, 10);
    expect(begun.keys.map(key => key.region).toSorted()).toEqual(['eu-central-1', FURTHER].toSorted());
    // KMS begins the countdown of the primary once its last replica is gone.
    const days = (Date.parse(begun.deletionDate!) - clock.now().getTime()) / (24 * 3600 * 1000);
    expect(days).toBeGreaterThan(19);
    expect(days).toBeLessThan(21);
    await dedicated().cancelDestruction(ref);
    for (const region of ['eu-central-1', FURTHER]) {
      const { KeyMetadata } = await kmsOf(ministack, region).describeKey({ KeyId: keyAliasOf(ref) });
      expect(KeyMetadata!.KeyState).toBe('Enabled');
    }
    expect(Buffer.from(await dedicated().open(ref, sealed)).toString()).toBe('rows');
  });

  it('is reported as unusable when disabled, not as a damaged backup', async () => {
    const ref = tenant('disabled');
    const keyring = dedicated();
    await keyring.ensureKey(ref);
    const sealed = await keyring.seal(ref, Buffer.from('rows'));
    await kmsOf(ministack).disableKey({
      KeyId: (await kmsOf(ministack).describeKey({ KeyId: keyAliasOf(ref) })).KeyMetadata!.KeyId!,
    });
    await expect(dedicated().open(ref, sealed)).rejects.toMatchObject({ code: 'key-unusable' });
  });
});

describe('A region that holds replicas of keys', () => {
  const away = (region = FURTHER) =>
    openDedicatedKeyring({
      ...{ kms: kmsOf(ministack, region), dynamo: dynamoOf(ministack), table: TABLE, clock, recheckMs: 0 },
      existingOnly: true,
    });

  it('seals and opens under a key that was created in the primary', async () => {
    const ref = tenant('restored there');
    await dedicated().ensureKey(ref);
    await replicas().replicate(ref, FURTHER);
    await away().ensureKey(ref);
    const sealed = await away().seal(ref, Buffer.from('record'));
    expect(Buffer.from(await dedicated().open(ref, sealed)).toString()).toBe('record');
  });

  it('never creates a key: it would be a different key with the same alias', async () => {
    const ref = tenant('unknown there');
    await expect(away().ensureKey(ref)).rejects.toMatchObject({ code: 'no-key' });
    await expect(away().seal(ref, Buffer.from('x'))).rejects.toMatchObject({ code: 'no-key' });
    const found = await kmsOf(ministack, FURTHER)
      .describeKey({ KeyId: keyAliasOf(ref) })
      .catch(error => error.name);
    expect(found).toBe('NotFoundException');
  });

  it('refuses a destroyed key of a tenant, like the primary', async () => {
    const ref = tenant('destroyed before');
    await dedicated().ensureKey(ref);
    await dedicated().destroyKey(ref);
    await expect(away().ensureKey(ref)).rejects.toMatchObject({ code: 'key-destroyed' });
  });
});

describe('Branch keys in a region that holds a replica of the pool', () => {
  it('open what was sealed in the primary, and are not created there', async () => {
    const here = withReEncrypt(kmsOf(ministack));
    const { KeyMetadata } = await here.createKey({ MultiRegion: true });
    await here.replicateKey({ KeyId: KeyMetadata!.KeyId!, ReplicaRegion: FURTHER });
    const own = () => ({ ...on(ministack), keyStoreName: 'holdfast-pool' });
    const primary = openPooledKeyring({ ...own(), kms: here, keyArn: KeyMetadata!.Arn! });
    const standby = openPooledKeyring({
      ...own(),
      kms: kmsOf(ministack, FURTHER),
      keyArn: KeyMetadata!.Arn!.replace(ministack.target.region, FURTHER),
      existingOnly: true,
    });
    const ref = tenant('pooled');
    await primary.ensureKey(ref);
    await standby.ensureKey(ref);
    const sealed = await primary.seal(ref, Buffer.from('rows'));
    expect(Buffer.from(await standby.open(ref, sealed)).toString()).toBe('rows');
    const record = await standby.seal(ref, Buffer.from('record'));
    expect(Buffer.from(await primary.open(ref, record)).toString()).toBe('record');
    await expect(standby.ensureKey(tenant('pooled, unknown'))).rejects.toMatchObject({ code: 'no-key' });
  });

  /** Emulates what MiniStack lacks; only the creation of a branch key needs it. */
  function withReEncrypt(client: KMS): KMS {
    client.middlewareStack.add(
      (next, context) => async args => {
        if (context.commandName !== 'ReEncryptCommand') return next(args);
        const asked = args.input as ReEncryptCommandInput;
        const { Plaintext } = await client.decrypt({
          ...{ KeyId: asked.SourceKeyId, CiphertextBlob: asked.CiphertextBlob },
          EncryptionContext: asked.SourceEncryptionContext,
        });
        const made = await client.encrypt({
          ...{ KeyId: asked.DestinationKeyId, Plaintext },
          EncryptionContext: asked.DestinationEncryptionContext,
        });
        return { output: { ...made, SourceKeyId: asked.SourceKeyId }, response: {} } as never;
      },
      { step: 'initialize', name: 'reEncryptOfTest' },
    );
    return client;
  }
});

describe('The rows of the table of branch keys', () => {
  it('open what was sealed under them after they were lost and put back; those of a destroyed tenant stay away', async () => {
    const [kept, gone] = [tenant('row kept'), tenant('row gone')];
    const sealed = new Map<TenantRef, Uint8Array>();
    const rows = openKeyRows({ dynamo: dynamoOf(moto), table: TABLE });
    for (const ref of [kept, gone]) {
      await pooled().ensureKey(ref);
      sealed.set(ref, await pooled().seal(ref, Buffer.from('rows')));
    }
    const copies = new Map([
      [kept, await rows.of(kept)],
      [gone, await rows.of(gone)],
    ]);
    for (const { type } of copies.get(kept)!) {
      const Key = { 'branch-key-id': { S: kept as string }, type: type as { S: string } };
      await dynamoOf(moto).send(new DeleteItemCommand({ TableName: TABLE, Key }));
    }
    await expect(pooled().open(kept, sealed.get(kept)!)).rejects.toMatchObject({ code: 'no-key' });
    await pooled().destroyKey(gone);
    const tombstone = await rows.of(gone);

    expect(await rows.add(kept, copies.get(kept)!)).toBe(copies.get(kept)!.length);
    expect(await rows.add(kept, copies.get(kept)!)).toBe(0);
    expect(await rows.add(gone, copies.get(gone)!)).toBe(0);
    expect(Buffer.from(await pooled().open(kept, sealed.get(kept)!)).toString()).toBe('rows');
    await expect(pooled().open(gone, sealed.get(gone)!)).rejects.toMatchObject({ code: 'key-destroyed' });
    expect(await rows.of(gone)).toEqual(tombstone);
  });
});

describe('The encryption context', () => {
  it('contains the tenant: KMS refuses a data key that is requested with another', async () => {
    const ref = tenant('context');
    const keyring = inOneRegion();
    await keyring.ensureKey(ref);
    const KeyId = (await kms.describeKey({ KeyId: keyAliasOf(ref) })).KeyMetadata!.KeyId!;
    const EncryptionContext = { 'holdfast:owner': ref as string };
    const { CiphertextBlob } = await kms.generateDataKey({ KeyId, NumberOfBytes: 32, EncryptionContext });
    const asked = kms.decrypt({ CiphertextBlob, EncryptionContext: { 'holdfast:owner': tenant('other') } });
    await expect(asked).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    await expect(kms.decrypt({ CiphertextBlob, EncryptionContext })).resolves.toMatchObject({
      KeyId: expect.any(String),
    });
  });
});

describe('A signature', () => {
  it('verifies in either region, whichever replica of the multi-region key made it', async () => {
    const made = await signing.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', MultiRegion: true });
    const here = made.KeyMetadata!;
    const there = kmsOf(ministack, FURTHER);
    await signing.createAlias({ AliasName: 'alias/test/signing', TargetKeyId: here.KeyId! });
    await signing.replicateKey({ KeyId: here.KeyId!, ReplicaRegion: FURTHER });
    await there.createAlias({ AliasName: 'alias/test/signing', TargetKeyId: here.KeyId! });
    const primary = await openKmsSigner({ kms: signing, key: 'alias/test/signing' });
    const standby = await openKmsSigner({ kms: there, key: 'alias/test/signing' });
    expect(standby.keyId).not.toBe(primary.keyId);
    const message = Buffer.from('manifest');
    const [byPrimary, byStandby] = [await primary.sign(message), await standby.sign(message)];
    expect(await standby.verify(message, byPrimary, primary.keyId)).toBe(true);
    expect(await primary.verify(message, byStandby, standby.keyId)).toBe(true);
    expect(await standby.verify(Buffer.from('another'), byPrimary, primary.keyId)).toBe(false);
    const elsewhere = primary.keyId.replace(/:\d{12}:/, ':999999999999:');
    expect(await standby.verify(message, byPrimary, elsewhere)).toBe(false);
  });

  it('by a key that is not configured does not verify, although KMS would return its public key', async () => {
    const [ours, theirs] = [await signingKey(), await signingKey()];
    const forged = await (await openKmsSigner({ kms: signing, key: theirs })).sign(Buffer.from('manifest'));
    const signer = await openKmsSigner({ kms: signing, key: ours });
    expect(await signer.verify(Buffer.from('manifest'), forged, theirs)).toBe(false);
  });

  it('verifies with a stored public key when the old key is no longer in KMS', async () => {
    const old = await signingKey();
    const signature = await (await openKmsSigner({ kms: signing, key: old })).sign(Buffer.from('manifest'));
    const der = (await signing.getPublicKey({ KeyId: old })).PublicKey!;
    const publicKey = `-----BEGIN PUBLIC KEY-----\n${Buffer.from(der).toString('base64')}\n-----END PUBLIC KEY-----\n`;
    const unasked = {
      getPublicKey: signing.getPublicKey.bind(signing),
      sign: signing.sign.bind(signing),
    } as unknown as KMS;
    const signer = await openKmsSigner({ kms: unasked, key: await signingKey(), former: [{ key: old, publicKey }] });
    expect(await signer.verify(Buffer.from('manifest'), signature, old)).toBe(true);
  });

  it('cannot be made with a key of another type', async () => {
    await expect(
      openKmsSigner({
        kms: signing,
        key: (await signing.createKey({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' })).KeyMetadata!.Arn!,
      }),
    ).rejects.toMatchObject({ code: 'bad-signing-key' });
  });
});

async function signingKey(): Promise<string> {
  const made = await signing.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  return made.KeyMetadata!.Arn!;
}

signerContract('The KMS signer (MiniStack)', async () => {
  const [first, second] = [await signingKey(), await signingKey()];
  return {
    signer: await openKmsSigner({ kms: signing, key: first }),
    again: () => openKmsSigner({ kms: signing, key: first }),
    rotated: () => openKmsSigner({ kms: signing, key: second, former: [{ key: first }] }),
    dispose: async () => {},
  };
});

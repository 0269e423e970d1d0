/** A function that works for one tenant: what it reaches with its session, with its own role, or not at all. */
import { describe, expect, it } from 'vitest';
import type { FunctionConfig } from '../../../lib/domain/function-config.ts';
import { AUDITORS, SYSTEM, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import type { Keyring, StoredObject, Vault } from '../../../lib/ports.ts';
import { type TenantStorage, tenantStorage, tenantStorages } from '../../../lib/runtime/tenant-storage.ts';
import { testSigner } from '../../support/audit-world.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';

const A = tenantRef('installation', tenantId('acme'));
const B = tenantRef('installation', tenantId('globex'));
const foreign = { code: 'not-this-tenant', retry: 'never' };

/** Ports that answer every call with their own name. */
function storageThatSays(which: string, heard: string[]): Omit<TenantStorage, 'memory'> {
  const say =
    (verb: string) =>
    async (about: string): Promise<never> => {
      heard.push(`${which} ${verb} ${about}`);
      return undefined as never;
    };
  const vault: Vault = {
    ...{ put: say('put'), get: say('get'), head: say('head'), delete: say('delete') },
    ...{ extendRetention: say('lengthen'), setHold: say('hold') },
    async *list(prefix, after = '') {
      heard.push(`${which} list ${prefix}${after}`);
      yield* [] as StoredObject[];
    },
    async *keys(prefix, after = '') {
      heard.push(`${which} keys ${prefix}${after}`);
      yield* [] as string[];
    },
  };
  const keyring: Keyring = {
    ...{
      ensureKey: say('ensure'),
      seal: say('seal'),
      open: say('open'),
      sealStream: say('seal'),
      openStream: say('open'),
      destroyKey: say('destroy'),
    },
    ...{ scheduleDestruction: say('schedule'), cancelDestruction: say('cancel'), destructionState: say('state') },
    calls: { generate: 1, decrypt: 2 },
  };
  return { vault, keyring };
}

function storageOfA() {
  const heard: string[] = [];
  const { vault, keyring, memory } = tenantStorage(
    A,
    storageThatSays('session', heard),
    storageThatSays('role', heard),
  );
  return { vault, keyring, memory, heard };
}

const nothing = new Uint8Array();

describe('the storage of one tenant', () => {
  it('caches what it read, and nothing that was read through another session', () => {
    const part = { make: () => new Map<string, string>() };
    const { memory } = storageOfA();
    memory.of(part).set('key', 'of A');
    expect(memory.of(part).get('key')).toBe('of A');
    expect(storageOfA().memory.of(part).get('key')).toBeUndefined();
  });

  it("reaches the tenant's own objects and key with the session", async () => {
    const { vault, keyring, heard } = storageOfA();
    await vault.get(`tenants/${A}/packs/1`);
    await vault.put(`checkpoints/${A}/b/plan`, nothing, { retainUntil: new Date() });
    for await (const _ of vault.list(`tenants/${A}/manifests/`)) expect.unreachable();
    await keyring.ensureKey(A);
    await keyring.open(A, nothing);
    expect(heard).toEqual([
      ...[`session get tenants/${A}/packs/1`, `session put checkpoints/${A}/b/plan`],
      ...[`session list tenants/${A}/manifests/`, `session ensure ${A}`, `session open ${A}`],
    ]);
    expect(keyring.calls).toEqual({ generate: 2, decrypt: 4 });
  });

  it("reaches shared objects with the function's own role", async () => {
    const { vault, keyring, heard } = storageOfA();
    await vault.get('log/packs/1');
    await vault.head('system/digest-key');
    await keyring.open(SYSTEM, nothing);
    // The trail of what was done to the tenant: its session must not reach it.
    await vault.put(`audit/${A}/0000000001`, nothing, { retainUntil: new Date() });
    await keyring.seal(AUDITORS, nothing);
    expect(heard).toEqual([
      ...['role get log/packs/1', 'role head system/digest-key', `role open ${SYSTEM}`],
      ...[`role put audit/${A}/0000000001`, `role seal ${AUDITORS}`],
    ]);
  });

  it("refuses another tenant's objects and key, and objects without an owner, before any request", async () => {
    const { vault, keyring, heard } = storageOfA();
    const keys = [
      `tenants/${B}/packs/1`,
      `checkpoints/${B}/b/plan`,
      'tenants/',
      '',
      'elsewhere',
      `tenants/${A}`,
      `audit/${B}/1`,
    ];
    for (const key of [...keys, `tenants/${A}x/packs`, `xtenants/${A}/`]) {
      await expect(vault.get(key), key).rejects.toMatchObject(foreign);
      await expect(vault.head(key), key).rejects.toMatchObject(foreign);
      await expect(vault.delete(key), key).rejects.toMatchObject(foreign);
      await expect(vault.put(key, nothing, { retainUntil: new Date() }), key).rejects.toMatchObject(foreign);
      await expect(vault.extendRetention(key, new Date()), key).rejects.toMatchObject(foreign);
      await expect(vault.setHold(key, true), key).rejects.toMatchObject(foreign);
      await expect(vault.list(key)[Symbol.asyncIterator]().next(), key).rejects.toMatchObject(foreign);
    }
    await expect(keyring.open(B, nothing)).rejects.toMatchObject(foreign);
    await expect(keyring.seal(B, nothing)).rejects.toMatchObject(foreign);
    await expect(keyring.ensureKey(B)).rejects.toMatchObject(foreign);
    await expect(keyring.destroyKey(B)).rejects.toMatchObject(foreign);
    expect(heard).toEqual([]);
  });
});

describe('opening it', () => {
  const config = {
    ...{ name: 'holdfast', region: 'eu-central-1', bucket: 'vault', keysTable: 'keys' },
    otherVaults: [],
    keys: {
      mode: 'dedicated',
      replicaRegions: [],
      roles: { breakGlass: 'arn:aws:iam::111122223333:role/b', destroyKeys: 'arn:aws:iam::111122223333:role/d' },
    },
  } as unknown as FunctionConfig;
  const shared = { ...storageThatSays('role', []), signer: testSigner(), catalog: memoryCatalog() };
  const open = tenantStorages(config, shared);

  it('does nothing for anything but a tenant reference', async () => {
    for (const text of ['*', SYSTEM, '', 'acme', `${A}*`]) {
      await expect(open(text), text).rejects.toMatchObject({ code: 'bad-tenant-reference' });
    }
  });

  it("does nothing without a session role, and never uses the function's own role instead", async () => {
    await expect(open(A)).rejects.toMatchObject({ code: 'no-session-role' });
  });
});

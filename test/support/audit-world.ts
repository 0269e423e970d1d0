/** A small installation with an audit trail: real signatures, a vault in memory that a test can damage and copy. */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { sha256Hex } from '../../lib/codec/digest.ts';
import { objectExists, objectMissing } from '../../lib/domain/object-errors.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import type { AnchorDeps } from '../../lib/operations/governance/anchor-audit.ts';
import type { Catalog, CatalogItem, Signer, StoredObject, Vault } from '../../lib/ports.ts';
import { type Notice, type TestClock, testClock } from './local-deps.ts';
import { openKeyring } from './memory-vault.ts';

export interface AuditWorld extends AnchorDeps {
  readonly clock: TestClock;
  readonly notices: Notice[];
  /** What is stored, by key: a test changes it as somebody would who can write past the vault. */
  readonly objects: Map<string, Uint8Array>;
  readonly items: Map<string, CatalogItem>;
  readonly publicKeyPem: string;
}

export const AUDITOR: Principal = { name: 'ada', proof: 'operating-system', roles: ['auditor'], tenants: [] };

export function auditWorld(installation = 'audited', signer: TestSigner = testSigner()): AuditWorld {
  const clock = testClock();
  const objects = new Map<string, Uint8Array>();
  const items = new Map<string, CatalogItem>();
  const notices: Notice[] = [];
  let drawn = 0;
  return {
    installation,
    ...{ clock, objects, items, notices, signer, publicKeyPem: signer.pem },
    vault: openVault(objects, clock),
    keyring: openKeyring(),
    catalog: mapCatalog(items),
    random: { bytes: count => Buffer.from(sha256Hex(Buffer.from(String(drawn++))), 'hex').subarray(0, count) },
    settings: defaultSettings(),
    notifier: {
      notify: async notice => {
        notices.push(notice);
      },
    },
  };
}

/** Without locks: the vault's own tests have those; here they are what an intruder has overcome. */
function openVault(objects: Map<string, Uint8Array>, clock: TestClock): Vault {
  const times = new Map<string, Date>();
  const storedOf = (key: string, bytes: Uint8Array): StoredObject => ({
    ...{ key, bytes: bytes.byteLength, sha256: sha256Hex(bytes), storedAt: times.get(key) ?? clock.now() },
    ...{ retainUntil: clock.now(), hold: false },
  });
  return {
    async put(key, body) {
      if (objects.has(key)) throw objectExists(key);
      objects.set(key, body as Uint8Array);
      times.set(key, clock.now());
      return storedOf(key, body as Uint8Array);
    },
    async get(key) {
      const bytes = objects.get(key);
      if (bytes === undefined) throw objectMissing(key);
      return bytes;
    },
    async head(key) {
      const bytes = objects.get(key);
      return bytes && storedOf(key, bytes);
    },
    async *list(prefix, after) {
      for await (const key of this.keys(prefix, after)) yield storedOf(key, objects.get(key)!);
    },
    async *keys(prefix, after = '') {
      yield* [...objects.keys()].filter(key => key.startsWith(prefix) && key > after).sort();
    },
    extendRetention: async () => {},
    setHold: async () => {},
    delete: async key => {
      objects.delete(key);
    },
  };
}

function mapCatalog(items: Map<string, CatalogItem>): Catalog {
  return {
    get: async (partition, sort) => items.get(`${partition}\n${sort}`),
    async *query(partition) {
      yield* [...items.values()].filter(item => item.partition === partition);
    },
    async write(writes) {
      for (const write of writes) {
        if (!('put' in write)) continue;
        const { partition, sort, value } = write.put;
        const revision = (items.get(`${partition}\n${sort}`)?.revision ?? 0) + 1;
        items.set(`${partition}\n${sort}`, { partition, sort, revision, value });
      }
    },
    close: async () => {},
  };
}

export type TestSigner = Signer & { readonly pem: string };

export function testSigner(): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const keyId = sha256Hex(publicKey.export({ type: 'spki', format: 'der' }));
  return {
    ...{ keyId, pem, publicKey: async () => pem },
    sign: async message => sign('sha256', message, privateKey),
    verify: async (message, signature, id) => id === keyId && verify('sha256', message, publicKey, signature),
  };
}

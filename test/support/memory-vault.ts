/** A vault in memory and a keyring that seals nothing: for tests of years of backups in which bytes do not matter. */
import { sha256Hex } from '../../lib/codec/digest.ts';
import { IntegrityError } from '../../lib/domain/errors.ts';
import { objectExists, objectLocked, objectMissing } from '../../lib/domain/object-errors.ts';
import type { Clock, Keyring, StoredObject, Vault } from '../../lib/ports.ts';

export function memoryVault(clock: Clock): Vault {
  const objects = new Map<string, { bytes: Uint8Array; stored: StoredObject }>();
  // A list of one tenant's objects must not cost a look at those of all.
  const sorted: string[] = [];
  const of = (key: string) => {
    const found = objects.get(key);
    if (!found) throw objectMissing(key);
    return found;
  };
  return {
    async put(key, body, { retainUntil, hold = false }) {
      if (objects.has(key)) throw objectExists(key);
      const bytes = body instanceof Uint8Array ? body : await whole(body);
      const stored = {
        key,
        bytes: bytes.byteLength,
        sha256: sha256Hex(bytes),
        storedAt: clock.now(),
        retainUntil,
        hold,
      };
      objects.set(key, { bytes, stored });
      sorted.splice(placeOf(sorted, key), 0, key);
      return stored;
    },
    async get(key, range) {
      const { bytes } = of(key);
      return range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
    },
    async head(key) {
      return objects.get(key)?.stored;
    },
    async *list(prefix, after = '') {
      for await (const key of this.keys(prefix, after)) yield of(key).stored;
    },
    async *keys(prefix, after = '') {
      const found: string[] = [];
      for (let at = placeOf(sorted, prefix > after ? prefix : after); sorted[at]?.startsWith(prefix); at++)
        if (sorted[at]! > after) found.push(sorted[at]!);
      yield* found;
    },
    async extendRetention(key, until) {
      const { bytes, stored } = of(key);
      if (stored.retainUntil < until) objects.set(key, { bytes, stored: { ...stored, retainUntil: until } });
    },
    async setHold(key, hold) {
      const { bytes, stored } = of(key);
      objects.set(key, { bytes, stored: { ...stored, hold } });
    },
    async delete(key) {
      const found = objects.get(key);
      if (!found) return;
      if (found.stored.hold || found.stored.retainUntil > clock.now()) throw objectLocked(key, found.stored);
      objects.delete(key);
      sorted.splice(placeOf(sorted, key), 1);
    },
  };
}

/** Where the key is, or belongs. */
function placeOf(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function whole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Every owner has a key, and a message is its owner's name and the plaintext. */
export function openKeyring(): Keyring {
  return {
    calls: { generate: 0, decrypt: 0 },
    ensureKey: async () => {},
    seal: async (owner, plaintext) => Buffer.concat([Buffer.from(`${owner}\n`), plaintext]),
    async open(owner, sealed) {
      const prefix = Buffer.from(`${owner}\n`);
      if (Buffer.from(sealed.subarray(0, prefix.byteLength)).equals(prefix)) return sealed.subarray(prefix.byteLength);
      throw new IntegrityError('cannot-open', 'The message belongs to another owner.', { hint: 'None.' });
    },
    async sealStream(owner, plaintext) {
      return only(await this.seal(owner, await whole(plaintext)));
    },
    async openStream(owner, sealed) {
      return only(await this.open(owner, await whole(sealed)));
    },
    destroyKey: async () => {},
    scheduleDestruction: async () => ({ state: 'none', mode: 'file', keys: [] }),
    cancelDestruction: async () => {},
    destructionState: async () => ({ state: 'usable', mode: 'file', keys: [] }),
  };
}

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { putDocument, putText, readDocument, readText } from '../../../lib/operations/storage/sealed-document.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const Note = z.object({ text: z.string(), numbers: z.array(z.number()) });
const owner = tenantRef('test-installation', tenantId('acme'));
const other = tenantRef('test-installation', tenantId('globex'));

let deps: LocalDeps;
let stored = 0;
const nextKey = () => `tenants/${owner}/notes/${stored++}`;
const options = { retainUntil: new Date('2026-01-16T12:00:00Z') };

beforeAll(async () => {
  deps = await localDeps();
  await deps.keyring.ensureKey(owner);
  await deps.keyring.ensureKey(other);
});
afterAll(() => deps.dispose());

async function kept(note: z.infer<typeof Note>): Promise<string> {
  const key = nextKey();
  await putDocument(deps, owner, key, note, options);
  return key;
}

const failure = (key: string, reader = owner) =>
  readDocument(deps, reader, key, Note).then(
    () => undefined,
    ({ code, details }) => ({ code, object: details?.object }),
  );

describe('a sealed document', () => {
  it('is read as it was written', async () => {
    const note = fc.record({ text: fc.string({ unit: 'binary' }), numbers: fc.array(fc.integer()) });
    await fc.assert(
      fc.asyncProperty(note, async document => {
        expect(await readDocument(deps, owner, await kept(document), Note)).toEqual(document);
      }),
      { numRuns: 10 },
    );
  });

  it('is read byte for byte where its text matters', async () => {
    const text = '{ "b": 1,\n  "a": "ä" }';
    const key = nextKey();
    await putText(deps, owner, key, text, options);
    expect(await readText(deps, owner, key)).toBe(text);
  });

  it('reveals nothing of its text in what is stored', async () => {
    const key = await kept({ text: 'the secret of acme', numbers: [] });
    expect(Buffer.from(await deps.vault.get(key)).includes('acme')).toBe(false);
  });

  it('is refused, and named, when any of its bytes was changed', async () => {
    const key = await kept({ text: 'x'.repeat(50), numbers: [1, 2, 3] });
    const length = (await deps.vault.get(key)).byteLength;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const flip = (bytes: Buffer) => {
          bytes[at]! ^= by;
          return bytes;
        };
        await deps.tamper(key, flip);
        expect(await failure(key)).toEqual({ code: 'object-altered', object: key });
        await deps.tamper(key, flip);
      }),
      { numRuns: 40 },
    );
    expect(await failure(key)).toBeUndefined();
  });

  it('is refused when it has another owner or another shape', async () => {
    const key = await kept({ text: '', numbers: [] });
    expect(await failure(key, other)).toEqual({ code: 'object-altered', object: key });
    const odd = nextKey();
    await putDocument(deps, owner, odd, { text: 1 }, options);
    expect(await failure(odd)).toEqual({ code: 'object-altered', object: odd });
  });

  it('is not reported as altered when the key that sealed it was destroyed', async () => {
    const gone = tenantRef('test-installation', tenantId('initech'));
    await deps.keyring.ensureKey(gone);
    const key = `tenants/${gone}/notes/0`;
    await putDocument(deps, gone, key, { text: '', numbers: [] }, options);
    await deps.keyring.destroyKey(gone);
    expect((await failure(key, gone))?.code).toBe('key-destroyed');
  });
});

/** The local signer: the contract, and the guarantees of its key files. */
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalSigner } from '../../lib/local/local-signer.ts';
import { signerContract } from './signer.contract.ts';

signerContract('local-signer', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-signer-'));
  return {
    signer: await openLocalSigner(directory),
    again: () => openLocalSigner(directory),
    rotated: async () => {
      await unlink(join(directory, 'signing-key.pem'));
      return openLocalSigner(directory);
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
});

describe('the key files of the local signer', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-signer-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('make the private key readable by its owner only', async () => {
    await openLocalSigner(directory);
    expect((await stat(join(directory, 'signing-key.pem'))).mode & 0o777).toBe(0o600);
  });

  it('do not let a public key pass under another id', async () => {
    const signer = await openLocalSigner(directory);
    const other = await openLocalSigner(join(directory, 'other'));
    const message = Buffer.from('forged');
    const id = 'ab'.repeat(32);
    const publicKeyPem = await readFile(join(directory, 'other', `public-${other.keyId}.pem`));
    await writeFile(join(directory, `public-${id}.pem`), publicKeyPem);
    expect(await signer.verify(message, await other.sign(message), id)).toBe(false);
  });

  it('are one key pair if two processes start at once', async () => {
    const fresh = join(directory, 'fresh');
    const signers = await Promise.all([openLocalSigner(fresh), openLocalSigner(fresh), openLocalSigner(fresh)]);
    expect(new Set(signers.map(signer => signer.keyId)).size).toBe(1);
  });

  it('are reported if damaged', async () => {
    await writeFile(join(directory, 'signing-key.pem'), 'not a key');
    await expect(openLocalSigner(directory)).rejects.toMatchObject({ code: 'signer-damaged' });
  });
});

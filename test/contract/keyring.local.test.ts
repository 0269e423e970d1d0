/** The local keyring: the contract, and the guarantees of its key files. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { openLocalKeyring } from '../../lib/local/local-keyring.ts';
import { keyringContract } from './keyring.contract.ts';

keyringContract('local-keyring', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
  return {
    keyring: await openLocalKeyring(directory),
    again: () => openLocalKeyring(directory),
    mode: 'file',
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
});

describe('the key files of the local keyring', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  const ref = tenantRef('installation', tenantId('7'));

  it('are readable by their owner only, and are not named after the tenant', async () => {
    const keyring = await openLocalKeyring(join(directory, 'modes'));
    await keyring.ensureKey(ref);
    const path = join(directory, 'modes', `${ref}.key`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'modes'))).mode & 0o777).toBe(0o700);
  });

  it('leave a tombstone and no key when destroyed', async () => {
    const keyring = await openLocalKeyring(join(directory, 'gone'));
    await keyring.ensureKey(ref);
    const key = (await readFile(join(directory, 'gone', `${ref}.key`), 'utf8')).trim();
    await keyring.destroyKey(ref);
    expect(await readdir(join(directory, 'gone'))).toEqual([`${ref}.destroyed`]);
    expect(await readFile(join(directory, 'gone', `${ref}.destroyed`), 'utf8')).not.toContain(key);
  });

  it('are reported if damaged, and names that are not references are refused', async () => {
    const keyring = await openLocalKeyring(join(directory, 'damaged'));
    await writeFile(join(directory, 'damaged', `${ref}.key`), 'not a key');
    await expect(keyring.seal(ref, Buffer.from('x'))).rejects.toMatchObject({ code: 'keyring-damaged' });
    await expect(keyring.ensureKey('../escape' as typeof ref)).rejects.toMatchObject({ code: 'bad-tenant-reference' });
  });
});

/**
 * A keys directory that is missing, empty, incomplete or of another installation is distinguished from a damaged vault, and
 * no key is created for a tenant with backups: a second key would hide that the first is missing, and split the tenant's
 * backups between two keys.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { manifestKey } from '../../../lib/domain/object-key.ts';
import { SYSTEM, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { openFileVault } from '../../../lib/local/file-vault.ts';
import { openLocalKeyring } from '../../../lib/local/local-keyring.ts';
import { openLocalSigner } from '../../../lib/local/local-signer.ts';
import { processMemory } from '../../../lib/local/process-memory.ts';
import { rebuildCatalog } from '../../../lib/operations/rebuild/rebuild-catalog.ts';
import { readManifest, writeManifest } from '../../../lib/operations/storage/manifest-store.ts';
import { ensureDigestKey } from '../../../lib/operations/storage/tenant-key.ts';
import type { Config } from '../../../lib/runtime/config.ts';
import { openLocalDeps } from '../../../lib/runtime/local.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { addRun, madeContext } from '../../support/made-log.ts';

const acme = tenantRef('test', tenantId('acme'));
const key = manifestKey(acme, 'snapshot', 'm1');
const Body = z.object({ note: z.string() });
const expected = { tenant: acme, kind: 'snapshot' as const };

let deps: LocalDeps;
let keys: string;
beforeEach(async () => {
  deps = await localDeps();
  keys = join(deps.dir, 'keys');
  await ensureDigestKey(deps, acme);
  const header = { kind: 'snapshot' as const, id: 'm1', tenant: acme, createdAt: '2026-01-01T00:00:00Z' };
  const extent = { from: '0/1', to: '0/2', fromTime: '2026-01-01T00:00:00Z', toTime: '2026-01-01T00:00:01Z' };
  const retainUntil = new Date('2030-01-01');
  await writeManifest(deps, key, { ...header, ...extent, previous: null, objects: [] }, { note: 'n' }, { retainUntil });
});
afterEach(() => deps.dispose());

const config = () =>
  ({
    ...{ installation: deps.installation, vault: join(deps.dir, 'vault'), keys },
    catalog: join(deps.dir, 'catalog.sqlite'),
  }) as Config;

/** As the next process opens them. */
async function next() {
  const { clock } = deps;
  const vault = await openFileVault(join(deps.dir, 'vault'), clock);
  const memory = processMemory();
  return { ...deps, vault, memory, keyring: await openLocalKeyring(keys), signer: await openLocalSigner(keys) };
}

describe('missing keys', () => {
  it('refuses a missing or empty directory if the vault has content, and leaves it so', async () => {
    await rm(keys, { recursive: true });
    await expect(openLocalDeps(config())).rejects.toMatchObject({ code: 'keys-missing' });
    await expect(readdir(keys)).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(keys);
    await expect(openLocalDeps(config())).rejects.toMatchObject({ code: 'keys-missing' });
    expect(await readdir(keys)).toEqual([]);
  });

  it('creates keys for a new vault', async () => {
    keys = join(deps.dir, 'new-keys');
    const opened = await openLocalDeps({ ...config(), vault: join(deps.dir, 'new-vault') });
    await opened.close();
    expect(await readdir(keys)).toContain('signing-key.pem');
  });

  it('creates no second key for a tenant with backups, also for the next backup or record', async () => {
    await rm(join(keys, `${acme}.key`));
    const again = await next();
    await expect(ensureDigestKey(again, acme)).rejects.toMatchObject({ code: 'no-key' });
    await expect(readManifest(again, key, Body, expected)).rejects.toMatchObject({ code: 'no-key' });
    expect(await readdir(keys)).not.toContain(`${acme}.key`);
  });

  it('reports a different key of the tenant as such, not a damaged vault', async () => {
    await rm(join(keys, `${acme}.key`));
    await writeFile(join(keys, `${acme}.key`), `${'0'.repeat(64)}\n`);
    const error = await readManifest(await next(), key, Body, expected).catch(caught => caught);
    expect(error).toMatchObject({ code: 'wrong-key', details: { object: key } });
    expect(error.hint).toContain('not damaged');
  });

  it('reports the keys of another installation as such', async () => {
    keys = join(deps.dir, 'others');
    const error = await readManifest(await next(), key, Body, expected).catch(caught => caught);
    expect(error.message).toContain('a key that this installation does not have');
    expect(error.hint).toContain('keys directory');
  });

  it('stops a rebuild at a missing or wrong key instead of leaving anything out', async () => {
    await addRun(madeContext(deps), deps, { acme: 1 });
    await rm(join(keys, `${SYSTEM}.key`));
    await expect(rebuildCatalog(await next())).rejects.toMatchObject({ code: 'no-key' });
    await writeFile(join(keys, `${SYSTEM}.key`), `${'0'.repeat(64)}\n`);
    await expect(rebuildCatalog(await next())).rejects.toMatchObject({ code: 'wrong-key' });
  });
});

/** Vaults that earlier versions wrote, as stored copies made by those versions; they are not made again. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { defaultSettings, type Settings } from '../../lib/domain/settings.ts';
import type { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { Context } from '../../lib/operations/context.ts';
import { rebuildCatalog } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import type { TestDatabase } from './postgres.ts';
import { ensurePublication } from './publication.ts';

const Stored = z.object({
  installation: z.string(),
  /** Times, and the tenant's rows then, as in staged-world.ts. */
  moments: z.array(z.object({ time: z.string(), state: z.record(z.string(), z.array(z.string())) })),
  files: z.record(z.string(), z.base64()),
});

export interface StoredVault {
  readonly deps: LocalDeps;
  readonly ctx: Context;
  readonly moments: z.infer<typeof Stored>['moments'];
  dispose(): Promise<void>;
}

/** A copy of the fixture beside the database, with a catalog rebuilt from it. */
export async function storedVault(
  fixture: string,
  db: TestDatabase,
  model: TenantModel,
  settings: Partial<Settings> = {},
): Promise<StoredVault> {
  const path = join(import.meta.dirname, `../fixtures/${fixture}.json`);
  const { files, installation, moments } = Stored.parse(JSON.parse(await readFile(path, 'utf8')));
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-old-vault-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true, mode: 0o700 });
    await writeFile(join(dir, name), Buffer.from(content, 'base64'), { mode: 0o600 });
  }
  const deps = await localDeps({ dir, installation });
  const source = { source: db.source, model, settings: defaultSettings(settings) };
  const ctx: Context = { ...deps, ...source, slot: `s_${db.name}`, publication: 'holdfast' };
  await withConnection(ctx.source, 'test', connection => ensurePublication(ctx, connection));
  const { leftOut } = await rebuildCatalog(ctx);
  if (leftOut.length > 0) throw new Error(`Not listed: ${JSON.stringify(leftOut)}`);
  const dispose = async () => {
    await deps.dispose();
    await rm(dir, { recursive: true, force: true });
  };
  return { deps, ctx, moments, dispose };
}

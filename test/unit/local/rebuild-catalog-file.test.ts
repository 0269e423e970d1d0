/** A catalog that is made anew: whoever reads meanwhile, and whenever it is killed, has the old one or the new one, whole. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rebuildCatalogFile } from '../../../lib/local/rebuild-catalog-file.ts';
import { openSqliteCatalog } from '../../../lib/local/sqlite-catalog.ts';

const MODULE = join(import.meta.dirname, '../../../lib/local/rebuild-catalog-file.ts');
const CATALOG = join(import.meta.dirname, '../../../lib/local/sqlite-catalog.ts');

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rebuild-'));
  path = join(directory, 'catalog.sqlite');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function fill(file: string, value: string): Promise<void> {
  const catalog = openSqliteCatalog(file);
  for (const sort of ['a', 'b']) await catalog.write([{ put: { partition: 'p', sort, value } }]);
  await catalog.close();
}

async function valuesOf(file: string): Promise<unknown[]> {
  const catalog = openSqliteCatalog(file);
  const values = [];
  for await (const { value } of catalog.query('p')) values.push(value);
  await catalog.close();
  return values;
}

it('keeps what was there until the new one is whole, and a copy of it', async () => {
  await fill(path, 'old');
  const reader = openSqliteCatalog(path);
  const item = (await reader.get('p', 'a'))!;
  const { result, kept } = await rebuildCatalogFile(path, `${path}.kept`, async fresh => {
    await fill(fresh, 'half');
    expect(await valuesOf(path)).toEqual(['old', 'old']);
    await fill(fresh, 'new');
    return 7;
  });
  expect(result).toBe(7);
  expect(kept).toBe(`${path}.kept`);
  expect(await valuesOf(path)).toEqual(['new', 'new']);
  expect(await valuesOf(kept!)).toEqual(['old', 'old']);
  // Who had it open sees the new one, and cannot write on the strength of the old one.
  expect((await reader.get('p', 'b'))?.value).toBe('new');
  const stale = { put: { partition: 'p', sort: 'a', value: 'stale' }, onlyIf: { revision: item.revision } };
  await expect(reader.write([stale])).rejects.toMatchObject({ code: 'lost-race' });
  await reader.close();
  await expect(rebuildCatalogFile(path, `${path}.2`, () => Promise.reject(new Error('stopped')))).rejects.toThrow();
  expect(await valuesOf(path)).toEqual(['new', 'new']);
  expect(existsSync(`${path}.2`)).toBe(false);
});

it('makes one where there was none, or a damaged one', async () => {
  const missing = join(directory, 'deeper', 'catalog.sqlite');
  expect((await rebuildCatalogFile(missing, `${missing}.kept`, fresh => fill(fresh, 'new'))).kept).toBeNull();
  expect(await valuesOf(missing)).toEqual(['new', 'new']);
  await writeFile(path, 'this is no catalog, and was one. '.repeat(200));
  const { kept } = await rebuildCatalogFile(path, `${path}.kept`, fresh => fill(fresh, 'new'));
  expect(await valuesOf(path)).toEqual(['new', 'new']);
  expect(existsSync(kept!)).toBe(true);
});

it('refuses a second rebuild, and a killed one leaves everything as it was', async () => {
  await fill(path, 'old');
  const program = `
    import { rebuildCatalogFile } from ${JSON.stringify(MODULE)};
    import { openSqliteCatalog } from ${JSON.stringify(CATALOG)};
    await rebuildCatalogFile(${JSON.stringify(path)}, 'unused', async fresh => {
      await openSqliteCatalog(fresh).write([{ put: { partition: 'p', sort: 'a', value: 'half' } }]);
      console.log('building');
      await new Promise(resolve => setTimeout(resolve, 1e9));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const second = () => rebuildCatalogFile(path, `${path}.kept`, fresh => fill(fresh, 'new'));
  await expect(second()).rejects.toMatchObject({ code: 'rebuild-running', retry: 'auto' });
  expect(await valuesOf(path)).toEqual(['old', 'old']);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await valuesOf(path)).toEqual(['old', 'old']);
  await second();
  expect(await valuesOf(path)).toEqual(['new', 'new']);
  expect((await readdir(directory)).sort()).toEqual([
    'catalog.sqlite',
    'catalog.sqlite.kept',
    'catalog.sqlite.rebuild',
  ]);
});

it('loses nothing that others write meanwhile: it begins again, and gives up where they go on', async () => {
  await fill(path, 'old');
  let builds = 0;
  await rebuildCatalogFile(path, `${path}.1`, async fresh => {
    if (builds++ === 0) await fill(path, 'written meanwhile');
    await fill(fresh, `build ${builds}`);
  });
  expect(await valuesOf(path)).toEqual(['build 2', 'build 2']);
  expect(await valuesOf(`${path}.1`)).toEqual(['written meanwhile', 'written meanwhile']);
  const busy = rebuildCatalogFile(path, `${path}.2`, async fresh => {
    await fill(path, 'written again');
    await fill(fresh, 'new');
  });
  await expect(busy).rejects.toMatchObject({ code: 'catalog-changed', retry: 'auto' });
  expect(await valuesOf(path)).toEqual(['written again', 'written again']);
});

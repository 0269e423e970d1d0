/** The SQLite catalog: the contract, and two concurrent real processes, one of which is killed. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteCatalog } from '../../lib/local/sqlite-catalog.ts';
import { catalogContract } from './catalog.contract.ts';

catalogContract('sqlite-catalog', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-catalog-'));
  const path = join(directory, 'catalog.sqlite');
  const catalog = openSqliteCatalog(path);
  return {
    catalog,
    again: async () => openSqliteCatalog(path),
    dispose: async () => {
      await catalog.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
});

const LIBRARY = new URL('../../lib/local/sqlite-catalog.ts', import.meta.url).href;

function catalogProcess(path: string, script: string) {
  const source = `
    const { openSqliteCatalog } = await import(${JSON.stringify(LIBRARY)});
    const catalog = openSqliteCatalog(${JSON.stringify(path)});
    const say = line => process.stdout.write(line + '\\n');
    ${script}`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('the SQLite catalog between processes', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-catalog-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('loses no update of two processes that increment one item', async () => {
    const path = join(directory, 'count.sqlite');
    const catalog = openSqliteCatalog(path);
    await catalog.write([{ put: { partition: 'p', sort: 'count', value: 0 } }]);
    const script = `let done = 0; while (done < 100) {
      const item = await catalog.get('p', 'count');
      try { await catalog.write([{ put: { partition: 'p', sort: 'count', value: item.value + 1 }, onlyIf: { revision: item.revision } }]); done++; }
      catch (error) { if (error.code !== 'lost-race') { say(error.code ?? error.message); throw error; } } }
      say('done');`;
    const said = await Promise.all(
      [1, 2].map(async () => {
        const lines: string[] = [];
        for await (const line of createInterface({ input: catalogProcess(path, script).stdout })) lines.push(line);
        return lines;
      }),
    );
    expect(said).toEqual([['done'], ['done']]);
    expect(await catalog.get('p', 'count')).toMatchObject({ value: 200, revision: 201 });
    await catalog.close();
  });

  it('keeps every acknowledged write when the process is killed, and each write completely', async () => {
    const path = join(directory, 'killed.sqlite');
    const child = catalogProcess(
      path,
      `for (let n = 0; ; n++) {
         await catalog.write(['a', 'b', 'c'].map(name => ({ put: { partition: 'p', sort: String(n).padStart(6, '0') + name, value: n } })));
         say(String(n)); await new Promise(resolve => setImmediate(resolve)); }`,
    );
    let last = -1;
    for await (const line of createInterface({ input: child.stdout })) {
      last = Number(line);
      if (last === 50) child.kill('SIGKILL');
    }
    const catalog = openSqliteCatalog(path);
    let count = 0;
    for await (const item of catalog.query('p')) {
      expect(item.sort).toBe(String(Math.floor(count / 3)).padStart(6, '0') + 'abc'[count % 3]);
      count++;
    }
    expect(count % 3).toBe(0);
    expect(count / 3).toBeGreaterThan(last);
    await catalog.close();
  });

  it('reports a file that is not a catalog, and a missing directory', async () => {
    await writeFile(join(directory, 'text.sqlite'), 'this is not a database, by no means at all'.repeat(50));
    expect(() => openSqliteCatalog(join(directory, 'text.sqlite'))).toThrow(
      expect.objectContaining({ code: 'catalog-damaged' }),
    );
    expect(() => openSqliteCatalog(join(directory, 'none', 'c.sqlite'))).toThrow(
      expect.objectContaining({ code: 'catalog-unreachable' }),
    );
  });
});

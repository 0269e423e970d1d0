/**
 * Intervals have one notation wherever they are documented: `[from, to)` without the end, or `[from, to]` with it. An
 * interval without its start would leave open which of two neighbours contains the boundary.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const files = ['lib', 'bin', 'lambdas', 'docs']
  .flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(name => join(ROOT, folder, name)),
  )
  .filter(path => /\.(?:ts|md)$/.test(path));

const openAtTheBeginning = (text: string) =>
  text.match(/\(`?[\w.]+`?, `?[\w.]+`?\]|\](?:from|start)\w*, \w+[\])[]/g) ?? [];

it('every interval includes its start', () => {
  expect(openAtTheBeginning('commits in (from, to], or (`from`, `to`]')).toEqual(['(from, to]', '(`from`, `to`]']);
  expect(openAtTheBeginning('commits in [from, to), keys in [a, b], min(a, b)')).toEqual([]);
  const found = files.flatMap(path =>
    openAtTheBeginning(readFileSync(path, 'utf8')).map(text => `${relative(ROOT, path)}: ${text}`),
  );
  expect(found).toEqual([]);
});

/** The command line is one program of a megabyte: the CDK, sixty times as large, must not come with a schema that it reads. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Imports and exports of values, also those that are loaded when they are used. */
const IMPORTED = /(?:^|\n)(?:import|export) (?!type )[^;]*? from '([^']+)'|import\('([^']+)'\)/g;

/** Packages by the files of the repository that import them, from this file on. */
function packagesFrom(entry: string): Map<string, string> {
  const found = new Map<string, string>();
  const seen = new Set<string>();
  const open = [join(ROOT, entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, named, loaded] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
      const from = (named ?? loaded)!;
      if (!from.startsWith('.')) found.set(from, relative(ROOT, file));
      else if (from.endsWith('.ts')) open.push(resolve(dirname(file), from));
    }
  }
  expect(seen.size).toBeGreaterThan(500);
  return found;
}

it('the command line imports nothing of the CDK', () => {
  const packages = packagesFrom('bin/program.ts');
  expect(packages.has('commander')).toBe(true);
  expect([...packages].filter(([name]) => /^(aws-cdk-lib|constructs)(\/|$)/.test(name))).toEqual([]);
});

/**
 * How large a file, a function, a list of parameters and a nesting may be is said in `.oxlintrc.json`, and `npm run lint`
 * fails above it. Files that are above it still are listed there; this holds the list to what is true, so that it can only
 * shrink.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Config {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: Readonly<Record<string, 'off'>> }[];
}

const { $schema: _, ...config } = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as Config & {
  $schema: string;
};

/** `file rule` of everything above a limit, whatever is excepted. */
function above(): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sizes-'));
  try {
    const path = join(folder, 'no-exceptions.json');
    writeFileSync(path, JSON.stringify({ ...config, overrides: [] }));
    const oxlint = join(root, 'node_modules/.bin/oxlint');
    const { stdout } = spawnSync(oxlint, ['-c', path, '--format=json', 'lib', 'bin', 'lambdas'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
    return new Set(diagnostics.map(({ filename, code }) => `${filename} ${/\((.+)\)/.exec(code)?.[1]}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('no file is excepted from a limit that it keeps', () => {
  const excepted = config.overrides.flatMap(({ files, rules }) =>
    files.flatMap(file => Object.keys(rules).map(rule => `${file} ${rule}`)),
  );
  const found = above();
  expect(excepted.filter(entry => !found.has(entry))).toEqual([]);
});

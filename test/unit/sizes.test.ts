/**
 * `.oxlintrc.json` limits files, functions, parameters and nesting, and `npm run lint` fails above these limits. This test
 * holds the numbers, and that there is no exception from them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const json = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const FOLDERS = ['lib', 'bin', 'lambdas', 'tasks'];

describe('sizes', () => {
  it('are limited to 300 lines per file, 60 per function, five parameters and three levels', () => {
    expect(json('.oxlintrc.json').rules).toEqual({
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 60],
      'max-params': ['error', 5],
      'max-depth': ['error', 3],
    });
    expect(json('package.json').scripts.lint).toContain(`oxlint ${FOLDERS.join(' ')}`);
  });

  it('are limited for every file', () => {
    const { overrides, ignorePatterns } = json('.oxlintrc.json');
    // Markup takes lines of its own.
    const markup = { files: ['console/**/*.tsx'], rules: { 'max-lines-per-function': ['error', 120] } };
    expect([...(overrides ?? []), ...(ignorePatterns ?? [])]).toEqual([markup]);
    const excepted = FOLDERS.flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(name => join(folder, name)),
    ).filter(name => name.endsWith('.ts') && /(?:ox|es)lint-disable/.test(readFileSync(join(root, name), 'utf8')));
    expect(excepted).toEqual([]);
  });
});

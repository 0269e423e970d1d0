/** docs/troubleshooting.md names only codes that exist: of errors, of the doctor's findings, of conflicts and notices. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOG } from '../../lib/domain/error-catalog.ts';
import { ConflictCode } from '../../lib/domain/preview.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
const findings = new Set(
  globSync('lib/operations/{model,fleet}/*.ts', { cwd: ROOT }).flatMap(file =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)].map(([, code]) => code!),
  ),
);

/** Code spans of lower-case words with hyphens are codes; options, paths and names of functions are not written so. */
const named = [...page.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, code]) => code!);

describe('the troubleshooting page', () => {
  it('names codes that exist', () => {
    const known = (code: string) => code in ERROR_CATALOG || findings.has(code) || code in ConflictCode.enum;
    expect(named.filter(code => !known(code))).toEqual([]);
  });

  it('leads from many codes', () => {
    expect(new Set(named).size).toBeGreaterThan(50);
  });
});

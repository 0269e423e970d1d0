/** docs/upgrade.md names every stored format, and no other: an upgrade depends on what the code reads. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const formats = (said: string) => [...new Set(said.match(/holdfast\.[a-z-]+\/\d+/g))].sort();

it('the upgrade page lists the formats that the code reads and writes', () => {
  const inCode = formats(globSync('lib/**/*.ts', { cwd: ROOT }).map(text).join('\n'));
  expect(inCode.length).toBeGreaterThan(8);
  expect(formats(text('docs/upgrade.md'))).toEqual(inCode);
});

/** docs/comparison.md states what its dated sources say: each tool has one, and the tests that it names exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/comparison.md'), 'utf8');
const [tools, sources] = page.split('## Sources') as [string, string];
const cited = [...tools.matchAll(/^\| [^|]+ \[(\d+)\] \|/gm)].map(([, number]) => number!);

describe('the comparison', () => {
  it('cites a source for every other tool, and no source twice', () => {
    const rows = [...tools.matchAll(/^\| (?!tool|---|Holdfast)([A-Z_a-z].*?) \|/gm)].map(([, name]) => name!);
    expect(rows.length).toBeGreaterThan(8);
    expect(rows.filter(name => !/\[\d+\]$/.test(name) && !name.includes('.'))).toEqual([]);
    expect(new Set(cited).size).toBe(cited.length);
  });

  it('dates every source, with its address', () => {
    for (const number of cited) {
      const row = new RegExp(`^\\| ${number} \\| .*$`, 'm').exec(sources)?.[0] ?? '';
      expect(row, number).toMatch(/\]\(https?:\/\//);
      expect(row, number).toMatch(/20\d\d-\d\d-\d\d \|$/);
    }
  });

  it('names tests that exist', () => {
    const tests = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!);
    expect(tests.length).toBeGreaterThan(3);
    for (const path of tests) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});

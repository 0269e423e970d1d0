/** The pages for newcomers name only what exists: decisions, invariants and their tests. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the index of decisions', () => {
  const pages = readdirSync(join(root, 'docs/decisions')).filter(name => /^\d{4}-/.test(name));
  const index = read('docs/decisions/README.md');

  it('lists every page once, in order', () => {
    const listed = [...index.matchAll(/^\| (\d+) \| \[.*\]\((.*)\) \|/gm)].map(([, number, page]) => ({
      number,
      page,
    }));
    expect(listed.map(({ page }) => page)).toEqual(pages);
    expect(listed.map(({ number }) => number)).toEqual(pages.map(page => String(Number(page.slice(0, 4)))));
  });

  it.each(pages)('%s starts with its number and fits on a screen', page => {
    const text = read(`docs/decisions/${page}`);
    expect(text).toMatch(new RegExp(`^# ${Number(page.slice(0, 4))}\\. \\S`));
    expect(text.split('\n').length).toBeLessThanOrEqual(60);
  });
});

describe('the architecture page', () => {
  const rows = [...read('docs/architecture.md').matchAll(/^\| ([RP]\d+) \| (.*) \| (.*) \|$/gm)];

  it('gives every invariant a unique number', () => {
    const numbers = rows.map(([, number]) => number!);
    expect(numbers).not.toEqual([]);
    expect([...new Set(numbers)]).toEqual(numbers);
  });

  it.each(rows.map(([, number, , tests]) => [number!, tests!]))('%s names tests that exist', (_, tests) => {
    const named = [...tests.matchAll(/`(test\/[^`]+)`/g)].map(match => match[1]!);
    expect(named).not.toEqual([]);
    for (const path of named) expect(existsSync(join(root, path)), path).toBe(true);
  });

  it('names every room of the operations', () => {
    const rooms = readdirSync(join(root, 'lib/operations'), { withFileTypes: true }).filter(entry =>
      entry.isDirectory(),
    );
    for (const room of rooms) expect(read('docs/architecture.md')).toContain(`| \`${room.name}/\` |`);
  });
});

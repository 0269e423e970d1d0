/**
 * Links and commands in the docs are valid: relative links lead to files, and the command line accepts the commands.
 * The program itself parses them, with actions that do nothing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsIn, refusal } from '../support/quoted-commands.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = [
  join(ROOT, 'README.md'),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join(ROOT, 'docs', name)),
];

const named = PAGES.map(page => [relative(ROOT, page), page] as const);

describe('the links', () => {
  it.each(named)('of %s lead to files that exist', (_, page) => {
    expect(brokenLinks(readFileSync(page, 'utf8'), page)).toEqual([]);
  });

  it('are reported if they are broken', () => {
    expect(brokenLinks('[a](nowhere.md) [b](README.md#part) [c](https://example.com)', PAGES[0]!)).toEqual([
      'nowhere.md',
    ]);
  });
});

describe('the commands', () => {
  it.each(named)('in %s are accepted by the command line', async (_, page) => {
    const refused: string[] = [];
    for (const command of commandsIn(readFileSync(page, 'utf8'))) {
      const why = await refusal(command);
      if (why !== undefined) refused.push(`${command}: ${why}`);
    }
    expect(refused).toEqual([]);
  });

  it('are found in fences, in code spans, after a prompt and with quotes', () => {
    const text =
      'Run `holdfast status`.\n\n    $ npx holdfast diff a --to "2 h ago"   # why\n    npx holdfast ship | head\n';
    expect(commandsIn(text)).toEqual(['status', 'diff a --to "2 h ago"', 'ship']);
  });

  it('that do not exist are refused, as are unknown options and missing arguments', async () => {
    for (const wrong of ['backup', 'status --nope', 'timeline', 'catalog rebuilt', 'diff acme --too x']) {
      expect(await refusal(wrong), wrong).toBeDefined();
    }
    expect(await refusal("--profile prod restore acme --to '2 h ago'")).toBeUndefined();
  });

  it('are many: the pages are really read', () => {
    expect(PAGES.flatMap(page => commandsIn(readFileSync(page, 'utf8'))).length).toBeGreaterThan(40);
  });
});

function brokenLinks(text: string, page: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(match => match[1]!)
    .filter(link => !/^([a-z]+:|#)/.test(link))
    .filter(link => !existsSync(resolve(dirname(page), link.replace(/#.*$/, ''))));
}

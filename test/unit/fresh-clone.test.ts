import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>;
};

/**
 * Set-up brings its own Node.js. A shell that has run `node` once (dash is one) goes on with the one it found, which on
 * a fresh clone is the machine's: too old for TypeScript. So what follows set-up is found by a shell of its own.
 */
it.each(Object.entries(scripts).filter(([, script]) => script.startsWith('node bin/setup.mjs')))(
  "npm run %s leaves the machine's Node.js behind once set-up is done",
  (_, script) => {
    const [, ...after] = script.split(' && ');
    expect(after.filter(command => command.startsWith('node '))).toEqual([]);
  },
);

it('CONTRIBUTING.md names every tier of the tests', () => {
  const page = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
  const tiers = Object.keys(scripts).filter(name => name.startsWith('test:'));
  expect(tiers.length).toBeGreaterThan(3);
  expect(tiers.filter(name => !page.includes(`npm run ${name}`))).toEqual([]);
});

/**
 * Names can be searched for: an exported name means one thing in the entire tree, and a function of the deployment has
 * the name of the operation that it calls.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const DECLARATION =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|const|let|class|interface|type|enum)\s+([\w$]+)/gm;

const files = ['lib', 'bin', 'lambdas', 'tasks'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name)),
);
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

describe('an exported name', () => {
  it('means one thing', () => {
    const declared = new Map<string, Set<string>>();
    for (const file of files) {
      for (const [, name] of textOf(file).matchAll(DECLARATION)) {
        // Lambda calls each function's module by this name.
        if (name === 'handler' && file.startsWith('lambdas/')) continue;
        declared.set(name!, (declared.get(name!) ?? new Set()).add(file));
      }
    }
    expect(declared.size).toBeGreaterThan(500);
    const twice = [...declared].filter(([, places]) => places.size > 1).map(([name, places]) => [name, ...places]);
    expect(twice).toEqual([]);
  });
});

describe('a function of the deployment', () => {
  const functions = files.filter(file => file.startsWith('lambdas/'));

  it('imports the operation of the same name', () => {
    const others = functions.filter(file => {
      const stem = basename(file, '.ts');
      // A step of the request path carries out a kind of action: place-hold.ts imports place-hold-kind.ts; an operation
      // that takes several calls, its step. What uses none of
      // the installation's ports is no operation, and lies in lib/runtime.
      const namesake = `from '\\.\\./lib/(?:operations/(?:[\\w-]+/)*|runtime/)${stem}(?:-kind|-step)?\\.ts'`;
      return !new RegExp(namesake).test(textOf(file));
    });
    expect(functions.length).toBeGreaterThan(20);
    expect(others).toEqual([]);
  });
});

/** A unified diff gives the second text when it is applied to the first, and never has a line that is to stay hidden. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../lib/domain/unified-diff.ts';

/** Few different lines, so that they repeat; the last one with or without its end. */
const texts = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c', '', '# d', '-e', '+f'), { maxLength: 14 }), fc.boolean())
  .map(([lines, ends]) => (lines.length === 0 ? '' : lines.join('\n') + (ends ? '\n' : '')));

/** Applies it as `patch` does, by the numbers of the hunks alone. */
function applied(before: string, diff: string): string {
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  const body = diff.split('\n').slice(2, -1);
  for (let index = 0; index < body.length; ) {
    const [, from, length] = /^@@ -(\d+),(\d+) /.exec(body[index++]!)!;
    const begin = Number(length) === 0 ? Number(from) : Number(from) - 1;
    while (at < begin) result.push(lines[at++]!);
    for (; index < body.length && !body[index]!.startsWith('@@'); index++) {
      const line = body[index]!;
      const isLast = body[index + 1]?.startsWith('\\') === true;
      const text = line.slice(1) + (isLast ? '' : '\n');
      if (line.startsWith('\\')) continue;
      if (!line.startsWith('+')) expect(lines[at++]).toBe(text);
      if (!line.startsWith('-')) result.push(text);
    }
  }
  return [...result, ...lines.slice(at)].join('');
}

describe('a unified diff', () => {
  it('gives the second text when it is applied to the first', () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const diff = unifiedDiff({ name: 'file', before, after })!;
        expect(diff === '').toBe(before === after);
        expect(applied(before, diff)).toBe(after);
      }),
    );
  });

  it('has no hidden line, and is refused where one changes', () => {
    const isHidden = (line: string) => line.startsWith('a');
    const hidden = (text: string) => (text.match(/^a\n?/gm) ?? []).length;
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const diff = unifiedDiff({ name: 'file', before, after, isHidden });
        if (diff === undefined) return;
        expect(diff).not.toMatch(/^[ +-]a/m);
        expect(hidden(after)).toBe(hidden(before));
        expect(applied(before, diff)).toBe(after);
      }),
    );
  });

  it('is what git applies', () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-diff-'));
    try {
      const before = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n';
      const after = 'zero\none\ntwo\nthree\nfour\nFIVE\nsix\nseven\neight\nnine\nten';
      writeFileSync(join(directory, 'file'), before);
      const diff = unifiedDiff({ name: 'file', before, after })!;
      execFileSync('git', ['apply', '-'], { cwd: directory, input: diff });
      expect(readFileSync(join(directory, 'file'), 'utf8')).toBe(after);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

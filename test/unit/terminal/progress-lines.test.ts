/** Progress as lines: for people with the duration of each step, for programs as one document per event. */
import { expect, it } from 'vitest';
import { jsonProgress, verboseLines } from '../../../bin/terminal/progress-lines.ts';
import { PLAIN } from '../../../bin/terminal/style.ts';

/** Milliseconds, advanced by hand. */
function clock() {
  let now = 0;
  return { elapsed: () => now, advance: (ms: number) => (now += ms) };
}

it('shows each step once, how far a long one is, and how long it took', () => {
  const { elapsed, advance } = clock();
  let text = '';
  const line = verboseLines({ style: PLAIN, elapsed, write: part => (text += part) });
  line.show({ step: 'plan', message: 'Planning' });
  advance(1200);
  line.show({ step: 'stage', message: 'Staging', done: 0, total: 100, unit: 'rows' });
  advance(1000);
  line.show({ step: 'stage', message: 'Staging', done: 10, total: 100, unit: 'rows' });
  advance(5000);
  line.show({ step: 'stage', message: 'Staging', done: 60, total: 100, unit: 'rows' });
  advance(4000);
  line.clear();
  line.clear();
  const lines = text.trimEnd().split('\n');
  expect(lines.map(each => each.replace(/^━+ {2}/, ''))).toEqual([
    'Planning',
    'plan: 1.2 s',
    'Staging',
    expect.stringMatching(/^60 % {2}Staging {2}60 of 100/),
    'stage: 10.0 s',
  ]);
});

it('writes JSON lines, the first of a step always, the others not too often', () => {
  const { elapsed, advance } = clock();
  const lines: unknown[] = [];
  const progress = jsonProgress({ elapsed, write: part => lines.push(JSON.parse(part)) });
  for (const done of [0, 1, 2, 3]) {
    progress.show({ step: 'ship', message: 'Shipping', done });
    advance(40);
  }
  progress.show({ step: 'fold', message: 'Compacting' });
  expect(lines).toEqual([
    { progress: { step: 'ship', message: 'Shipping', done: 0 } },
    { progress: { step: 'ship', message: 'Shipping', done: 3 } },
    { progress: { step: 'fold', message: 'Compacting' } },
  ]);
});

import { expect, test } from 'vitest';
import { askQuestions, askTenant } from '../../../bin/terminal/ask-questions.ts';
import { PLAIN } from '../../../bin/terminal/style.ts';
import type { ModelQuestion } from '../../../lib/domain/model-questions.ts';

const question = (pattern: string, more: Partial<ModelQuestion> = {}): ModelQuestion => ({
  ...{ pattern, question: `About ${pattern}?`, rows: 0, protected: false },
  tables: [{ table: `public.${pattern}`, rows: 0, question: `About ${pattern}?`, pattern }],
  answers: [
    { answer: 'shared', meaning: 'of no tenant' },
    { answer: 'excluded', meaning: 'left out' },
  ],
  ...more,
});

/** A person who types these lines and then interrupts. */
function person(...lines: string[]) {
  const output: string[] = [];
  const ask = async (prompt: string) => {
    output.push(prompt);
    return lines.shift();
  };
  return { style: PLAIN, columns: 80, say: (text: string) => void output.push(text), ask };
}

const open = (questions: ModelQuestion[]) => (answers: Readonly<Record<string, string>>) =>
  questions.filter(each => answers[each.pattern] === undefined);

test('each question is answered by number or word, an invalid answer is asked again, and the end differs from a stop', async () => {
  const asked = await askQuestions(person('2', 'maybe', 'shared'), open([question('a'), question('b')]));
  expect(asked).toEqual({ answers: { a: 'excluded', b: 'shared' }, stopped: false });
});

test('an interruption or stop keeps the answers so far; a skipped question is not asked again', async () => {
  const questions = open([question('a'), question('b'), question('c')]);
  expect(await askQuestions(person('1'), questions)).toEqual({ answers: { a: 'shared' }, stopped: true });
  expect(await askQuestions(person('s', 'q'), questions)).toEqual({ answers: {}, stopped: true });
  expect(await askQuestions(person('s', '1', 's'), questions)).toEqual({ answers: { b: 'shared' }, stopped: false });
});

test('a combined question can be asked one by one', async () => {
  const parts = [question('referred:x'), question('referred:y')];
  const one = question('referred:*', { parts });
  const next = (answers: Readonly<Record<string, string>>) => (Object.keys(answers).length < 2 ? [one] : []);
  const asked = await askQuestions(person('o', '1', '2'), next);
  expect(asked.answers).toEqual({ 'referred:x': 'shared', 'referred:y': 'excluded' });
});

test('the tenant table is asked for until one of the choices is given', async () => {
  const tables = ['public.orgs', 'public.users'];
  expect(await askTenant(person('7', '1'), 'Which?', tables)).toBe('public.orgs');
  expect(await askTenant(person('public.users'), 'Which?', tables)).toBe('public.users');
  expect(await askTenant(person(), 'Which?', tables)).toBeUndefined();
});

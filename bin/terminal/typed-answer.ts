/** Questions while a command runs: on standard error, so that standard output contains only the result. */
import { createInterface } from 'node:readline/promises';
import { InputError } from '../../lib/domain/errors.ts';

/** InputError `not-confirmed` where the answer is no, `interrupted` where there is none (Ctrl-C, end of input). */
export async function confirmed(question: string): Promise<void> {
  const answer = await typedLine(`${question} [y/N] `);
  if (answer === undefined) {
    process.stderr.write('\n');
    throw new InputError('interrupted', 'Interrupted at the question; nothing was changed.', {
      hint: 'Run the command again, and answer y to continue.',
    });
  }
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new InputError('not-confirmed', 'Nothing was changed.', { hint: 'Answer y to continue.' });
  }
}

/** Reads a typed line; undefined if the person interrupts. */
export async function typedLine(prompt: string): Promise<string | undefined> {
  const line = createInterface({ input: process.stdin, output: process.stderr });
  const interrupted = new Promise<undefined>(resolve => {
    line.once('SIGINT', () => resolve(undefined));
    line.once('close', () => resolve(undefined));
  });
  const answer = line.question(prompt).catch(() => undefined);
  return Promise.race([answer, interrupted]).finally(() => line.close());
}

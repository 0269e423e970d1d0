/**
 * Asks the open questions about the tenant model, one pattern at a time, most rows first. Answers given before the person
 * stops are kept; each answer may settle further questions.
 */
import type { ModelQuestion } from '../../lib/domain/model-questions.ts';
import { renderQuestion } from './discovery-text.ts';
import type { Style } from './style.ts';

export interface Conversation {
  readonly style: Style;
  readonly columns: number;
  say(text: string): void;
  /** Undefined if the person interrupts (Ctrl-C, Ctrl-D). */
  ask(prompt: string): Promise<string | undefined>;
}

/** `next`: the questions that are open after these answers. Returns the answers, and whether the person stopped early. */
export async function askQuestions(
  { style, columns, say, ask }: Conversation,
  next: (answers: Readonly<Record<string, string>>) => readonly ModelQuestion[],
): Promise<{ answers: Record<string, string>; stopped: boolean }> {
  const answers: Record<string, string> = {};
  const skipped = new Set<string>();
  const apart = new Set<string>();
  for (;;) {
    const open = next(answers)
      .flatMap(question => (apart.has(question.pattern) ? question.parts! : [question]))
      .filter(question => !skipped.has(question.pattern) && question.answers.length > 0);
    const [question] = open;
    if (!question) return { answers, stopped: false };
    say(renderQuestion(question, style, columns));
    const choices = question.answers.map(({ answer }, i) => `${i + 1} ${answer}`).join(', ');
    const each = question.parts ? ', o one by one' : '';
    const given = await ask(`  ${choices}${each}; s skip, q stop (${open.length} left): `);
    if (given === undefined || given.trim() === 'q') return { answers, stopped: true };
    const word = given.trim();
    const answer =
      question.answers[Number(word) - 1]?.answer ?? question.answers.find(each => each.answer === word)?.answer;
    if (answer !== undefined) answers[question.pattern] = answer;
    else if (word === 'o' && question.parts) apart.add(question.pattern);
    else if (word === 's') skipped.add(question.pattern);
    else say(style.warn('  Answer with a number, the answer itself, s or q.\n'));
    // A question whose answer settles nothing yet (its table leads to another undecided one) is not asked again.
    const left = next(answers).flatMap(each => [each, ...(each.parts ?? [])]);
    if (answer !== undefined && left.some(each => each.pattern === question.pattern)) skipped.add(question.pattern);
  }
}

/** Asks which of the error's candidates is the tenant table. Undefined if the person stops. */
export async function askTenant(
  { say, ask }: Conversation,
  message: string,
  tables: readonly string[],
): Promise<string | undefined> {
  say(message);
  for (;;) {
    const choices = tables.map((table, i) => `${i + 1} ${table}`).join(', ');
    const given = await ask(`  ${choices}; q stop: `);
    if (given === undefined || given.trim() === 'q') return undefined;
    const table = tables[Number(given.trim()) - 1] ?? tables.find(each => each === given.trim());
    if (table !== undefined) return table;
  }
}

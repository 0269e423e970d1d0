/** How `discover` shows a proposed tenant model and its questions: grouped by pattern, with counts. */
import type { ModelQuality } from '../../lib/domain/model-quality.ts';
import type { ModelQuestion } from '../../lib/domain/model-questions.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import type { ModelTable } from '../../lib/domain/tenant-model.ts';
import type { Discovery } from '../../lib/operations/model/discover-model.ts';
import { count, plural, printable } from './format.ts';
import { PLAIN, type Style, width } from './style.ts';
import { renderTable } from './table.ts';
import { wrap } from './wrap.ts';

const KINDS: readonly ModelTable['kind'][] = ['root', 'direct', 'via', 'undecided', 'shared', 'excluded'];

/** Questions shown in full; the rest by their patterns. */
const SHOWN = 12;
const SHOWN_ASSUMPTIONS = 8;

export function renderDiscovery(
  { model, added, questions, quality }: Discovery,
  file: string,
  hadModel: boolean,
  style: Style = PLAIN,
  columns = 100,
): string {
  const sorted = KINDS.flatMap(kind => model.tables.filter(table => table.kind === kind));
  const fresh = new Set(hadModel ? added.map(table => table.table) : []);
  const cells = sorted.map(table => [
    `${printable(table.table)}${fresh.has(table.table) ? style.good(' new') : ''}`,
    paintKind(table.kind, style),
    style.dim(table.component),
  ]);
  const taken = [0, 1, 2].reduce((sum, i) => sum + 2 + Math.max(9, ...cells.map(row => width(row[i]!))), 2);
  const room = Math.max(24, columns - taken);
  const rows = cells.map((row, i) => [...row, style.dim(printable(reasonOf(sorted[i]!), room))]);
  const summary = KINDS.map(kind => ({ kind, number: model.tables.filter(table => table.kind === kind).length }))
    .filter(({ number }) => number > 0)
    .map(({ kind, number }) => `${number} ${kind}`)
    .join(', ');
  const head = hadModel
    ? `${plural(added.length, 'entry', 'entries')} new or changed in the reviewed model: ${summary}.\n`
    : `${style.good('Found')} ${plural(model.tables.length, 'table')}: ${summary}.\n`;
  const heads = [{ head: 'table' }, { head: 'kind' }, { head: 'component' }, { head: 'why' }];
  const asked = questions.length === 0 ? '' : `\n${renderQuestions(questions, style, columns)}`;
  const next =
    questions.length === 0
      ? wrap(`Written to ${style.bold(file)}. Review it and commit it, then:`, columns)
      : `Written to ${style.bold(file)}. ${wrap('Answer the questions, review the file and commit it, then:', columns)}`;
  return `${head}\n${renderTable(heads, rows, { style })}\n${renderQuality(quality, style, columns)}${asked}\n${next}\n  ${style.bold('holdfast doctor')}\n`;
}

/** What a reviewer should look at first. */
function renderQuality({ score, assumed, open, assumptions }: ModelQuality, style: Style, columns: number): string {
  const parts = [
    ...(assumed > 0 ? [plural(assumed, 'assumption')] : []),
    ...(open > 0 ? [`${plural(open, 'table')} with an open question`] : []),
  ];
  const found = parts.length === 0 ? 'every entry is proved by declarations of the database' : parts.join(', ');
  const shown = assumptions.slice(0, SHOWN_ASSUMPTIONS);
  const lines = shown.map(
    ({ table, assumed: what }) => `${wrap(`${printable(table)}: ${printable(what)}`, columns, '    ')}\n`,
  );
  const left = assumptions.length - shown.length;
  const more = left > 0 ? `    ${style.dim(`… and ${left} more (--json lists them)`)}\n` : '';
  return `${wrap(`${style.bold(`Model quality ${score} of 100`)}: ${found}.`, columns, '  ')}\n${lines.join('')}${more}`;
}

function renderQuestions(questions: readonly ModelQuestion[], style: Style, columns: number): string {
  const tables = questions.reduce((sum, question) => sum + question.tables.length, 0);
  const shown = questions.slice(0, SHOWN).map(question => renderQuestion(question, style, columns));
  const rest = questions
    .slice(SHOWN)
    .map(({ pattern, tables }) => `  ${pattern} (${plural(tables.length, 'table')})\n`);
  const more = rest.length === 0 ? '' : `  ${style.dim(`And ${rest.length} more:`)}\n${rest.join('')}\n`;
  const example = questions.find(question => question.answers.length > 0);
  const one = example && `${example.pattern}=${example.answers.at(example.protected ? 0 : -2)?.answer}`;
  const how = one
    ? `  Answer in the terminal:  ${style.bold('holdfast discover --interactive')}\n  or by pattern; * matches anything:\n    ${style.bold(`holdfast discover --answer ${shellWord(one)}`)}\n  or in the file, under answers; then run discover again.\n`
    : '';
  const head = style.warn(`${plural(questions.length, 'open question')} about ${plural(tables, 'table')}`);
  return `${head}\n\n${shown.join('\n')}\n${more}${how}`;
}

/** A question with its tables, the one with the most rows first, and the possible answers. */
export function renderQuestion(question: ModelQuestion, style: Style, columns: number): string {
  const { pattern, tables, rows, answers } = question;
  const counts = `${plural(tables.length, 'table')}${rows > 0 ? `, about ${plural(rows, 'row')}` : ''}`;
  const named = tables.slice(0, 6).map(({ table, rows: n }) => `${printable(table)}${n > 0 ? ` (${count(n)})` : ''}`);
  const more = tables.length > 6 ? `, and ${tables.length - 6} more` : '';
  const widest = Math.max(0, ...answers.map(({ answer }) => width(answer)));
  const choices = answers.map(
    ({ answer, meaning }) =>
      `    ${style.accent(printable(answer).padEnd(widest))}  ${style.dim(printable(meaning))}\n`,
  );
  const meanwhile = question.protected
    ? 'Until then they are backed up as proposed.'
    : 'Until then they are not backed up.';
  return [
    `  ${style.warn('?')} ${style.bold(printable(pattern))}  ${style.dim(counts)}\n`,
    `${wrap(printable(question.question), columns, '    ')}\n`,
    `${style.dim(wrap(`${named.join(', ')}${more}. ${meanwhile}`, columns, '    '))}\n`,
    ...choices,
  ].join('');
}

function reasonOf(table: ModelTable): string {
  if (table.kind === 'undecided') return table.pattern === undefined ? 'undecided' : `see ${table.pattern}`;
  return table.kind === 'excluded' ? table.reason : (table.why ?? '');
}

function paintKind(kind: ModelTable['kind'], style: Style): string {
  if (kind === 'undecided') return style.warn(kind);
  if (kind === 'shared' || kind === 'excluded') return style.dim(kind);
  return kind === 'via' ? style.accent(kind) : style.good(kind);
}

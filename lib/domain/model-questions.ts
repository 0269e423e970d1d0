/**
 * Questions about the tenant model, grouped by pattern, and their answers. An answer to a pattern (`*` matches
 * anything) applies to every table of it, also to tables created later.
 */
import type { Asked } from './owned-entry.ts';
import type { TableName } from './table-schema.ts';
import type { Membership, ModelTable } from './tenant-model.ts';

export interface ModelQuestion {
  readonly pattern: string;
  readonly question: string;
  /** The one with the most rows first. */
  readonly tables: readonly AskedTable[];
  readonly rows: number;
  readonly answers: readonly { readonly answer: string; readonly meaning: string }[];
  /** True if the tables are backed up as proposed until the answer; otherwise they are not backed up. */
  readonly protected: boolean;
  /** The single patterns, if several of one kind are merged. */
  readonly parts?: readonly ModelQuestion[];
}

export interface AskedTable {
  readonly table: TableName;
  readonly rows: number;
  readonly question: string;
  readonly pattern: string;
}

/** Kinds with patterns that are merged from this number on: their answers are the same. */
const TOGETHER = ['referred', 'large'];
const MANY = 3;

export function groupQuestions(
  asked: ReadonlyMap<TableName, Asked<ModelTable>>,
  rows: ReadonlyMap<TableName, number>,
): ModelQuestion[] {
  const groups = Map.groupBy(asked, ([, { pattern }]) => pattern);
  const questions = [...groups].map(([pattern, members]): ModelQuestion => {
    const tables = members
      .map(([table, { question }]): AskedTable => ({ table, rows: rows.get(table) ?? 0, question, pattern }))
      .sort((a, b) => Number(isFollower(a.question)) - Number(isFollower(b.question)) || b.rows - a.rows);
    return {
      pattern,
      question: tables[0]!.question,
      tables,
      rows: tables.reduce((sum, table) => sum + table.rows, 0),
      answers: answersOf(members.map(([, each]) => each)),
      protected: members.every(([, { entry }]) => entry.kind !== 'undecided'),
    };
  });
  return mostRowsFirst(TOGETHER.reduce(together, questions));
}

function together(questions: ModelQuestion[], kind: string): ModelQuestion[] {
  const parts = mostRowsFirst(questions.filter(question => question.pattern.startsWith(`${kind}:`)));
  if (parts.length < MANY) return questions;
  const one: ModelQuestion = {
    ...parts[0]!,
    pattern: `${kind}:*`,
    tables: parts.flatMap(part => part.tables),
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    parts,
  };
  return [...questions.filter(question => !parts.includes(question)), one];
}

function mostRowsFirst(questions: ModelQuestion[]): ModelQuestion[] {
  return questions.sort(
    (a, b) => b.rows - a.rows || b.tables.length - a.tables.length || (a.pattern < b.pattern ? -1 : 1),
  );
}

/** The given answer: to the exact pattern before one with `*`. */
export function answerFor(pattern: string, answers: Readonly<Record<string, string>>): string | undefined {
  if (Object.hasOwn(answers, pattern)) return answers[pattern];
  return Object.entries(answers).find(([given]) => given.includes('*') && matchesPattern(given, pattern))?.[1];
}

export function matchesPattern(given: string, pattern: string): boolean {
  const parts = given.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(pattern);
}

/**
 * The entry that the answer gives the table; undefined if it does not apply. `!column` is the only other path,
 * `proposed` the current entry.
 */
export function answeredEntry(
  { entry, options, pattern, members }: Asked<ModelTable>,
  answer: string,
): ModelTable | undefined {
  const { table, component } = entry;
  const why = `From the answer to ${pattern}.`;
  if (answer === 'shared') return { kind: 'shared', table, component, why };
  if (answer === MEMBERS)
    return members && { kind: 'shared', table, component, members, why: `${why} ${membersMeaning(members)}` };
  if (answer === 'excluded') return { kind: 'excluded', table, component, reason: why };
  if (answer === 'proposed') return entry.kind === 'undecided' ? undefined : entry;
  if (!answer.startsWith('!')) return options.get(answer) ?? undefined;
  const others = [...options].filter(([column]) => column !== answer.slice(1));
  return others.length === 1 && options.has(answer.slice(1)) ? (others[0]![1] ?? undefined) : undefined;
}

/** The answer that accounts of tenants' members are just that. */
const MEMBERS = 'members';

function membersMeaning({ table }: Membership): string {
  return `Shared with members, through ${table}: neither exported nor restored; a restored membership needs its account.`;
}

function isFollower(question: string): boolean {
  return question.startsWith('Leads only to ');
}

function answersOf(members: readonly Asked<ModelTable>[]): ModelQuestion['answers'] {
  const columns = new Set(members.flatMap(({ options }) => [...options.keys()]));
  const ways = [...columns].map(answer => ({ answer, meaning: meaningOf(answer, members) }));
  if (members.every(({ entry }) => entry.kind !== 'undecided')) return ways;
  const joined = members.find(each => each.members)?.members;
  return [
    ...ways,
    ...(joined ? [{ answer: MEMBERS, meaning: membersMeaning(joined) }] : []),
    { answer: 'shared', meaning: 'the rows belong to no tenant: neither exported nor restored' },
    { answer: 'excluded', meaning: 'deliberately excluded' },
  ];
}

function meaningOf(answer: string, members: readonly Asked<ModelTable>[]): string {
  const option = members.map(({ options }) => options.get(answer)).find(found => found);
  if (option?.kind === 'root') return 'it is';
  if (option?.kind === 'via') return `the tenant is that of the row in ${option.path[0]!.references}`;
  return option ? 'the column contains the tenant' : 'decided with the table that it leads to';
}

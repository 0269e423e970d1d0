/**
 * What a person chose on the page of a restore, as the address has it: whoever opens the address sees the same choices.
 * Pure. Invariant: reading what was written gives the same choices.
 */

export const WAYS = ['moment', 'transactions', 'undo'] as const;
export type Way = (typeof WAYS)[number];
export const MODES = ['exact', 'missing-only', 'merge'] as const;
type Mode = (typeof MODES)[number];

export interface Choices {
  readonly way: Way;
  readonly to: string;
  readonly transactions: string;
  readonly context: string;
  readonly restore: string;
  /** The undo also takes back what was written since. */
  readonly exact: boolean;
  readonly mode: Mode;
  readonly keep: string;
  readonly tables: readonly string[];
  readonly exclude: readonly string[];
  readonly rows: string;
  readonly keys: string;
  readonly columns: string;
  readonly withChildren: boolean;
  readonly overwrite: boolean;
}

/** Names of the search parameters. */
const TEXTS = {
  to: 'to',
  context: 'context',
  restore: 'undo',
  rows: 'rows',
  keys: 'keys',
  columns: 'columns',
} as const;
const FLAGS = { exact: 'exact', withChildren: 'children', overwrite: 'overwrite' } as const;

export function choicesIn(search: URLSearchParams): Choices {
  const text = (name: string) => search.get(name) ?? '';
  const way = WAYS.find(each => each === search.get('way'));
  return {
    way:
      way ??
      (search.has('undo') ? 'undo' : search.has('transaction') || search.has('context') ? 'transactions' : 'moment'),
    transactions: search.getAll('transaction').join(' '),
    mode: MODES.find(each => each === search.get('mode')) ?? 'exact',
    keep: search.getAll('keep').join(' '),
    ...{ tables: search.getAll('table'), exclude: search.getAll('exclude') },
    ...(mapped(TEXTS, text) as Record<keyof typeof TEXTS, string>),
    ...(mapped(FLAGS, name => search.has(name)) as Record<keyof typeof FLAGS, boolean>),
  };
}

export function searchOf(choices: Choices): URLSearchParams {
  const search = new URLSearchParams();
  search.set('way', choices.way);
  for (const [key, name] of Object.entries(TEXTS)) {
    const value = choices[key as keyof typeof TEXTS];
    if (value !== '') search.set(name, value);
  }
  for (const [key, name] of Object.entries(FLAGS)) if (choices[key as keyof typeof FLAGS]) search.set(name, '');
  for (const word of wordsOf(choices.transactions)) search.append('transaction', word);
  for (const word of wordsOf(choices.keep)) search.append('keep', word);
  for (const table of choices.tables) search.append('table', table);
  for (const table of choices.exclude) search.append('exclude', table);
  if (choices.mode !== 'exact') search.set('mode', choices.mode);
  return search;
}

/** Of a request for a restore, as a preview shows it. */
interface AskedFor {
  readonly target: string;
  readonly mode?: string | undefined;
  readonly tables?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly undoes?: string | undefined;
  readonly reverts?: { readonly only?: readonly string[]; readonly except?: readonly string[] } | undefined;
  readonly rows?: Readonly<Record<string, string>> | undefined;
  readonly keys?: Readonly<Record<string, readonly (readonly string[])[]>> | undefined;
  readonly columns?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly withChildren?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
}

/** The choices that lead to this request. */
export function choicesOf(request: AskedFor): Choices {
  const { target, mode, tables = [], exclude = [], undoes, reverts, rows = {}, keys = {}, columns = {} } = request;
  const [byKeys] = Object.values(keys);
  return {
    way: undoes !== undefined ? 'undo' : reverts?.only ? 'transactions' : 'moment',
    to: undoes !== undefined || reverts?.only ? '' : target,
    ...{ transactions: (reverts?.only ?? []).join(' '), context: '', restore: undoes ?? '', exact: false },
    mode: MODES.find(each => each === mode && !reverts?.only) ?? 'exact',
    keep: (reverts?.except ?? []).join(' '),
    tables: [...new Set([...tables, ...[rows, keys, columns].flatMap(each => Object.keys(each))])],
    ...{ exclude, rows: Object.values(rows).join(' '), keys: byKeys === undefined ? '' : JSON.stringify(byKeys) },
    columns: Object.values(columns).flat().join(' '),
    ...{ withChildren: request.withChildren === true, overwrite: request.overwrite === true },
  };
}

/** The body of the request for a preview. Throws an Error in words for what cannot be sent. */
export function bodyOf(choices: Choices) {
  const { way, tables, exclude, withChildren } = choices;
  const common = { tables: [...tables], exclude: [...exclude], ...rowsOf(choices) };
  if (way === 'undo') return { undo: { restore: choices.restore.trim(), exact: choices.exact } };
  const { overwrite } = choices;
  if (way === 'transactions') {
    const context = choices.context.trim();
    const revert = { transactions: wordsOf(choices.transactions), ...(context !== '' && { context }) };
    return { ...common, overwrite, revert };
  }
  const { mode } = choices;
  const merge = mode === 'merge' && { keep: wordsOf(choices.keep), overwrite };
  const columns = wordsOf(choices.columns);
  const byColumn = columns.length > 0 && { columns: { [oneTable(choices)]: columns } };
  return {
    ...common,
    target: choices.to.trim(),
    mode,
    ...merge,
    ...byColumn,
    ...(mode !== 'merge' && { withChildren }),
  };
}

/** Why it cannot be previewed yet; undefined where it can. */
export function missingIn(choices: Choices): string | undefined {
  const { way, to, transactions, context, restore } = choices;
  if (way === 'moment' && to.trim() === '') return 'Name a moment.';
  if (way === 'transactions' && wordsOf(transactions).length === 0 && context.trim() === '')
    return 'Name a transaction.';
  if (way === 'undo' && restore.trim() === '') return 'Name a restore.';
  try {
    bodyOf(choices);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function rowsOf(choices: Choices) {
  const { rows, keys } = choices;
  return {
    ...(rows.trim() !== '' && { rows: { [oneTable(choices)]: rows.trim() } }),
    ...(keys.trim() !== '' && { keys: { [oneTable(choices)]: keysOf(keys) } }),
  };
}

function oneTable({ tables }: Choices): string {
  const [table, ...others] = tables;
  if (table !== undefined && others.length === 0) return table;
  throw new Error('Rows, keys and columns need exactly one table.');
}

/** `17, 18`, or JSON for keys of several columns: `[["a",1],["b",2]]`. */
function keysOf(text: string): string[][] {
  if (!text.trim().startsWith('[')) return wordsOf(text).map(word => [word]);
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed.map(key => (Array.isArray(key) ? key : [key]).map(String));
  } catch {
    // Said below.
  }
  throw new Error('Write keys as 17, 18 or as JSON: [["a",1],["b",2]].');
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(word => word !== '');
}

function mapped(names: Readonly<Record<string, string>>, value: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, value(name)]));
}

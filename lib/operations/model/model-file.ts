/**
 * The tenant model as a YAML file that a team reviews and commits: written with comments that explain it, read with
 * errors that name the line. Invariant: what is written reads back as the same model.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { Document, isNode, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { InputError } from '../../domain/errors.ts';
import { type ModelTable, TenantModel } from '../../domain/tenant-model.ts';

const HEADER = ` Holdfast tenant model: which tables hold tenants' rows, and how each row identifies its tenant.
 Review it and commit it. A table that it does not name counts as unprotected and fails the model check.

   root      the tenant table; column is its key and equals the tenant id
   direct    has the tenant column
   via       reached by foreign keys: path, child first, up to a root or direct table
   shared    reference data of no tenant: neither exported nor restored
   excluded  left out on purpose; give the reason
   undecided not decided yet whose rows these are: not backed up, and alarmed, until it is

 component groups tables for recovery: data, configuration, users, customizations, audit.
 A question must be answered: holdfast discover --interactive, or here. For one table correct its entry (an owned one is
 accepted as it stands by deleting its question); for all with the same pattern write under answers, then run discover:
   answers: { "path:author_id|post_id": post_id, "polymorphic:*": excluded }
 label, a column of the table that lists the tenants, gives them names on the command line: label: public.accounts.name`;

const TITLES: Record<ModelTable['kind'], string> = {
  root: ' The tenant table',
  direct: ' Tables with the tenant column',
  via: ' Tables reached through a parent',
  undecided: ' Undecided: not backed up',
  shared: ' Shared reference data',
  excluded: ' Left out on purpose',
};

export function formatModel(model: TenantModel): string {
  // Paths that share a step must not become YAML aliases: people read and edit each entry by itself.
  const { format, answers, label, tables } = model;
  const content = {
    format,
    ...(answers === undefined ? {} : { answers }),
    ...(label === undefined ? {} : { label }),
    tables: tables.map(inOrder),
  };
  const document = new Document(content, { aliasDuplicateObjects: false });
  document.commentBefore = HEADER;
  let kind: ModelTable['kind'] | undefined;
  model.tables.forEach((table, i) => {
    const node = document.getIn(['tables', i], true) as YAMLMap;
    if (table.kind !== kind) node.commentBefore = TITLES[table.kind];
    node.spaceBefore = true;
    kind = table.kind;
    if (table.kind !== 'via') return;
    table.path.forEach((_, step) => {
      for (const list of ['columns', 'referencedColumns']) {
        (document.getIn(['tables', i, 'path', step, list], true) as { flow?: boolean }).flow = true;
      }
    });
  });
  return document.toString({ lineWidth: 0 });
}

/** InputError `bad-model` that names the file, the line and the field. */
export function parseModel(text: string, file: string): TenantModel {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = document.errors[0];
  if (syntax)
    throw bad(
      file,
      lines.linePos(syntax.pos[0]).line,
      'YAML',
      syntax.message.split('\n')[0]!.replace(/ at line \d+.*/, ''),
    );
  const lineOf = (path: readonly PropertyKey[]) => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const value: unknown = document.toJS();
  const result = TenantModel.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw bad(file, lineOf(issue.path), fieldName(value, issue.path), issue.message);
  }
  checkFields(value, (path, message) => bad(file, lineOf(path), fieldName(value, path), message));
  checkTables(result.data, (i, field, message) =>
    bad(file, lineOf(['tables', i, field]), fieldName(value, ['tables', i, field]), message),
  );
  return result.data;
}

/** InputError `no-model` where the file is absent, `bad-model` where it does not fit. */
export async function readModelFile(file: string): Promise<TenantModel> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new InputError('no-model', `Cannot read the tenant model ${file}.`, {
      hint: 'Write one with: holdfast discover',
      cause,
    });
  }
  return parseModel(text, file);
}

export async function writeModelFile(file: string, model: TenantModel): Promise<void> {
  await writeFile(file, formatModel(model));
}

/** The important fields first. */
function inOrder(table: ModelTable): Record<string, unknown> {
  const { table: name, kind, component, why, question, pattern, ...rest } = table;
  return {
    table: name,
    kind,
    ...rest,
    component,
    ...(why === undefined ? {} : { why }),
    ...(question === undefined ? {} : { question }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

const COMMON = ['table', 'kind', 'component', 'why', 'question', 'pattern'];
const FIELDS: Record<ModelTable['kind'], string[]> = {
  root: [...COMMON, 'column'],
  direct: [...COMMON, 'column'],
  via: [...COMMON, 'path'],
  undecided: COMMON,
  shared: [...COMMON, 'members'],
  excluded: [...COMMON, 'reason'],
};

type Complain = (path: PropertyKey[], message: string) => InputError;

/** A misspelt field must not pass as an absent one. */
function checkFields(value: unknown, complain: Complain): void {
  const { tables } = value as { tables: Record<string, unknown>[] };
  tables.forEach((table, i) => {
    const allowed = FIELDS[table.kind as ModelTable['kind']];
    for (const field of Object.keys(table)) {
      if (!allowed.includes(field))
        throw complain(['tables', i, field], `a ${table.kind} table has no such field (known: ${allowed.join(', ')})`);
    }
  });
}

function checkTables(model: TenantModel, complain: (i: number, field: string, message: string) => InputError): void {
  const byName = new Map<string, ModelTable>();
  let root: string | undefined;
  model.tables.forEach((table, i) => {
    if (byName.has(table.table)) throw complain(i, 'table', `${table.table} is listed twice`);
    byName.set(table.table, table);
    if (table.kind === 'root' && root !== undefined)
      throw complain(i, 'kind', `${root} is already the root; there can be only one tenant table`);
    if (table.kind === 'root') root = table.table;
  });
  model.tables.forEach((table, i) => {
    if (table.kind !== 'via') return;
    if (table.path.some(step => step.columns.length !== step.referencedColumns.length)) {
      throw complain(i, 'path', 'a step must have as many referencedColumns as columns');
    }
    const end = byName.get(table.path.at(-1)!.references);
    if (end?.kind !== 'root' && end?.kind !== 'direct') {
      throw complain(
        i,
        'path',
        `the path must end at a root or direct table of this file; ${table.path.at(-1)!.references} is not one`,
      );
    }
  });
}

function fieldName(value: unknown, path: readonly PropertyKey[]): string {
  const [first, index, ...rest] = path;
  if (first !== 'tables' || typeof index !== 'number') return path.map(String).join('.') || 'document';
  const table = (value as { tables?: { table?: unknown }[] }).tables?.[index]?.table;
  return [typeof table === 'string' ? table : `tables[${index}]`, ...rest.map(String)].join(': ');
}

function bad(file: string, line: number, field: string, message: string): InputError {
  return new InputError('bad-model', `${file}, line ${line}: ${field}: ${message}.`, {
    hint: 'Correct the tenant model there; holdfast discover shows what a fresh one would look like.',
    details: { file, line, field },
  });
}

/**
 * Sorts tables into root, direct, via, shared and undecided, from the catalogs and a sample of the data. Pure. Every
 * table gets exactly one entry, with the evidence as its `why`; what a person must decide is a question in it.
 */

import { type LeftOver, questionsOf, sharedEntry } from './classify-left-over.ts';
import { classifyOwned } from './classify-owned.ts';
import { answeredEntry, answerFor, groupQuestions, type ModelQuestion } from './model-questions.ts';
import { spelling } from './name-match.ts';
import type { Asked } from './owned-entry.ts';
import { isMembership, isPeople } from './people-tables.ts';
import type { TableName, TableSchema } from './table-schema.ts';
import { chooseTenant, type TenantChoice, type TenantHints, TenantUnclear } from './tenant-choice.ts';
import { isOwned, type ModelTable, type OwnedTable, type TenantModel } from './tenant-model.ts';
import { tenantUnclear } from './tenant-unclear.ts';
import { possibleReferences, type UndeclaredReference } from './undeclared-references.ts';

/** What classification needs to know of a database beside the tables' schemas. */
export interface TableFacts {
  readonly tables: readonly TableSchema[];
  /** Inheritance child → its parents: a child has its parents' columns, but not their foreign keys. */
  readonly inherits?: ReadonlyMap<TableName, readonly TableName[]>;
  /** Tables that an extension created → the extension's name. */
  readonly extensions?: ReadonlyMap<TableName, string>;
  /** The planner's estimates. */
  readonly rows?: ReadonlyMap<TableName, number>;
  /** References that no foreign key declares, weighed by the data; absent: by name and type alone. */
  readonly references?: readonly UndeclaredReference[];
  /**
   * Tables with rows that have NULL in the columns that lead to the tenant (true), or with rows and no such NULL
   * (false).
   */
  readonly nulls?: ReadonlyMap<TableName, boolean>;
}

/** Decisions that people have already made. */
export interface Reviewed {
  /** Entries that are final. */
  readonly tables?: readonly ModelTable[];
  /** By pattern. */
  readonly answers?: Readonly<Record<string, string>>;
}

export interface Classification {
  readonly model: TenantModel;
  readonly choice: TenantChoice;
  /** By pattern, the one with the most rows first. */
  readonly questions: ModelQuestion[];
}

const ORDER = ['root', 'direct', 'via', 'undecided', 'shared', 'excluded'];

/** The proposed model, root first, then by name. InputError `tenant-table-unclear`, and those of chooseTenant. */
export function classifyTables(facts: TableFacts, hints: TenantHints = {}, reviewed: Reviewed = {}): Classification {
  const application = facts.tables.filter(table => !facts.extensions?.has(table.table));
  const choice = chosen(application, facts, hints, reviewed);
  const names = new Set(facts.tables.map(table => table.table));
  const decided = new Map(
    (reviewed.tables ?? []).filter(table => names.has(table.table)).map(table => [table.table, table]),
  );
  for (;;) {
    const pass = classifyOnce(application, facts, choice, decided);
    const answered = [...pass.asked].flatMap(([name, asked]) => {
      const answer = answerFor(asked.pattern, reviewed.answers ?? {});
      const entry = answer === undefined ? undefined : answeredEntry(asked, answer);
      return entry ? [[name, entry] as const] : [];
    });
    if (answered.length === 0) return assemble(facts, choice, decided, pass);
    for (const [name, entry] of answered) decided.set(name, entry);
  }
}

/** If a person must choose, the error lists the tables that each choice would leave without a tenant. */
function chosen(
  application: readonly TableSchema[],
  facts: TableFacts,
  hints: TenantHints,
  reviewed: Reviewed,
): TenantChoice {
  try {
    return chooseTenant(application, hints);
  } catch (error) {
    if (!(error instanceof TenantUnclear)) throw error;
    const people = new Set(application.filter(isPeople).map(table => table.table));
    throw tenantUnclear(
      error.candidates,
      people,
      facts.rows,
      tenantTable => classifyTables(facts, { tenantTable }, reviewed).model.tables,
    );
  }
}

interface Pass {
  readonly owned: ReadonlyMap<TableName, OwnedTable>;
  readonly asked: ReadonlyMap<TableName, Asked<ModelTable>>;
}

function classifyOnce(
  application: readonly TableSchema[],
  facts: TableFacts,
  choice: TenantChoice,
  decided: ReadonlyMap<TableName, ModelTable>,
): Pass {
  const ours = new Map([...decided].filter((item): item is [TableName, OwnedTable] => isOwned(item[1])));
  const settled = new Set([...decided.values()].filter(table => !isOwned(table)).map(table => table.table));
  const first = classifyOwned(application, facts, choice, ours, settled);
  const withheld = peopleOfSeveral(application, first.tables, first.asked, choice, ours);
  const owned =
    withheld.size === 0
      ? first
      : classifyOwned(application, facts, choice, ours, new Set([...settled, ...withheld.keys()]));
  const tables = application.filter(table => !owned.tables.has(table.table) && !settled.has(table.table));
  const references =
    facts.references ?? possibleReferences(application, new Set(application.map(table => table.table)));
  const left: LeftOver = { tables, facts, owned: owned.tables, settled, withheld, references };
  return { owned: owned.tables, asked: new Map([...owned.asked, ...questionsOf(left)]) };
}

/**
 * Tables of people that a membership table joins to tenants, and that reference a tenant only weakly (a nullable
 * column, or `current_org_id`): with their entries if that were their tenant.
 */
function peopleOfSeveral(
  tables: readonly TableSchema[],
  owned: ReadonlyMap<TableName, OwnedTable>,
  asked: ReadonlyMap<TableName, Asked<OwnedTable>>,
  choice: TenantChoice,
  decided: ReadonlyMap<TableName, OwnedTable>,
): Map<TableName, ReadonlyMap<string, OwnedTable | null>> {
  const found = new Map<TableName, ReadonlyMap<string, OwnedTable | null>>();
  for (const table of tables) {
    const entry = owned.get(table.table);
    if (!entry || entry.kind === 'root' || decided.has(table.table) || !isPeople(table)) continue;
    if (isSureOf(table, entry, choice)) continue;
    const joined = tables.some(child => {
      const tenant = owned.get(child.table);
      if (tenant?.kind !== 'direct' || child === table) return false;
      return child.foreignKeys.some(
        key =>
          key.references === table.table &&
          key.columns.length === 1 &&
          key.columns[0] !== tenant.column &&
          isMembership(child, key.columns[0]!, tenant.column),
      );
    });
    const options = asked.get(table.table)?.options ?? new Map([[wayOf(entry), entry]]);
    if (joined) found.set(table.table, options);
  }
  return found;
}

function isSureOf(table: TableSchema, entry: OwnedTable, choice: TenantChoice): boolean {
  const columns = entry.kind === 'via' ? entry.path[0]!.columns : [entry.column];
  const always = columns.every(name => table.columns.find(column => column.name === name)?.notNull);
  return always && (entry.kind === 'via' || spelling(entry.column) === spelling(choice.column));
}

function wayOf(entry: OwnedTable): string {
  return entry.kind === 'via' ? entry.path[0]!.columns.join(',') : entry.column;
}

function assemble(
  facts: TableFacts,
  choice: TenantChoice,
  decided: ReadonlyMap<TableName, ModelTable>,
  { owned, asked }: Pass,
): Classification {
  const entries = facts.tables.map((table): ModelTable => {
    const known = decided.get(table.table);
    if (known) return known;
    const open = asked.get(table.table);
    if (open) return { ...open.entry, question: open.question, pattern: open.pattern };
    const extension = facts.extensions?.get(table.table);
    if (extension !== undefined) {
      const reason = `belongs to the extension ${extension}`;
      return { kind: 'excluded', table: table.table, component: 'data', reason };
    }
    return owned.get(table.table) ?? sharedEntry(table);
  });
  entries.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (a.table < b.table ? -1 : 1));
  const model: TenantModel = { format: 'holdfast.tenant-model/1', tables: entries };
  return { model, choice, questions: groupQuestions(asked, facts.rows ?? new Map()) };
}

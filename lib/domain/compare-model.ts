/**
 * Where a tenant model and a live schema disagree. Pure. A problem is an `error` if rows are unprotected, and a
 * `warning` if it only needs a check.
 */
import { bindingKeys } from './binding-keys.ts';
import type { TableFacts } from './classify-tables.ts';
import { GENERIC_COLUMN, spelling } from './name-match.ts';
import type { TableName, TableSchema } from './table-schema.ts';
import { UNCLEAR_TENANT_HINT, unclearTenants } from './tenant-columns.ts';
import { isOwned, type ModelTable, type OwnedTable, type PathStep, type TenantModel } from './tenant-model.ts';

export type ModelProblemCode =
  | 'unprotected-table'
  | 'vanished-table'
  | 'vanished-column'
  | 'generated-column'
  | 'broken-path'
  | 'open-question'
  | 'undecided-table'
  | 'tenant-not-unique'
  | 'tenants-merged'
  | 'tenant-spelling'
  | 'nullable-tenant'
  | 'now-owned';

export interface ModelProblem {
  readonly code: ModelProblemCode;
  /** `error`: rows are not protected. `warning`: protected, but needs a check. */
  readonly severity: 'error' | 'warning';
  readonly table: TableName;
  readonly message: string;
  readonly hint: string;
}

/** Problems in the order of the model, then the tables that it does not name. */
export function compareModel(model: TenantModel, facts: TableFacts): ModelProblem[] {
  const live = new Map(facts.tables.map(table => [table.table, table]));
  const named = new Set(model.tables.map(table => table.table));
  const problems = model.tables.flatMap(table => compareTable(table, live, model, facts));
  problems.push(...compareTenants(model, live));
  for (const table of facts.tables) {
    const extension = facts.extensions?.get(table.table);
    if (named.has(table.table) || extension !== undefined) continue;
    problems.push({
      code: 'unprotected-table',
      severity: 'error',
      table: table.table,
      message: `The table ${table.table} is not in the tenant model: its rows are not backed up.`,
      hint: 'Run holdfast discover, which adds the table, and review its entry.',
    });
  }
  return problems;
}

function compareTable(
  table: ModelTable,
  live: ReadonlyMap<TableName, TableSchema>,
  model: TenantModel,
  facts: TableFacts,
): ModelProblem[] {
  const schema = live.get(table.table);
  const question: ModelProblem[] =
    table.question === undefined || table.kind === 'undecided'
      ? []
      : [
          problem(
            'open-question',
            'error',
            table.table,
            table.question,
            table.pattern === undefined
              ? `Answer it in the tenant model: correct the entry of ${table.table}, or delete its question.`
              : `Answer it: holdfast discover --interactive, or --answer '${table.pattern}=…'.`,
          ),
        ];
  if (!schema) {
    const severity = isOwned(table) ? 'error' : 'warning';
    const message = `The tenant model names ${table.table}, which does not exist in the database.`;
    return [
      ...question,
      problem(
        'vanished-table',
        severity,
        table.table,
        message,
        'If it was dropped or renamed, correct the tenant model.',
      ),
    ];
  }
  if (table.kind === 'undecided') return [undecided(table)];
  if (table.kind === 'shared') return [...question, ...nowOwned(table.table, schema, live, model, facts)];
  if (!isOwned(table)) return question;
  return [
    ...question,
    ...(table.kind === 'via' ? comparePath(table, live, facts) : compareColumn(table.table, schema, table.column)),
    ...(table.kind === 'root' ? compareRoot(schema, table.column) : []),
  ];
}

/** Tenant columns that do not identify tenants unambiguously. */
export function compareTenants(model: TenantModel, live: ReadonlyMap<TableName, TableSchema>): ModelProblem[] {
  return unclearTenants(model, live).map(({ table, message }) =>
    problem('tenant-spelling', 'error', table, message, UNCLEAR_TENANT_HINT),
  );
}

/** With or without its question: an undecided table is not backed up. */
function undecided({ table, question, pattern }: ModelTable): ModelProblem {
  const asked = question === undefined ? '' : ` ${question}`;
  const answer = pattern === undefined ? '' : `, or --answer '${pattern}=…'`;
  return problem(
    'undecided-table',
    'error',
    table,
    `The tenant of the rows of ${table} is undecided: they are not backed up.${asked}`,
    `Run holdfast discover --interactive${answer}, or give the table another kind in the tenant model.`,
  );
}

/** A value that several rows of the tenant table share merges several tenants: certain if the key has more columns. */
export function compareRoot(schema: TableSchema, column: string): ModelProblem[] {
  const keys = [schema.key, ...schema.uniqueKeys.filter(key => key.predicate === null).map(key => key.columns)];
  if (keys.some(key => key.length === 1 && key[0] === column)) return [];
  const composite = keys.find(key => key.length > 1 && key.includes(column));
  const hint = 'Give the tenant table a single-column unique key, and let the other tables reference it.';
  if (!composite) {
    const message = `${column} of the tenant table ${schema.table} is not unique: rows that share a value are one tenant.`;
    return [problem('tenant-not-unique', 'warning', schema.table, message, hint)];
  }
  const message = `The tenant table ${schema.table} has the composite key (${composite.join(', ')}): tenants that share ${column} would be merged.`;
  return [problem('tenants-merged', 'error', schema.table, message, hint)];
}

function compareColumn(table: TableName, schema: TableSchema, name: string): ModelProblem[] {
  const column = schema.columns.find(candidate => candidate.name === name);
  const hint = 'If it was dropped or renamed, correct the tenant model.';
  if (!column) return [problem('vanished-column', 'error', table, `${table} has no column ${name}.`, hint)];
  if (column.generated !== '') {
    const message = `The tenant column ${name} of ${table} is generated: the change log does not contain it.`;
    return [problem('generated-column', 'error', table, message, 'Choose an ordinary column, or make this table via.')];
  }
  return column.notNull ? [] : [nullable(table, [name])];
}

/** Only the first broken step of a path is reported. */
function comparePath(
  table: Extract<OwnedTable, { kind: 'via' }>,
  live: ReadonlyMap<TableName, TableSchema>,
  facts: TableFacts,
): ModelProblem[] {
  const hint = `Correct the path of ${table.table}; holdfast discover shows the current one.`;
  const broken = (message: string) => [problem('broken-path', 'error', table.table, message, hint)];
  const problems: ModelProblem[] = [];
  let child = live.get(table.table)!;
  for (const step of table.path) {
    const parent = live.get(step.references);
    if (!parent)
      return broken(`The path of ${table.table} includes ${step.references}, which does not exist in the database.`);
    const missing = missingColumns(child, parent, step);
    if (missing.length > 0) return broken(`The path of ${table.table} is no longer valid: ${missing.join(', ')}.`);
    if (!bindingKeys(child, facts).some(key => matches(key, step))) {
      const message = `No foreign key of ${child.table} backs the step (${step.columns.join(', ')}) → ${step.references} of the path of ${table.table}.`;
      if (!isUnique(parent, step.referencedColumns))
        return broken(`${message} The referenced columns are not unique, so a row could belong to several tenants.`);
      const advice = 'Add the foreign key, or make sure that the application enforces it.';
      problems.push(problem('broken-path', 'warning', table.table, message, advice));
    }
    if (step.columns.some(name => !child.columns.find(column => column.name === name)?.notNull))
      problems.push(nullable(child.table, step.columns, table.table));
    child = parent;
  }
  return problems;
}

function missingColumns(child: TableSchema, parent: TableSchema, step: PathStep): string[] {
  return [
    ...step.columns.filter(name => !has(child, name)).map(name => `${child.table} has no column ${name}`),
    ...step.referencedColumns.filter(name => !has(parent, name)).map(name => `${parent.table} has no column ${name}`),
  ];
}

/** A shared table that has since got a tenant column or a path. */
function nowOwned(
  table: TableName,
  schema: TableSchema,
  live: ReadonlyMap<TableName, TableSchema>,
  model: TenantModel,
  facts: TableFacts,
): ModelProblem[] {
  const owned = new Map(model.tables.filter(isOwned).map(entry => [entry.table, entry]));
  const key = bindingKeys(schema, facts).find(
    candidate => owned.has(candidate.references) && live.has(candidate.references),
  );
  if (!key) return tenantNamed(table, schema, owned);
  const message = `${table} is shared in the tenant model, but its foreign key ${key.name} leads to ${key.references}, whose rows belong to tenants.`;
  return [
    problem(
      'now-owned',
      'warning',
      table,
      message,
      'Make it direct or via if its rows belong to tenants; else exclude it (kind: excluded, with a reason).',
    ),
  ];
}

function tenantNamed(table: TableName, schema: TableSchema, owned: ReadonlyMap<TableName, OwnedTable>): ModelProblem[] {
  const names = new Set([...owned.values()].flatMap(entry => (entry.kind === 'direct' ? [entry.column] : [])));
  const spellings = new Set([...names].filter(name => !GENERIC_COLUMN.test(name)).map(spelling));
  const column = schema.columns.find(candidate => spellings.has(spelling(candidate.name)));
  if (!column) return [];
  const message = `${table} is shared in the tenant model, but has a column ${column.name}, like tables of tenants.`;
  const hint = 'Make it direct if its rows belong to tenants; else exclude it (kind: excluded, with a reason).';
  return [problem('now-owned', 'warning', table, message, hint)];
}

function problem(
  code: ModelProblemCode,
  severity: 'error' | 'warning',
  table: TableName,
  message: string,
  hint: string,
): ModelProblem {
  return { code, severity, table, message, hint };
}

function nullable(table: TableName, columns: readonly string[], pathOf?: TableName): ModelProblem {
  const role = pathOf === undefined || pathOf === table ? '' : ` (in the path of ${pathOf})`;
  const message = `${columns.join(', ')} of ${table}${role} can be NULL: such rows belong to no tenant and are not backed up.`;
  return problem(
    'nullable-tenant',
    'warning',
    pathOf ?? table,
    message,
    `If that never happens, declare it: ALTER TABLE … ALTER COLUMN … SET NOT NULL.`,
  );
}

function has(schema: TableSchema, column: string): boolean {
  return schema.columns.some(candidate => candidate.name === column && candidate.generated === '');
}

function matches(key: { columns: string[]; references: string; referencedColumns: string[] }, step: PathStep): boolean {
  if (key.references !== step.references || key.columns.length !== step.columns.length) return false;
  const pairs = new Set(key.columns.map((column, i) => JSON.stringify([column, key.referencedColumns[i]])));
  return step.columns.every((column, i) => pairs.has(JSON.stringify([column, step.referencedColumns[i]])));
}

function isUnique(schema: TableSchema, columns: readonly string[]): boolean {
  return schema.uniqueKeys.some(key => key.predicate === null && key.columns.every(column => columns.includes(column)));
}

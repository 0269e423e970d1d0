/**
 * Proposes a tenant model from a live database: from the catalogs, and from a bounded sample of the values of columns
 * that look like references. The proposal is for people to review; undecided tables become questions, and the answers
 * are kept in the model.
 */
import { isNullable } from '../../domain/binding-keys.ts';
import { type Classification, classifyTables, type TableFacts } from '../../domain/classify-tables.ts';
import { InputError } from '../../domain/errors.ts';
import { type ModelQuality, modelQuality } from '../../domain/model-quality.ts';
import { type ModelQuestion, matchesPattern } from '../../domain/model-questions.ts';
import type { DatabaseSchema, TableName } from '../../domain/table-schema.ts';
import type { TenantHints } from '../../domain/tenant-choice.ts';
import { formatLabel, likelyLabel } from '../../domain/tenant-label.ts';
import { isOwned, type ModelTable, routingColumns, type TenantModel } from '../../domain/tenant-model.ts';
import { possibleReferences } from '../../domain/undeclared-references.ts';
import { listTables, readSchema } from '../../postgres/catalogs/catalog-discovery.ts';
import { sampleNulls, sampleReferences } from '../../postgres/catalogs/sample-references.ts';
import { readTableFacts } from '../../postgres/catalogs/table-facts.ts';
import { type Connection, type Source, withConnection } from '../../postgres/connection.ts';

export interface DiscoverOptions extends TenantHints {
  /** A model that a team has already reviewed: its decided entries are kept as they are. */
  readonly existing?: TenantModel;
  /** Pattern → answer, in addition to those of the existing model. */
  readonly answers?: Readonly<Record<string, string>>;
}

export interface Discovery {
  readonly model: TenantModel;
  readonly schema: DatabaseSchema;
  /** Entries that the existing model did not have, or had undecided; all entries where there was none. */
  readonly added: ModelTable[];
  /** What a person must decide, by pattern. */
  readonly questions: readonly ModelQuestion[];
  readonly quality: ModelQuality;
}

/** What was read from the database: classified again as answers arrive. */
export interface Survey {
  readonly schema: DatabaseSchema;
  readonly facts: TableFacts;
}

/** InputError `no-tables`; SourceError `cannot-connect`. */
export async function surveyDatabase(deps: { source: Source }, options: DiscoverOptions = {}): Promise<Survey> {
  return withConnection(deps.source, 'discover', async connection => {
    const tables = await listTables(connection);
    const schema = await readSchema(connection, tables);
    const facts = [...(await readTableFacts(connection, tables)).values()];
    if (schema.tables.length === 0) {
      throw new InputError('no-tables', 'The database has no tables.', {
        hint: 'Check that the URL ends with the right database name.',
      });
    }
    const known: TableFacts = {
      tables: schema.tables,
      inherits: new Map(facts.map(fact => [fact.table, fact.inherits])),
      extensions: new Map(facts.flatMap(fact => (fact.extension === null ? [] : [[fact.table, fact.extension]]))),
      rows: new Map(facts.map(fact => [fact.table, fact.rows])),
    };
    return { schema, facts: { ...known, ...(await lookAtData(connection, known, options)) } };
  });
}

/** Only for tables without a declared path to a tenant, or with one that can be NULL. */
async function lookAtData(
  connection: Connection,
  facts: TableFacts,
  options: DiscoverOptions,
): Promise<Pick<TableFacts, 'references' | 'nulls'>> {
  const { model } = classify(facts, options, {});
  const schemas = new Map(facts.tables.map(table => [table.table, table]));
  const loose = model.tables.filter(isOwned).flatMap(entry => {
    const schema = schemas.get(entry.table);
    const columns = routingColumns(entry);
    return schema && entry.kind !== 'root' && isNullable(schema, columns) ? [{ schema, columns }] : [];
  });
  const nulls = await sampleNulls(connection, loose);
  const open = new Set(model.tables.filter(table => !isOwned(table)).map(table => table.table));
  const application = facts.tables.filter(table => !facts.extensions?.has(table.table));
  const possible = possibleReferences(application, new Set(application.map(table => table.table)));
  const weighed = await sampleReferences(
    connection,
    facts.tables,
    possible.filter(({ table }) => open.has(table)),
  );
  return { nulls, references: [...weighed, ...possible.filter(({ table, named }) => named === 2 && !open.has(table))] };
}

/** InputError `no-such-pattern`, `no-such-answer`, and those of classifyTables. */
export function proposeModel({ schema, facts }: Survey, options: DiscoverOptions = {}): Discovery {
  const { existing } = options;
  const given = { ...existing?.answers };
  const before = classify(facts, options, given);
  checkAnswers(before.questions, options.answers ?? {});
  const answers = { ...given, ...options.answers };
  const { model: found, questions } = classify(facts, options, answers);
  const proposed = new Map(found.tables.map(table => [table.table, table]));
  const old = new Map((existing?.tables ?? []).map(table => [table.table, table]));
  // Reviewed entries keep their place and content; open ones are proposed again.
  const reviewed = reviewedTables(facts, existing);
  const kept = [...old.values()].map(table =>
    reviewed.includes(table) ? table : (proposed.get(table.table) ?? table),
  );
  const model: TenantModel = {
    format: found.format,
    ...(Object.keys(answers).length > 0 ? { answers } : {}),
    ...labelFor(existing, found, schema),
    tables: [...kept, ...found.tables.filter(table => !old.has(table.table))],
  };
  const added = model.tables.filter(table => JSON.stringify(table) !== JSON.stringify(old.get(table.table)));
  const quality = modelQuality(model, schema.tables);
  return { model, schema, added, quality, questions: [...questions, ...standing(reviewed)] };
}

/** A person's label stays, also where it was removed from a reviewed model; a new model gets a proposal. */
function labelFor(
  existing: TenantModel | undefined,
  found: TenantModel,
  { tables }: DatabaseSchema,
): Pick<TenantModel, 'label'> {
  if (existing !== undefined) return existing.label === undefined ? {} : { label: existing.label };
  const root = found.tables.find(table => table.kind === 'root');
  const schema = tables.find(({ table }) => table === root?.table);
  const label = schema && likelyLabel(schema);
  return label ? { label: formatLabel(label) } : {};
}

function classify(
  facts: TableFacts,
  options: DiscoverOptions,
  answers: Readonly<Record<string, string>>,
): Classification {
  return classifyTables(facts, hintsOf(options), {
    tables: reviewedTables(facts, options.existing),
    answers,
  });
}

/** What a person decided, as far as it is still valid: an entry with renamed or dropped columns is proposed again. */
function reviewedTables(facts: TableFacts, existing: TenantModel | undefined): ModelTable[] {
  const schemas = new Map(facts.tables.map(schema => [schema.table, schema]));
  const has = (table: TableName, columns: readonly string[]) => {
    const schema = schemas.get(table);
    return schema === undefined || columns.every(name => schema.columns.some(column => column.name === name));
  };
  const stands = (table: ModelTable) => {
    if (!isOwned(table)) return true;
    const path = table.kind === 'via' ? table.path : [];
    return has(table.table, routingColumns(table)) && path.every(step => has(step.references, step.referencedColumns));
  };
  return (existing?.tables ?? []).filter(table => isReviewed(table) && stands(table));
}

/** Decided, or a question in a person's own words. What discover left open is examined again. */
function isReviewed(table: ModelTable): boolean {
  return table.kind !== 'undecided' && !(table.question !== undefined && table.pattern !== undefined);
}

function standing(reviewed: readonly ModelTable[]): ModelQuestion[] {
  return reviewed.flatMap(({ table, question }) =>
    question === undefined
      ? []
      : [
          {
            pattern: table,
            question,
            tables: [{ table, rows: 0, question, pattern: table }],
            rows: 0,
            answers: [],
            protected: true,
          },
        ],
  );
}

/** A misspelt pattern or answer must not be ignored silently. */
function checkAnswers(questions: readonly ModelQuestion[], answers: Readonly<Record<string, string>>): void {
  for (const [pattern, answer] of Object.entries(answers)) {
    const asked = questions.filter(question => question.tables.some(table => matchesPattern(pattern, table.pattern)));
    if (asked.length === 0) {
      throw new InputError('no-such-pattern', `No open question has the pattern ${pattern}.`, {
        hint:
          questions.length === 0 ? 'No question is open.' : `Open: ${questions.map(each => each.pattern).join(', ')}`,
        details: { patterns: questions.map(question => question.pattern) },
      });
    }
    const possible = new Set([
      'proposed',
      'shared',
      'excluded',
      ...asked.flatMap(each => each.answers.map(item => item.answer)),
    ]);
    if (!possible.has(answer.replace(/^!/, ''))) {
      throw new InputError('no-such-answer', `${answer} is not an answer to ${pattern}.`, {
        hint: `Possible: ${[...possible].join(', ')}`,
        details: { pattern, answers: [...possible] },
      });
    }
  }
}

/** With a reviewed model, its tenant table counts as the person's choice. */
function hintsOf(options: DiscoverOptions): TenantHints {
  if (options.tenantTable !== undefined || options.tenantColumn !== undefined) return options;
  const root = options.existing?.tables.find(table => table.kind === 'root');
  if (root) return { tenantTable: root.table };
  const direct = options.existing?.tables.find(table => table.kind === 'direct');
  return direct?.kind === 'direct' ? { tenantColumn: direct.column } : {};
}

/**
 * Proposes a tenant model from a live database. It only reads the catalogs; the proposal is for people to review, and
 * what could not be decided stands in it as a question.
 */
import { classifyTables } from '../../domain/classify-tables.ts';
import { InputError } from '../../domain/errors.ts';
import type { DatabaseSchema } from '../../domain/table-schema.ts';
import type { TenantHints } from '../../domain/tenant-choice.ts';
import type { ModelTable, TenantModel } from '../../domain/tenant-model.ts';
import { listTables, readSchema } from '../../postgres/catalogs/catalog-discovery.ts';
import { readTableFacts } from '../../postgres/catalogs/table-facts.ts';
import { type Source, withConnection } from '../../postgres/connection.ts';

export interface DiscoverOptions extends TenantHints {
  /** A model that a team has already reviewed: its entries are kept as they are, only tables it lacks are added. */
  readonly existing?: TenantModel;
}

export interface Discovery {
  readonly model: TenantModel;
  readonly schema: DatabaseSchema;
  /** Tables in the proposal that the existing model did not name; all of them where there was none. */
  readonly added: ModelTable[];
  /** Tables whose classification a person must decide. */
  readonly questions: { readonly table: string; readonly question: string }[];
}

/** InputError `no-tables`, and those of chooseTenant; SourceError `cannot-connect`. */
export async function discoverModel(deps: { source: Source }, options: DiscoverOptions = {}): Promise<Discovery> {
  const { schema, facts } = await withConnection(deps.source, 'discover', async connection => {
    const tables = await listTables(connection);
    return { schema: await readSchema(connection, tables), facts: await readTableFacts(connection, tables) };
  });
  if (schema.tables.length === 0) {
    throw new InputError('no-tables', 'The database has no tables.', {
      hint: 'Check that the URL ends with the right database name.',
    });
  }
  const extensions = new Map(
    [...facts.values()].flatMap(fact => (fact.extension === null ? [] : [[fact.table, fact.extension]])),
  );
  const inherits = new Map([...facts.values()].map(fact => [fact.table, fact.inherits]));
  const { model: found } = classifyTables({ tables: schema.tables, inherits, extensions }, hintsOf(options));
  const known = new Set(options.existing?.tables.map(table => table.table));
  const added = found.tables.filter(table => !known.has(table.table));
  const model: TenantModel = { format: found.format, tables: [...(options.existing?.tables ?? []), ...added] };
  const questions = model.tables.flatMap(({ table, question }) =>
    question === undefined ? [] : [{ table, question }],
  );
  return { model, schema, added, questions };
}

/** With a reviewed model, what it says of the tenant table is what the person said. */
function hintsOf(options: DiscoverOptions): TenantHints {
  if (options.tenantTable !== undefined || options.tenantColumn !== undefined) return options;
  const root = options.existing?.tables.find(table => table.kind === 'root');
  return root ? { tenantTable: root.table } : options;
}

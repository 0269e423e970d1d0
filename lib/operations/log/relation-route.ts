/**
 * How the changes of one relation find their tenant: worked out once per Relation message, so that each change costs a
 * look at one or two columns. Columns are matched by name against what the log says the table looked like *then*.
 */
import type { Relation } from '../../codec/pgoutput.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import {
  isOwned,
  type ModelTable,
  type OwnedTable,
  routingColumns,
  type TenantModel,
} from '../../domain/tenant-model.ts';
import { parseTableName } from '../../postgres/sql.ts';

/** Rows of `table` by the values of `columns`: what children refer to. */
export interface ParentKey {
  readonly id: number;
  readonly table: TableName;
  readonly columns: readonly string[];
  /** The rest of the way to the tenant, from the parent's own row. */
  readonly owner: OwnedTable;
}

export interface RelationRoute {
  readonly relation: Relation;
  /** The Relation message, to be told in each segment that uses it. */
  readonly bytes: Buffer;
  readonly kind: 'direct' | 'via' | 'unknown' | 'ignored';
  readonly table: TableName | undefined;
  readonly schema: TableSchema | undefined;
  /** Indexes of the tenant column (direct) or of the foreign key's columns in the order of the parent's key (via). */
  readonly columns: readonly number[];
  /** Via: whose tenant it is. */
  readonly parent: ParentKey | undefined;
  /** Old tuples do not say whose row it was: updates and deletes go to the unrouted log too. */
  readonly weak: boolean;
  /** By which columns children refer to this table. */
  readonly referenced: readonly { key: ParentKey; columns: readonly number[] }[];
}

export class RouteTable {
  readonly #model: TenantModel;
  readonly #byOid = new Map<number, TableSchema>();
  readonly #byName = new Map<string, ModelTable>();
  readonly #parents = new Map<string, ParentKey>();

  constructor(model: TenantModel, schemas: readonly TableSchema[]) {
    this.#model = model;
    for (const schema of schemas) this.#byOid.set(schema.oid, schema);
    for (const table of model.tables) this.#byName.set(nameKey(parseTableName(table.table)), table);
    for (const table of model.tables) if (table.kind === 'via') this.#parentOf(table);
  }

  route(relation: Relation, bytes: Buffer): RelationRoute {
    const schema = this.#byOid.get(relation.oid);
    const table =
      (schema && this.#model.tables.find(candidate => candidate.table === schema.table)) ??
      this.#byName.get(nameKey({ schema: relation.schema, table: relation.name }));
    const base = {
      relation,
      bytes,
      table: table?.table,
      schema,
      columns: [],
      parent: undefined,
      weak: true,
      referenced: [],
    };
    if (table === undefined) return { ...base, kind: 'unknown' };
    if (!isOwned(table)) return { ...base, kind: 'ignored' };
    const routing = routingColumns(table);
    const columns = indexesOf(relation, routing);
    if (columns.includes(-1)) return { ...base, kind: 'unknown' };
    const strong =
      columns.every(index => relation.columns[index]!.identity) &&
      (schema === undefined || routing.every(name => schema.replicaIdentityColumns.includes(name)));
    return {
      ...base,
      kind: table.kind === 'via' ? 'via' : 'direct',
      columns,
      parent: table.kind === 'via' ? this.#parentOf(table) : undefined,
      weak: !strong,
      referenced: this.#referenced(table.table, relation),
    };
  }

  #parentOf(table: Extract<OwnedTable, { kind: 'via' }>): ParentKey | undefined {
    const step = table.path[0]!;
    const id = JSON.stringify([step.references, step.referencedColumns]);
    const known = this.#parents.get(id);
    if (known) return known;
    const owner = this.#model.tables.find(candidate => candidate.table === step.references);
    if (owner === undefined || !isOwned(owner)) return undefined;
    const key = { id: this.#parents.size, table: step.references, columns: step.referencedColumns, owner };
    this.#parents.set(id, key);
    return key;
  }

  #referenced(table: TableName, relation: Relation): RelationRoute['referenced'] {
    return [...this.#parents.values()].flatMap(key => {
      const columns = key.table === table ? indexesOf(relation, key.columns) : [-1];
      return columns.includes(-1) ? [] : [{ key, columns }];
    });
  }
}

function indexesOf(relation: Relation, names: readonly string[]): number[] {
  return names.map(name => relation.columns.findIndex(column => column.name === name));
}

function nameKey(name: { schema: string; table: string }): string {
  return `${name.schema}\0${name.table}`;
}

/**
 * How the changes of one relation find their tenant: computed once per Relation message, so that each change costs a
 * look at one or two columns. Columns are matched by name with the table's definition in the log at *that* time.
 */
import type { Relation } from '../../codec/pgoutput.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import {
  declares,
  isOwned,
  type ModelTable,
  type OwnedTable,
  routingColumns,
  type TenantModel,
} from '../../domain/tenant-model.ts';
import type { Canonical } from '../../domain/tenant-text.ts';
import { parseTableName } from '../../postgres/sql.ts';
import { relationName } from './describe-changes.ts';

type ViaTable = Extract<OwnedTable, { kind: 'via' }>;

/** A key of `table` that children refer to, by its `columns`. */
export interface ParentKey {
  readonly id: number;
  readonly table: TableName;
  readonly columns: readonly string[];
  /** The rest of the path to the tenant, from the parent's own row. */
  readonly owner: OwnedTable;
  /** Via parents: what they refer to themselves. */
  readonly next: ParentKey | undefined;
  /** The parent's table; undefined where the database has no such table. */
  readonly schema: TableSchema | undefined;
  /** Every reference to it is a foreign key: at the end of a transaction, nothing refers to a missing key. */
  readonly enforced: boolean;
}

export interface RelationRoute {
  readonly relation: Relation;
  /** The Relation message, repeated in each segment that uses it. */
  readonly bytes: Buffer;
  readonly kind: 'direct' | 'via' | 'unknown' | 'ignored';
  readonly table: TableName | undefined;
  /** The table's name in the model; of a table that is not in it, as in the log. */
  readonly name: TableName;
  readonly schema: TableSchema | undefined;
  /** Indexes of the tenant column (direct) or of the foreign key's columns in the order of the parent's key (via). */
  readonly columns: readonly number[];
  /** Direct: the canonical spelling of the tenant column's values. */
  readonly canonical: Canonical;
  /** Via: the parent that determines the tenant. */
  readonly parent: ParentKey | undefined;
  /** Old tuples do not identify the tenant: updates and deletes go to the unrouted log too. */
  readonly weak: boolean;
  /** Via: the reference is a foreign key. */
  readonly enforced: boolean;
  /**
   * The columns by which children refer to this table; `inIdentity`: an update without an old tuple did not change
   * them.
   */
  readonly referenced: readonly { key: ParentKey; columns: readonly number[]; inIdentity: boolean }[];
}

export class RouteTable {
  readonly #model: TenantModel;
  readonly #unclear: ReadonlyMap<TableName, string>;
  readonly #byOid = new Map<number, TableSchema>();
  readonly #schemas = new Map<TableName, TableSchema>();
  readonly #byName = new Map<string, ModelTable>();
  readonly #parents = new Map<string, ParentKey>();

  /** `unclear`: tables with ambiguous tenant names: their changes are routed to no tenant. */
  constructor(model: TenantModel, schemas: readonly TableSchema[], unclear: ReadonlyMap<TableName, string>) {
    this.#unclear = unclear;
    this.#model = model;
    for (const schema of schemas) {
      this.#byOid.set(schema.oid, schema);
      this.#schemas.set(schema.table, schema);
    }
    for (const table of model.tables) this.#byName.set(nameKey(parseTableName(table.table)), table);
    for (const table of model.tables) if (table.kind === 'via') this.#parentOf(table);
  }

  /** In the order of their ids. */
  get parents(): readonly ParentKey[] {
    return [...this.#parents.values()];
  }

  /** The owned tables' parent keys that belong to a table. */
  parentsOf(table: TableName): ParentKey[] {
    return [...this.#parents.values()].filter(key => key.table === table);
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
      name: table?.table ?? relationName(relation),
      schema,
      columns: [],
      canonical: 'text' as const,
      parent: undefined,
      weak: true,
      enforced: false,
      referenced: [],
    };
    if (table === undefined) return { ...base, kind: 'unknown' };
    if (!isOwned(table)) return { ...base, kind: 'ignored' };
    const routing = routingColumns(table);
    const columns = indexesOf(relation, routing);
    if (columns.includes(-1) || this.#unclear.has(table.table)) return { ...base, kind: 'unknown' };
    const tenantColumn = schema?.columns.find(column => column.name === routing[0]);
    const strong =
      columns.every(index => relation.columns[index]!.identity) &&
      (schema === undefined || routing.every(name => schema.replicaIdentityColumns.includes(name)));
    return {
      ...base,
      kind: table.kind === 'via' ? 'via' : 'direct',
      columns,
      canonical: tenantColumn?.equality?.canonical ?? 'text',
      parent: table.kind === 'via' ? this.#parentOf(table) : undefined,
      weak: !strong,
      enforced: table.kind === 'via' && this.#isDeclared(table),
      referenced: this.#referenced(table.table, relation),
    };
  }

  #parentOf(table: ViaTable): ParentKey | undefined {
    const step = table.path[0]!;
    const id = JSON.stringify([step.references, step.referencedColumns]);
    const known = this.#parents.get(id);
    if (known) return known;
    const owner = this.#model.tables.find(candidate => candidate.table === step.references);
    if (owner === undefined || !isOwned(owner)) return undefined;
    const next = owner.kind === 'via' && owner !== table ? this.#parentOf(owner) : undefined;
    const { references, referencedColumns } = step;
    const children = this.#model.tables.filter(
      (child): child is ViaTable =>
        child.kind === 'via' && JSON.stringify([child.path[0]!.references, child.path[0]!.referencedColumns]) === id,
    );
    const key: ParentKey = {
      ...{ id: this.#parents.size, table: references, columns: referencedColumns, owner, next },
      schema: this.#schemas.get(references),
      enforced: children.every(child => this.#isDeclared(child)),
    };
    this.#parents.set(id, key);
    return key;
  }

  #isDeclared({ table, path }: ViaTable): boolean {
    return declares(this.#schemas.get(table), path[0]!);
  }

  #referenced(table: TableName, relation: Relation): RelationRoute['referenced'] {
    return [...this.#parents.values()].flatMap(key => {
      const columns = key.table === table ? indexesOf(relation, key.columns) : [-1];
      const inIdentity = columns.every(index => relation.columns[index]?.identity);
      return columns.includes(-1) ? [] : [{ key, columns, inIdentity }];
    });
  }
}

function indexesOf(relation: Relation, names: readonly string[]): number[] {
  return names.map(name => relation.columns.findIndex(column => column.name === name));
}

function nameKey(name: { schema: string; table: string }): string {
  return `${name.schema}\0${name.table}`;
}

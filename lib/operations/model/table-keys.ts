/**
 * The model's name and the key of a relation that the log names. Keys come from the last log run; where that does not
 * match the log, or is not known, the replica identity is used.
 */
import type { Relation } from '../../codec/pgoutput.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { parseTableName } from '../../postgres/sql.ts';
import type { Context } from '../context.ts';

export class TableKeys {
  readonly #names = new Map<string, TableName>();
  readonly #keys: ReadonlyMap<TableName, readonly string[]>;

  constructor(ctx: Pick<Context, 'model'>, keys: ReadonlyMap<TableName, readonly string[]>) {
    this.#keys = keys;
    for (const { table } of ctx.model.tables) {
      const name = parseTableName(table);
      this.#names.set(`${name.schema}\0${name.table}`, table);
    }
  }

  of(relation: Relation): { table: TableName; key: readonly string[] } {
    const table = this.#names.get(`${relation.schema}\0${relation.name}`) ?? `${relation.schema}.${relation.name}`;
    return {
      table,
      key: this.#keys.get(table) ?? relation.columns.filter(column => column.identity).map(column => column.name),
    };
  }
}

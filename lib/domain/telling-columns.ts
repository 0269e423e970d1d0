/**
 * Which columns of a row tell a person which row it is, besides its key: a name, a title, a state. By names that
 * applications use, else the first short texts. Pure; a guess that only changes what is shown.
 */
import type { ColumnSchema, ForeignKey, TableSchema } from './table-schema.ts';
import { type OwnedTable, routingColumns } from './tenant-model.ts';

/** In the order in which they tell most. */
const NAMES = [
  /^(?:display_?|full_?)?name$|_name$/,
  /^(?:title|subject|label|headline|summary)$|_title$/,
  /^(?:number|code|slug|sku|reference|ref|handle)$|_(?:number|code|no)$/,
  /^(?:user_?)?e?mail(?:_?address)?$|_email$|^username$|^login$/,
  /^(?:status|state|stage|phase)$|_status$|_state$/,
  /^(?:kind|type|category|role)$/,
  /^(?:amount|total|price|quantity)(?:_|$)|_(?:amount|total|price)$/,
];

/** Contents that are long, or that nobody reads. */
const UNTOLD =
  /password|passwd|secret|token|hash|digest|salt|signature|encrypted|body|content|html|json|description|notes$/;
const TEXTS = /^(?:text|character varying|character|citext|public\.citext)(?:\(\d+\))?$/;

/** The table, as far as it matters here. */
export interface ToldTable extends Pick<TableSchema, 'key'> {
  readonly columns: readonly Pick<ColumnSchema, 'name' | 'type' | 'typeKind'>[];
  readonly foreignKeys: readonly Pick<ForeignKey, 'columns'>[];
}

/** At most `most` names. The key, the tenant and columns that refer to other rows are left out. */
export function tellingColumns({ columns, key, foreignKeys }: ToldTable, owned: OwnedTable, most = 3): string[] {
  const untold = new Set([...key, ...routingColumns(owned), ...foreignKeys.flatMap(each => each.columns)]);
  const others = columns.filter(({ name }) => !untold.has(name) && !UNTOLD.test(name.toLowerCase()));
  const named = NAMES.flatMap(pattern => others.filter(({ name }) => pattern.test(snakeCase(name))));
  const texts = others.filter(({ type, typeKind }) => TEXTS.test(type) || typeKind === 'e');
  return [...new Set([...named, ...(named.length > 1 ? [] : texts)].map(({ name }) => name))].slice(0, most);
}

function snakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

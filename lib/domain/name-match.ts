/**
 * Matching of names: `tenantId`, `tenant_id` and `TenantID` are the same name, and `user_id` refers to `users`,
 * `"User"` or `app_users`. A name alone never decides the tenant of a row; it only raises a question.
 */
import type { TableName } from './table-schema.ts';

/** Generic names: without a foreign key such a column means nothing. */
export const GENERIC_COLUMN = /^(id|uuid|guid|key|code|name|slug|pk)$/i;

/** Without schema and quotes. */
export function bareName(table: TableName): string {
  return table.replace(/^("(?:[^"]|"")+"|[^".]+)\./, '').replaceAll('"', '');
}

/** Equal for every spelling of one name. */
export function spelling(name: string): string {
  return name.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

/** The stem of a column's name (`user` of `user_id`, `userId`, `user_uuid`), as a spelling. */
export function stemOf(column: string): string | undefined {
  if (GENERIC_COLUMN.test(column)) return undefined;
  const stem = /^(.+?)_?(id|uuid|guid|key|slug|code|fk)$/i.exec(column)?.[1];
  return stem === undefined ? undefined : spelling(stem);
}

/**
 * How well the stem matches the table: 2 exactly, 1 the end of its name (`message` and `chat_messages`), 0 not at all.
 */
export function namesTable(stem: string, table: TableName): 0 | 1 | 2 {
  const forms = [stem, `${stem}s`, `${stem}es`, stem.replace(/y$/, 'ies')];
  const words = bareName(table)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .split(/[^\p{L}\p{N}]+/u)
    .map(word => word.toLowerCase());
  if (forms.includes(words.join(''))) return 2;
  const ends = words.map((_, i) => words.slice(i).join(''));
  return ends.some(end => forms.includes(end)) ? 1 : 0;
}

/** Lists that ship with the application. */
const LIST =
  /(^|_)(countr(y|ies)|currenc(y|ies)|languages?|locales?|time_?zones?|plans?|permissions?|features?|[a-z]*types?|kinds?|status(es)?|states?|provinces?|cit(y|ies)|regions?|units?|tax(es)?)$/i;

export function isListNamed(table: TableName): boolean {
  return LIST.test(bareName(table).replace(/([a-z0-9])([A-Z])/g, '$1_$2'));
}

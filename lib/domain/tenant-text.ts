/**
 * A tenant has one name, whatever spelling of it a row holds: `acme` and `acme  ` are one char(8), 1 and 1.0 one number.
 * What is said here of a value's text in the change log, tenantText() in postgres/sql.ts says of the value in SQL.
 */
import type { Equality } from './table-schema.ts';

export type Canonical = Equality['canonical'];

/** The text by which the tenant is known; undefined where only the database can tell (citext folds by its locale). */
export function canonicalTenant(canonical: Canonical, text: string): string | undefined {
  switch (canonical) {
    case 'padded':
      return text.replace(/ +$/, '');
    case 'numeric':
      return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    case 'float':
      return text === '-0' ? '0' : text;
    case 'folded':
      return undefined;
    default:
      return text;
  }
}

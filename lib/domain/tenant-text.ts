/**
 * A tenant has one name, whatever spelling a row has: `acme` and `acme  ` are one char(8), 1 and 1.0 one number. This
 * file applies to text in the change log what tenantText() in postgres/equality.ts does in SQL.
 */
import type { Equality } from './table-schema.ts';

export type Canonical = Equality['canonical'];

/** The canonical text of the tenant; undefined if only the database knows it (citext folds by its locale). */
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

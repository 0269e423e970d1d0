/** The forms in which live values are compared with staged ones: without the application's types (type-choice.ts). */
import type { ColumnSchema, TypeSchema } from '../../domain/table-schema.ts';
import { textOf } from '../equality.ts';
import { columnReference } from '../sql.ts';
import { belowDomains, plainType } from '../staging/type-choice.ts';

export interface ValueForms {
  /** The type in which both sides are compared. */
  readonly comparable: string;
  /** The type of values in diff tables: the live type, or the base type of its domain. */
  readonly typed: string;
}

export function formsOf(column: ColumnSchema, types: readonly TypeSchema[]): ValueForms {
  const comparable = plainType(column, types);
  return { comparable, typed: comparable === 'text' ? belowDomains(column, types) : comparable };
}

/** True if values are compared by their printed text, and must be parsed into the live type to be written. */
export function isByText(forms: ValueForms): boolean {
  return forms.comparable !== forms.typed;
}

/** SQL of a live value in its comparable form. */
export function comparableValue(column: ColumnSchema, forms: ValueForms, alias: string): string {
  const value = columnReference(column.name, alias);
  if (isByText(forms)) return textOf(value);
  return forms.typed === column.type ? value : `${value}::${forms.comparable}`;
}

export function comparableColumn(column: ColumnSchema, types: readonly TypeSchema[], alias: string): string {
  return comparableValue(column, formsOf(column, types), alias);
}

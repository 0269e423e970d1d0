/** Whether values of two column types can be the same id. */

const FAMILIES: readonly RegExp[] = [
  /^(smallint|integer|bigint)$/,
  /^(text|character varying(\(\d+\))?|character(\(\d+\))?|public\.citext)$/,
];

export function comparableTypes(a: string, b: string): boolean {
  return a === b || FAMILIES.some(family => family.test(a) && family.test(b));
}

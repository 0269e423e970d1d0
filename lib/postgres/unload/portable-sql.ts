/**
 * Whether a piece of SQL from a catalog works in an empty database. Every session has an empty search_path, so that the
 * catalogs print what is not of pg_catalog with its schema: an expression that calls nothing with a schema calls nothing of
 * the application's.
 */

const NAME = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)`;
const CALLS = new RegExp(String.raw`${NAME}\.${NAME}\s*\(`);
const OPERATOR = /OPERATOR\((?!pg_catalog\.)/;
const COLLATION = new RegExp(String.raw`COLLATE (?!pg_catalog\.)${NAME}\.`);

/** True if the expression needs no function, operator, collation or object of the application's. */
export function isPortableExpression(expression: string): boolean {
  const code = expression.replaceAll(/'(?:[^']|'')*'/g, "''");
  const namesObjects = /::reg[a-z]+/.test(code);
  return !namesObjects && !CALLS.test(code) && !OPERATOR.test(code) && !COLLATION.test(code);
}

const OWN_COLLATION = new RegExp(String.raw` COLLATE (?!pg_catalog\.)${NAME}\.${NAME}`, 'g');
const RANGE_COLLATION = new RegExp(String.raw`, COLLATION = (?!pg_catalog\.)${NAME}\.${NAME}`, 'g');

/** The definition of a composite or range type without the application's collations. */
export function withoutCollations(ddl: string): string {
  return ddl.replaceAll(OWN_COLLATION, '').replaceAll(RANGE_COLLATION, '');
}

/** A statement as a comment. */
export function asComment(text: string): string {
  return text
    .split('\n')
    .map(line => `-- ${line}\n`)
    .join('');
}

/**
 * Composite types that have other attributes today than in a backup. Their values are staged as they were printed, by
 * position: one that came last since is filled in as NULL; where one was dropped, what stands behind it would land in
 * another attribute. Attributes are told by number, so that a rename changes nothing.
 */
import type { TypeSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';

/** How many attributes it gained at its end; `lost`: others than those that were there came first. */
export type Reshaped = number | 'lost';

/** By type name. In another database, or of a type that was made again, the oid is another: then they are what they are. */
export async function readReshaped(
  connection: Connection,
  types: readonly TypeSchema[],
): Promise<ReadonlyMap<string, Reshaped>> {
  const known = types.flatMap(({ name, attributes }) => (attributes ? [{ name, ...attributes }] : []));
  if (known.length === 0) return new Map();
  const { rows } = await connection.query(
    `SELECT asked.name, ARRAY(SELECT a.attnum::int4 FROM pg_attribute a
                               WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS numbers
       FROM unnest($1::text[], $2::int8[]) AS asked (name, oid)
       JOIN pg_type t ON t.oid = asked.oid::oid AND t.typtype = 'c' JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE quote_ident(n.nspname) || '.' || quote_ident(t.typname) = asked.name`,
    [known.map(({ name }) => name), known.map(({ oid }) => oid)],
  );
  const now = new Map((rows as { name: string; numbers: number[] }[]).map(row => [row.name, row.numbers]));
  const found = new Map<string, Reshaped>();
  for (const { name, numbers } of known) {
    const present = now.get(name);
    if (present === undefined) continue;
    const stays = numbers.every((number, place) => present[place] === number);
    if (!stays) found.set(name, 'lost');
    else if (present.length > numbers.length) found.set(name, present.length - numbers.length);
  }
  spread(found, types);
  return found;
}

/** What is made of a type that lost attributes prints them too. */
function spread(found: Map<string, Reshaped>, types: readonly TypeSchema[]): void {
  const lost = [...found].flatMap(([name, how]) => (how === 'lost' ? [name] : []));
  for (let name = lost.pop(); name !== undefined; name = lost.pop()) {
    for (const type of types) {
      if (found.get(type.name) === 'lost' || !names(type.ddl, name)) continue;
      found.set(type.name, 'lost');
      lost.push(type.name);
    }
  }
}

/** Whether the statement names the type, and not one whose name only begins with it. */
function names(ddl: string, name: string): boolean {
  return ddl.split(name).some((rest, place) => place > 0 && !/^[\w"$.]/.test(rest));
}

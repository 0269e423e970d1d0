/** The publication of a tenant model, as `holdfast doctor --fix` would create it, for tests that begin after that. */
import { ownedTables } from '../../lib/domain/tenant-model.ts';
import type { Context } from '../../lib/operations/context.ts';
import { readFitness } from '../../lib/operations/model/table-fitness.ts';
import { readSchema } from '../../lib/postgres/catalogs/catalog-discovery.ts';
import type { Connection } from '../../lib/postgres/connection.ts';
import { publicationSql, publicationState } from '../../lib/postgres/log/publication.ts';

/** Creates or completes the publication; returns the statements it ran. */
export async function ensurePublication(
  ctx: Pick<Context, 'model' | 'publication'>,
  connection: Connection,
): Promise<string[]> {
  const { tables } = await readSchema(
    connection,
    ownedTables(ctx.model).map(table => table.table),
  );
  const { fit } = await readFitness(connection, ctx.publication, tables);
  const statements = publicationSql(ctx.publication, fit, await publicationState(connection, ctx.publication, fit));
  for (const statement of statements) await connection.query(statement);
  return statements;
}

/**
 * Which tables the log can follow. A table that it cannot follow never stops the others: it is reported with the
 * reason, and the run continues. Invariant: a table counts as fit only if publishing it fails no statement of the
 * application.
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { readTableFacts } from '../../postgres/catalogs/table-facts.ts';
import type { Connection } from '../../postgres/connection.ts';
import { type Harm, readMisnamingRoots } from '../../postgres/log/identity-harm.ts';
import { type IdentityTarget, readIdentityTargets, unfitReason } from '../../postgres/log/replica-identity.ts';

export interface Fitness {
  /** Can be published as they are. */
  readonly fit: TableName[];
  /** Cannot be followed, and why. */
  readonly unfit: ReadonlyMap<TableName, string>;
  /** Can be followed once their replica identity is set. */
  readonly unready: ReadonlyMap<TableName, string>;
  readonly targets: readonly IdentityTarget[];
  /** By oid: partitioned tables with a replica identity that their partitions do not have. */
  readonly misnaming: ReadonlyMap<number, Harm>;
}

export async function readFitness(
  connection: Connection,
  publication: string,
  tables: readonly TableSchema[],
): Promise<Fitness> {
  const facts = await readTableFacts(
    connection,
    tables.map(table => table.table),
  );
  const oids = tables.map(table => table.oid);
  const targets = await readIdentityTargets(connection, publication, oids);
  const misnaming = await readMisnamingRoots(connection, oids);
  const fit: TableName[] = [];
  const unfit = new Map<TableName, string>();
  const unready = new Map<TableName, string>();
  for (const schema of tables) {
    const own = targets.filter(target => target.root === schema.oid);
    const fact = facts.get(schema.table);
    const reason = fact?.unlogged
      ? 'it is unlogged: its changes are not in the log'
      : fact?.foreign
        ? 'a partition of it is a foreign table: its changes are in the log of another server'
        : unfitReason(schema, own);
    const broken = own.find(target => !target.works);
    if (reason !== undefined) unfit.set(schema.table, reason);
    else if (broken) unready.set(schema.table, `${broken.relation} has no usable replica identity`);
    else if (misnaming.has(schema.oid))
      unready.set(schema.table, 'it has a replica identity of its own, which its partitions do not have');
    else fit.push(schema.table);
  }
  return { fit, unfit, unready, targets, misnaming };
}

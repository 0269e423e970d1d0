/** The doctor's findings about one table that holds tenants' rows. */
import { type Finding, finding } from '../../domain/finding.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { type OwnedTable, routingColumns } from '../../domain/tenant-model.ts';
import type { TableFact } from '../../postgres/catalogs/table-facts.ts';
import type { Harm } from '../../postgres/log/identity-harm.ts';
import {
  carriesTenant,
  type IdentityTarget,
  planIdentity,
  wantedIdentity,
} from '../../postgres/log/replica-identity.ts';
import type { TableHealth } from '../../postgres/server/server-health.ts';
import {
  addKeySql,
  enableTriggerSql,
  setLoggedSql,
  tenantIndexSql,
  validateKeySql,
} from '../../postgres/server/table-statements.ts';

export interface Examined {
  readonly table: OwnedTable;
  readonly schema: TableSchema;
  readonly facts: TableFact | undefined;
  readonly health: TableHealth | undefined;
  readonly targets: readonly IdentityTarget[];
  /** Why the log cannot follow it. */
  readonly unfit: string | undefined;
  /** A partitioned table with a replica identity that its partitions do not have. */
  readonly misnaming: Harm | undefined;
  readonly server: { readonly version: number; readonly guarded: boolean };
}

export function examineTable(examined: Examined): Finding[] {
  return [
    ...examineKey(examined),
    ...examineIdentity(examined),
    ...examineRoot(examined),
    ...examineStorage(examined),
    ...examineIndexes(examined),
  ];
}

/** A table that the log cannot follow, and why; most often it has no key. */
function examineKey({ schema, unfit }: Examined): Finding[] {
  if (unfit === undefined || unfit.includes('unlogged') || unfit.includes('foreign table')) return [];
  const common = { severity: 'error', table: schema.table, safe: false } as const;
  if (schema.key.length > 0) {
    const message = `The changes of ${schema.table} cannot be followed: ${unfit}. It is not published, and can be restored only as of a snapshot.`;
    return [{ ...common, code: 'no-identity', message, sql: [], advice: 'Give it a primary key.' }];
  }
  return [
    {
      ...common,
      code: 'no-key',
      message: `${schema.table} has no primary key: its changes cannot be followed, and it can be restored only as it was in a snapshot.`,
      sql: [addKeySql(schema.table)],
      advice:
        'This rewrites the table under an exclusive lock. Better: make columns that identify a row the primary key.',
    },
  ];
}

function examineIdentity({ table, schema, targets, unfit, server }: Examined): Finding[] {
  // A partitioned table without partitions has no rows, and so no incomplete old images.
  if (unfit !== undefined || targets.length === 0) return [];
  const { sql, weak } = planIdentity(table, schema, targets, server);
  const missing = wantedIdentity(table, schema).filter(column => !schema.replicaIdentityColumns.includes(column));
  const lacking =
    missing.length > 0 ? ` do not carry ${missing.join(', ')} in the log` : ' rest on an index in the log';
  if (sql.length > 0) {
    const none = targets.some(target => !target.works);
    const consequence = none
      ? 'it cannot be published, and its changes are not followed'
      : missing.length > 0
        ? 'a deleted row does not identify its tenant, so every change of the table is also kept in the shared log'
        : 'if that index is dropped, the application’s UPDATE and DELETE fail';
    return [
      {
        code: 'replica-identity',
        severity: none ? 'error' : 'warning',
        table: schema.table,
        message: `Old rows of ${schema.table}${lacking}: ${consequence}.`,
        sql,
        safe: true,
        advice: 'This waits only briefly for the table’s lock, retries, and changes no row.',
      },
    ];
  }
  if (weak.length === 0 || carriesTenant(table, schema)) return [];
  const relations = weak.map(({ relation }) => relation).join(', ');
  return [
    {
      code: 'weak-identity',
      severity: 'info',
      table: schema.table,
      message: `Old rows of ${relations}${lacking}: changes that do not identify the tenant of their row are kept in the shared log.`,
      sql: [],
      safe: false,
      advice: `${weak[0]!.reason}.`,
    },
  ];
}

/** The log names the rows of partitions by the identity of the partitioned table itself. */
function examineRoot({ schema, misnaming, unfit }: Examined): Finding[] {
  if (misnaming === undefined || unfit !== undefined) return [];
  return [
    {
      code: 'root-identity',
      severity: 'error',
      table: schema.table,
      message: `${schema.table} has a replica identity that its partitions do not have: the log does not name their rows, and its changes are not followed.`,
      sql: [`${misnaming.mend};`],
      safe: true,
      advice: 'This waits only briefly for the table’s lock, retries, and changes no row.',
    },
  ];
}

function examineStorage({ schema, facts, health }: Examined): Finding[] {
  const { table } = schema;
  const references = schema.columns.filter(column => column.type === 'oid' || /(^|\.)lo$/.test(column.type));
  const names = references.map(column => column.name).join(', ');
  return [
    ...(facts?.unlogged ? [unlogged(table)] : []),
    ...(references.length === 0
      ? []
      : [
          finding(
            'large-object-column',
            'warning',
            `${names} of ${table} may reference large objects, which are not backed up.`,
            { table },
          ),
        ]),
    ...(health?.foreignPartitions ?? []).map(partition =>
      finding(
        'foreign-partition',
        'error',
        `${partition}, a partition of ${table}, is a foreign table: its changes are not in this server's log.`,
        { table },
      ),
    ),
    ...examineTriggersAndKeys(table, health),
  ];
}

function unlogged(table: TableName): Finding {
  const message = `${table} is unlogged: its changes are not in the log, and a crash of the server empties it.`;
  return finding('unlogged-table', 'error', message, {
    table,
    sql: [setLoggedSql(table)],
    advice: 'This rewrites the table under an exclusive lock.',
  });
}

function examineTriggersAndKeys(table: TableName, health: TableHealth | undefined): Finding[] {
  const triggers = (health?.stubbornTriggers ?? []).map(trigger =>
    finding('trigger-always', 'warning', `The trigger ${trigger} of ${table} also fires during a restore.`, {
      table,
      sql: [enableTriggerSql(table, trigger)],
      advice: 'It was enabled ALWAYS or REPLICA, perhaps on purpose.',
    }),
  );
  const keys = (health?.unvalidatedKeys ?? []).map(key =>
    finding(
      'unvalidated-key',
      'warning',
      `The foreign key ${key} of ${table} was never validated: rows without a parent belong to no tenant.`,
      { table, sql: [validateKeySql(table, key)] },
    ),
  );
  return [...triggers, ...keys];
}

/** Without an index, each tenant's snapshot reads the entire table. */
function examineIndexes({ table, schema, health }: Examined): Finding[] {
  const columns = routingColumns(table);
  const served = health?.indexes.some(index =>
    columns.every(column => index.slice(0, columns.length).includes(column)),
  );
  if (health === undefined || served) return [];
  const inIndex = [...new Set([...columns, ...schema.key])];
  return [
    {
      code: 'missing-index',
      severity: 'warning',
      table: schema.table,
      message: `No index of ${schema.table} begins with ${columns.join(', ')}: each tenant's snapshot and restore reads the entire table.`,
      sql: [tenantIndexSql(schema, inIndex)],
      safe: false,
      ...(schema.kind === 'p'
        ? {
            advice:
              'CONCURRENTLY is impossible on a partitioned table: build it on each partition first to avoid blocking writes.',
          }
        : {}),
    },
  ];
}

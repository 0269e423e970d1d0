/**
 * A staged state made by hand: a copy of the tenant's current rows. Allows testing difference and apply alone, without
 * backups.
 */
import { randomBytes } from 'node:crypto';
import { lsn } from '../../lib/domain/lsn.ts';
import { storedColumns, type TableName } from '../../lib/domain/table-schema.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { ownedTables, TenantModel } from '../../lib/domain/tenant-model.ts';
import { readSchema, readServerInfo } from '../../lib/postgres/catalogs/catalog-discovery.ts';
import { type Source, withConnection } from '../../lib/postgres/connection.ts';
import { comparableValue, formsOf } from '../../lib/postgres/diff/comparable-value.ts';
import {
  chunkKey,
  columnList,
  fromTable,
  quoteIdentifier,
  quoteLiteral,
  tenantPredicate,
} from '../../lib/postgres/sql.ts';
import type { StagedTable, Staging } from '../../lib/postgres/staging/staging.ts';
import { createProgress, noteProgress, STAGED } from '../../lib/postgres/staging/staging-progress.ts';

export function modelOf(tables: unknown[]): TenantModel {
  return TenantModel.parse({ format: 'holdfast.tenant-model/1', tables });
}

export async function stageByHand(
  source: Source,
  model: TenantModel,
  tenant: string,
  options: { installation?: string; only?: TableName[]; asText?: Record<TableName, string[]> } = {},
): Promise<Staging> {
  const id = randomBytes(5).toString('hex');
  const schema = `holdfast_stage_${id}`;
  return withConnection(source, 'test staging', async connection => {
    const owned = ownedTables(model).filter(table => !options.only || options.only.includes(table.table));
    const database = await readSchema(
      connection,
      ownedTables(model).map(table => table.table),
    );
    const schemas = new Map(database.tables.map(table => [table.table, table]));
    await connection.query(`CREATE SCHEMA ${quoteIdentifier(schema)}`);
    const tables: StagedTable[] = [];
    for (const [i, table] of owned.entries()) {
      const live = schemas.get(table.table)!;
      const forms = storedColumns(live).map(column => {
        const form = formsOf(column, database.types);
        return { column, comparable: form.comparable, value: comparableValue(column, form, 'r') };
      });
      const values = forms.map(({ column, value }) => `${value} AS ${quoteIdentifier(column.name)}`);
      const staged = `${quoteIdentifier(schema)}.t${i + 1}`;
      const made = await connection.query(
        `CREATE UNLOGGED TABLE ${staged} AS SELECT ${values.join(', ')} FROM ${fromTable(live)} AS r WHERE ${tenantPredicate(table, schemas, 'r', quoteLiteral(tenant), model)}`,
      );
      const key = live.key.length === 0 ? [] : chunkKey(table, live);
      if (key.length > 0) await connection.query(`CREATE UNIQUE INDEX ON ${staged} (${columnList(key)})`);
      const text = new Set(options.asText?.[table.table] ?? []);
      for (const name of text)
        await connection.query(
          `ALTER TABLE ${staged} ALTER ${quoteIdentifier(name)} TYPE text USING ${quoteIdentifier(name)}::text`,
        );
      await connection.query(`ANALYZE ${staged}`);
      tables.push({
        ...{ table: table.table, owned: table, staged, schema: live, key },
        columns: forms.map(({ column, comparable }) => ({
          name: column.name,
          number: column.number,
          stagedType: text.has(column.name) ? 'text' : comparable,
          asText: text.has(column.name),
        })),
        rows: made.rowCount ?? 0,
        erased: { recorded: 0, dependent: 0 },
        dependency: false,
      });
    }
    await connection.query(`${createProgress(schema)}; ${noteProgress(schema, { [STAGED]: 'by hand' })}`);
    const at = await connection.query('SELECT pg_current_wal_insert_lsn()::text AS lsn');
    const [high, low] = (at.rows[0].lsn as string).split('/');
    return {
      ...{ id, schema, source, database, tables, notes: [], sequences: {} },
      tenant: tenantId(tenant),
      ref: tenantRef(options.installation ?? 'test-installation', tenantId(tenant)),
      target: lsn((BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)),
      server: await readServerInfo(connection),
      measure: { loadMs: 0, replayMs: 0, settleMs: 0, rowsLoaded: 0, bytesLoaded: 0, changesReplayed: 0 },
      release: async () => {},
      drop: () =>
        withConnection(source, 'test staging', async fresh => {
          await fresh.query(
            `SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${quoteIdentifier(schema)} CASCADE`,
          );
        }),
    };
  });
}

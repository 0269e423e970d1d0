/**
 * A database protected as a user does it (discover, doctor --fix, ship, snapshot --all, ship), and an independent
 * observer that does not use Holdfast's model: it records every row's text at a moment, and after a restore compares
 * the rows of the tenant and of all others. For tests with schemas and histories of their own.
 */
import type pg from 'pg';
import { expect } from 'vitest';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { defaultSettings, type Settings } from '../../lib/domain/settings.ts';
import { type TenantId, tenantId } from '../../lib/domain/tenant.ts';
import type { TenantHints } from '../../lib/domain/tenant-choice.ts';
import type { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { Context } from '../../lib/operations/context.ts';
import { type ShipReport, shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import { snapshotFleet } from '../../lib/operations/fleet/snapshot-fleet.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { previewTenant, runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { readSchema } from '../../lib/postgres/catalogs/catalog-discovery.ts';
import { listTenants } from '../../lib/postgres/catalogs/tenant-list.ts';
import { type Source, withConnection } from '../../lib/postgres/connection.ts';
import { discoverModel } from './discover-model.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import type { TestDatabase } from './postgres.ts';
import type { RestoreRequestInput } from './restore-request.ts';

/** Table → tenant → the text of each row, sorted by bytes. Rows without a tenant are under `(none)`. */
export type Rows = Record<string, Record<string, string[]>>;

export interface Moment {
  readonly time: string;
  readonly lsn: string;
  readonly rows: Rows;
}

export interface ProtectOptions {
  readonly settings?: Partial<Settings>;
  readonly hints?: TenantHints;
  /** Edits the proposed model, as a reviewer would. */
  readonly review?: (model: TenantModel) => TenantModel;
  /**
   * The tenant of a row, as SQL text over the row `t`, by table name as the observer prints it (without `public.`).
   * Default: `t.tenant_id::text`, for `tenants` `t.id::text`, otherwise none.
   */
  readonly owners?: Record<string, string>;
  /** The role that Holdfast uses; the superuser by default. */
  readonly as?: Source;
  /** Skips doctor --fix. */
  readonly withoutDoctor?: boolean;
}

export interface ProtectedDatabase {
  readonly db: TestDatabase;
  readonly deps: LocalDeps;
  readonly ctx: Context;
  /** What `holdfast ship` does: ships, takes the snapshots that gaps require, ships again. */
  ship(): Promise<ShipReport>;
  snapshot(): Promise<void>;
  /** The current state: rows, time, position. Not for use while transactions are open. */
  moment(): Promise<Moment>;
  /** Ships, restores the tenant in place, and expects exactly the rows of the moment, and all other rows unchanged. */
  restoreTo(moment: Moment, tenant: string, request?: Partial<RestoreRequestInput>): Promise<void>;
  /** The oracle: on a quiet database, after ship, no tenant differs from its latest recoverable state. */
  expectNothingDiffers(): Promise<void>;
  dispose(): Promise<void>;
}

/** Discovers, fixes, ships, snapshots all tenants, ships. */
export async function protect(db: TestDatabase, options: ProtectOptions = {}): Promise<ProtectedDatabase> {
  const deps = await localDeps();
  const source = options.as ?? db.source;
  const { model: proposed } = await discoverModel({ source }, options.hints);
  const model = options.review?.(proposed) ?? proposed;
  const ctx: Context = {
    ...{ ...deps, clock: { now: () => new Date() } },
    ...{ source, model, settings: defaultSettings(options.settings), slot: `s_${db.name}`, publication: 'holdfast' },
  };
  if (!options.withoutDoctor) {
    const { failed } = await doctorFix({ source, model, slot: ctx.slot, publication: ctx.publication });
    expect(failed).toEqual([]);
  }
  const observer = await observe(db);
  const made: ProtectedDatabase = {
    ...{ db, deps, ctx },
    ship: () => shipAndCloseGaps(ctx),
    snapshot: async () => {
      const { failed } = await snapshotFleet(ctx, 'all');
      expect(failed.map(({ error }) => `${error.code}: ${error.message}`)).toEqual([]);
    },
    moment: async () => {
      const rows = await allRows(observer, options.owners ?? {});
      const { rows: now } = await observer.query(
        `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time, pg_current_wal_insert_lsn()::text AS lsn`,
      );
      return { rows, ...now[0] };
    },
    restoreTo: async (moment, tenant, request = {}) => {
      await made.ship();
      const before = await allRows(observer, options.owners ?? {});
      await runRestore(ctx, requestOf(tenant, moment.time, request));
      const after = await allRows(observer, options.owners ?? {});
      expect(of(after, tenant)).toEqual(of(moment.rows, tenant));
      expect(others(after, tenant)).toEqual(others(before, tenant));
    },
    expectNothingDiffers: async () => {
      for (const tenant of await tenantsOf(ctx)) {
        const { tables, totals } = await previewTenant(ctx, requestOf(tenant, 'latest'));
        const differing = tables.filter(table => table.inserts + table.updates + table.deletes > 0);
        expect({ tenant, totals, differing: differing.map(table => table.table) }).toMatchObject({
          differing: [],
          totals: { rows: 0 },
        });
      }
    },
    dispose: async () => {
      await deps.dispose();
      await db.drop();
    },
  };
  await made.ship();
  await made.snapshot();
  await made.ship();
  return made;
}

export function requestOf(tenant: string, target: string, more: Partial<RestoreRequestInput> = {}) {
  return parseRestoreRequest({ tenant, target, requestedBy: 'test', reason: 'test', ...more });
}

export async function tenantsOf(ctx: Context): Promise<TenantId[]> {
  return withConnection(ctx.source, 'test', async connection => {
    const schema = await readSchema(
      connection,
      ctx.model.tables.map(table => table.table),
    );
    const found = await listTenants(connection, ctx.model, new Map(schema.tables.map(table => [table.table, table])));
    return found.map(id => tenantId(id));
  });
}

/** A session that inherits no setting of the database: the same text at every moment. */
async function observe(db: TestDatabase): Promise<pg.Client> {
  const client = await db.connect();
  await client.query(`SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET extra_float_digits = 1;
    SET bytea_output = 'hex'; SET statement_timeout = 0; SET default_transaction_read_only = off; SET search_path = public;
    SET row_security = off; SET idle_in_transaction_session_timeout = 0; SET quote_all_identifiers = off`);
  return client;
}

async function allRows(observer: pg.Client, owners: Record<string, string>): Promise<Rows> {
  const { rows: tables } = await observer.query(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'p' AS partitioned,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema$|holdfast)'
    ORDER BY 1`);
  const found: Rows = {};
  for (const { name, partitioned, columns } of tables) {
    const short = name.replace(/^public\./, '');
    const direct = columns.includes('tenant_id') ? 't.tenant_id::text' : 'NULL';
    const owner = owners[short] ?? (short === 'tenants' ? 't.id::text' : direct);
    const { rows } = await observer.query(
      `SELECT coalesce((${owner})::text, '(none)') AS tenant, t::text AS row FROM ${partitioned ? name : `ONLY ${name}`} t ORDER BY t::text COLLATE "C"`,
    );
    for (const { tenant, row } of rows) {
      found[short] ??= {};
      found[short][tenant] ??= [];
      found[short][tenant].push(row);
    }
  }
  return found;
}

const of = (rows: Rows, tenant: string) =>
  Object.fromEntries(
    Object.entries(rows).flatMap(([table, byTenant]) => (byTenant[tenant] ? [[table, byTenant[tenant]]] : [])),
  );

const others = (rows: Rows, tenant: string) =>
  Object.fromEntries(
    Object.entries(rows).flatMap(([table, byTenant]) =>
      Object.entries(byTenant).flatMap(([owner, lines]) => (owner === tenant ? [] : [[`${table} of ${owner}`, lines]])),
    ),
  );

/** A protected database with transactions to take back, and what `holdfast revert` does with them. */
import { tenantId } from '../../lib/domain/tenant.ts';
import { liveTableNames, revertRequest } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { type PgVersion, testDatabase } from './postgres.ts';
import { type ProtectedDatabase, protect } from './protected-database.ts';
import type { RevertCase } from './revert-schemas.ts';

/** What every schema has. */
const SETUP = `CREATE EXTENSION citext; CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1), (2), (3);`;

/** Protected, with this schema. */
export async function tenantsWith(version: PgVersion, sql: string, owners: Record<string, string> = {}) {
  const db = await testDatabase(version);
  await db.query(`${SETUP} ${sql}`);
  return protect(db, { owners });
}

/** Runs it as one transaction; returns its id. */
export async function transactionOf({ db }: ProtectedDatabase, sql: string): Promise<string> {
  const client = await db.connect();
  try {
    await client.query(`BEGIN; ${sql}`);
    const { rows } = await client.query('SELECT pg_current_xact_id()::text AS xid');
    await client.query('COMMIT');
    return rows[0].xid;
  } finally {
    await client.end();
  }
}

/** What `holdfast revert` does; the record. */
export async function revertOf(
  world: ProtectedDatabase,
  transactions: readonly string[],
  request: object = {},
  tenant = tenantId('1'),
) {
  const { ctx } = world;
  await world.ship();
  const asked = await revertRequest(ctx, tenant, {
    ...{ transactions, liveNames: await liveTableNames(ctx) },
    request: { requestedBy: 'test', ...request },
  });
  return (await runRestore(ctx, asked)).record;
}

/** Rows left alone. */
export const leftOf = ({ conflicts }: Awaited<ReturnType<typeof revertOf>>) =>
  conflicts.filter(({ code }) => code === 'changed-since').reduce((sum, { count }) => sum + count, 0);

/** The tenant's rows, as text. */
export const rowsOfTenant = async (
  { db }: ProtectedDatabase,
  { table, owner = 't.tenant_id' }: Pick<RevertCase, 'table' | 'owner'>,
  tenant: number,
) => {
  const shown = table === 'large' ? 'ROW(tenant_id, id, v, w, left(big, 1))' : 't';
  const rows = await db.query(`SELECT (${shown})::text AS row FROM ${table} t WHERE ${owner} = ${tenant} ORDER BY 1`);
  return rows.map(({ row }) => row).sort();
};

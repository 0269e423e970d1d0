/**
 * `holdfast restore --into DATABASE`: for drills and disasters. The tables are made there where they are missing, from the
 * schema that the backup recorded; then it is a restore like any other, against that database.
 */
import { SnapshotBody } from '../../domain/manifest.ts';
import type { RestorePlan } from '../../domain/restore-plan.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { type Source, withConnection } from '../../postgres/connection.ts';
import { createTables } from '../../postgres/staging/create-tables.ts';
import type { Context } from '../context.ts';
import { readManifest } from '../storage/manifest-store.ts';

/** Makes the tables of the plan in that database. InputError `cannot-create`. */
export async function createMissing(ctx: Context, ref: TenantRef, plan: RestorePlan, into: Source): Promise<void> {
  const { key, sha256 } = plan.snapshot;
  const { body } = await readManifest(ctx, key, SnapshotBody, { tenant: ref, kind: 'snapshot', sha256 });
  await withConnection(into, 'restore create', connection =>
    createTables(
      connection,
      body.schema,
      plan.tables.map(table => table.table),
    ),
  );
}

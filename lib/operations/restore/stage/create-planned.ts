/**
 * `holdfast restore --into DATABASE`: for drills and disasters. Missing tables are created there, from the schema in
 * the backup; then it is an ordinary restore into that database.
 */

import type { RestorePlan } from '../../../domain/restore-plan.ts';
import { SnapshotBody } from '../../../domain/snapshot-body.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { listTables } from '../../../postgres/catalogs/catalog-discovery.ts';
import { type Source, withConnection } from '../../../postgres/connection.ts';
import { createTables } from '../../../postgres/staging/create-tables.ts';
import type { Context } from '../../context.ts';
import { readManifest } from '../../storage/manifest-store.ts';

/**
 * Creates the tables of the plan in that database; the plan notes what could not be created with them. InputError
 * `cannot-create`.
 */
export async function createPlanned(ctx: Context, ref: TenantRef, plan: RestorePlan, into: Source): Promise<void> {
  const { key, sha256 } = plan.snapshot;
  const kind = plan.target.kind === 'cluster-read' ? 'cluster-read' : 'snapshot';
  const { body } = await readManifest(ctx, key, SnapshotBody, { tenant: ref, kind, sha256 });
  await withConnection(into, 'restore create', async connection => {
    const names = plan.tables.map(table => table.table);
    const created = new Set(await createTables(connection, body.schema, names));
    const there = new Set(await listTables(connection));
    for (const schema of body.schema.tables.filter(({ table }) => created.has(table)))
      for (const key of schema.foreignKeys.filter(({ references }) => !there.has(references)))
        plan.notes.push(
          `The foreign key ${key.name} of ${schema.table} was not created: ${key.references} is not in that database. Load the shared tables there first to get it.`,
        );
  });
}

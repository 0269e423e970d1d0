/**
 * The state that a restore left, beside the state before it: an undo reverts only what the restore wrote and what is
 * unchanged since. Invariant: the baseline is the tenant's state at the restore's own commit, kept in the staging
 * schema of the undo, so that preview, plan and apply use the same one.
 */
import { InputError } from '../../../domain/errors.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { type Source, withConnection } from '../../../postgres/connection.ts';
import { copyStaged } from '../../../postgres/staging/baseline.ts';
import { makePrivate } from '../../../postgres/staging/private-schema.ts';
import type { StagedTable, Staging } from '../../../postgres/staging/staging.ts';
import { restoreCommits } from '../../catalog/catalog-index.ts';
import type { Context } from '../../context.ts';
import { planRestore } from '../plan/plan-restore.ts';
import { stageRestore } from './stage-restore.ts';

/** The staging with a baseline for every table. InputError `undo-exact-only`; and what planning and staging throw. */
export async function withBaseline(
  ctx: Context,
  staging: Staging,
  undone: { readonly restore: string; readonly tables: readonly TableName[] | undefined },
  into: Source,
): Promise<Staging> {
  const commit = await restoreCommits.get(ctx.catalog, staging.ref, undone.restore);
  if (!commit) throw exactOnly('the change log does not record where it committed');
  if (commit.unclear) throw exactOnly('the change log has it at several positions');
  const plan = await planRestore(ctx, tenantId(staging.tenant), commit.lsn, { tables: undone.tables });
  const after = await stageRestore(ctx, plan, into);
  try {
    return await withConnection(into, 'undo baseline', async connection => {
      const tables: StagedTable[] = [];
      for (const [i, table] of staging.tables.entries()) {
        const left = after.tables.find(candidate => candidate.table === table.table);
        if (left === undefined || shapeOf(left) !== shapeOf(table))
          throw exactOnly(`${table.table} was altered around it`);
        const copy = { number: i, staged: left.staged };
        tables.push({ ...table, baseline: await copyStaged(connection, staging.schema, copy) });
      }
      await makePrivate(connection, staging.schema);
      return { ...staging, tables };
    });
  } finally {
    await after.drop();
  }
}

const shapeOf = ({ columns, key }: StagedTable) =>
  JSON.stringify([columns.map(({ name, stagedType }) => [name, stagedType]), key]);

export function exactOnly(why: string): InputError {
  return new InputError(
    'undo-exact-only',
    `What that restore wrote cannot be distinguished from later changes: ${why}.`,
    {
      hint: 'Pass --exact: the tables return to their state just before it, and later changes are lost; the preview shows them.',
    },
  );
}

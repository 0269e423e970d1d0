/**
 * The state after what is undone, beside the state before it: an undo or a revert takes back only what is between the two
 * and unchanged since. Invariant: the baseline is the tenant's state at that commit (less what other transactions did, for
 * a revert of some), kept in the staging schema, so that preview, plan and apply use the same one.
 */
import { InputError } from '../../../domain/errors.ts';
import { type Lsn, lsn, parseLsn } from '../../../domain/lsn.ts';
import type { Reverts } from '../../../domain/restore-request.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { type TenantRef, tenantId } from '../../../domain/tenant.ts';
import { type Source, withConnection } from '../../../postgres/connection.ts';
import { copyStaged } from '../../../postgres/staging/baseline.ts';
import { makePrivate } from '../../../postgres/staging/private-schema.ts';
import type { StagedTable } from '../../../postgres/staging/staging.ts';
import { restoreCommits } from '../../catalog/catalog-index.ts';
import type { Context } from '../../context.ts';
import { planRestore } from '../plan/plan-restore.ts';
import { KeyChanges } from './key-changes.ts';
import { loggedChanges } from './logged-changes.ts';
import { choosesAmong, type LoggedStep, selectedBy, selectStep } from './select-step.ts';
import { stageRestore } from './stage-restore.ts';
import type { StagedState } from './staged-state.ts';

/** What an undo or a revert takes back. */
export interface TakenBack {
  /** The position after it. */
  readonly until: Lsn;
  /** Tables that the request selects; undefined: all. */
  readonly tables: readonly TableName[] | undefined;
  /** Some of the transactions up to there. Absent: all of them. */
  readonly reverts?: Reverts | undefined;
  /** The error where a table was altered in between. */
  refuse(why: string): InputError;
}

/** What a restore wrote. InputError `undo-exact-only`. */
export async function restoreToUndo(
  ctx: Pick<Context, 'catalog'>,
  tenant: TenantRef,
  restore: string,
  tables: readonly TableName[] | undefined,
): Promise<TakenBack> {
  const commit = await restoreCommits.get(ctx.catalog, tenant, restore);
  if (!commit) throw exactOnly('the change log does not record where it committed');
  if (commit.unclear) throw exactOnly('the change log has it at several positions');
  return { until: parseLsn(commit.lsn), tables, refuse: exactOnly };
}

/** The staging with a baseline for every table. InputError; and what planning and staging throw. */
export async function withBaseline<S extends StagedState>(
  ctx: Context,
  staging: S,
  back: TakenBack,
  into: Source,
): Promise<S> {
  const { until, reverts } = back;
  const target = { kind: 'lsn', lsn: until, named: true } as const;
  const plan = await planRestore(ctx, tenantId(staging.tenant), target, { tables: back.tables });
  const after = await stageRestore(ctx, plan, into);
  try {
    return await withConnection(into, 'undo baseline', async connection => {
      const tables: StagedTable[] = [];
      for (const [i, table] of staging.tables.entries()) {
        const left = after.tables.find(candidate => candidate.table === table.table);
        if (left === undefined || shapeOf(left) !== shapeOf(table))
          throw back.refuse(`${table.table} was altered around it`);
        const copy = { number: i, staged: left.staged };
        tables.push({ ...table, baseline: await copyStaged(connection, staging.schema, copy) });
      }
      const from = lsn(staging.target + 1n);
      const step = {
        connection,
        schema: staging.schema,
        tables,
        from,
        to: until,
        tenant: staging.ref,
        tenantId: tenantId(staging.tenant),
      };
      const taken = reverts ? await takenAmong(ctx, step, reverts) : tables;
      await makePrivate(connection, staging.schema);
      return { ...staging, tables: taken };
    });
  } finally {
    await after.drop();
  }
}

/** The tables with only what these transactions did in their baselines, and with the keys that they changed. */
async function takenAmong(ctx: Context, step: LoggedStep, reverts: Reverts): Promise<StagedTable[]> {
  const changes = new KeyChanges();
  let { tables } = step;
  if (choosesAmong(reverts, step.from)) tables = await selectStep(ctx, step, reverts, change => changes.note(change));
  else await noteKeyChanges(ctx, step, reverts, changes);
  return changes.write(step.connection, step.schema, tables);
}

async function noteKeyChanges(ctx: Context, step: LoggedStep, reverts: Reverts, changes: KeyChanges): Promise<void> {
  const isSelected = selectedBy(reverts);
  const keyed = step.tables.filter(({ key }) => key.length > 0);
  for await (const change of loggedChanges(ctx, { ...step, tables: keyed, partly: true }))
    if (isSelected(change.commit)) changes.note(change);
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

/**
 * Plans an export, and needs no database: which moment, which tables, what is not in it. Invariant: the plan names a position
 * and not a time, so that what waited for approval has the rows that were approved.
 */
import type { ExportInput, ExportPlan, SealedExportInput, SealedExportPlan } from '../../domain/export-request.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { formatTarget } from '../../domain/recovery-target.ts';
import type { RestorePlan } from '../../domain/restore-plan.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { knownTenant } from '../catalog/known-tenant.ts';
import type { PlanContext } from '../restore/plan/chain-of-plan.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { tablesLeftOut } from './left-out.ts';

/** Reads the vault. InputError `unknown-tenant`, `bad-target`; TargetError; IntegrityError. */
export async function planExport(ctx: PlanContext, tenant: TenantRef, asked: ExportInput): Promise<ExportPlan> {
  const { directory, ...rest } = asked;
  return { ...(await planSealedExport(ctx, tenant, rest)), directory };
}

/** The same for files that wait in the vault. */
export async function planSealedExport(
  ctx: PlanContext,
  tenant: TenantRef,
  asked: SealedExportInput,
): Promise<SealedExportPlan> {
  const { exclude = [] } = asked;
  const plan = await planRestore(ctx, await knownTenant(ctx, tenant), asked.target, { exclude });
  const tables = plan.tables.filter(({ dependency }) => !dependency).map(({ table, rows }) => ({ table, rows }));
  return {
    ...{ target: positionOf(plan), position: plan.target.lsn, time: plan.target.time },
    ...{ form: asked.form, exclude, tables },
    leftOut: tablesLeftOut(ctx.model, new Set(tables.map(({ table }) => table)), exclude),
  };
}

/** The same moment, whenever it is asked for. */
export function positionOf({ target: { kind, asked, lsn } }: Pick<RestorePlan, 'target'>): string {
  return kind === 'snapshot' || kind === 'cluster-read'
    ? asked
    : formatTarget({ kind: 'lsn', lsn: parseLsn(lsn), named: true });
}

/**
 * The action `restore`: its plan is a kept preview (restore/compare/kept-plan.ts), named by key and hash, so that the request
 * has no row and no row key in it: it outlives the tenant's key.
 */
import * as z from 'zod';
import { InputError } from '../../domain/errors.ts';
import { isPartial } from '../../domain/restore-record.ts';
import { RestoreMode } from '../../domain/restore-request.ts';
import { TableName } from '../../domain/table-schema.ts';
import { type TenantRef, tenantId } from '../../domain/tenant.ts';
import { type Context, refOf } from '../context.ts';
import { applyPlan } from '../restore/apply/apply-restore.ts';
import { listRestores, recordedRestore } from '../restore/apply/read-record.ts';
import { settleInterrupted } from '../restore/apply/record-restore.ts';
import { describePlan } from '../restore/compare/describe-plan.ts';
import { dropPlan, readKeptPlan } from '../restore/compare/kept-plan.ts';
import { readPlanFile } from '../restore/compare/restore-plan-file.ts';
import type { ActionDeps, ActionKind } from './action-kind.ts';
import { noticingRestore } from './restore-notices.ts';

const Count = z.number().int().nonnegative();

/** The vault key of the kept plan. */
const RestoreInput = z.strictObject({ planKey: z.string().min(1) });

const RestorePlan = z.object({
  planKey: z.string(),
  /** Hash of the preview: of everything that changes. */
  previewHash: z.string(),
  target: z.string(),
  mode: RestoreMode,
  totals: z.object({ inserts: Count, updates: Count, deletes: Count, rows: Count }),
  tables: z.array(z.object({ table: TableName, inserts: Count, updates: Count, deletes: Count })),
});
type RestorePlan = z.infer<typeof RestorePlan>;

interface RestoreProof {
  /** Id of the restore and of its record. */
  readonly restore: string;
  readonly totals: { readonly inserted: number; readonly updated: number; readonly deleted: number };
  readonly partial: boolean;
}

export const restoreKind: ActionKind<z.infer<typeof RestoreInput>, RestorePlan, RestoreProof> = {
  action: 'restore',
  input: RestoreInput,
  plan: RestorePlan,

  async makePlan(deps, tenant, { planKey }) {
    const { request, preview } = await readPlanFile(deps, await readKeptPlan(deps, { tenant, planKey }));
    requireTenant(deps, tenant, request.tenant);
    return {
      ...{ planKey, previewHash: preview.hash, target: preview.target, mode: request.mode, totals: preview.totals },
      tables: preview.tables.map(({ table, inserts, updates, deletes }) => ({ table, inserts, updates, deletes })),
    };
  },

  describe: describePlan,

  async execute(deps, tenant, { planKey, previewHash }, { approvedBy, reason }) {
    const ctx = withSource(deps);
    const text = await readKeptPlan(ctx, { tenant, planKey });
    const before = await appliedBefore(ctx, tenant, previewHash);
    if (before) await dropPlan(ctx, text);
    const restore = { tenant, id: previewHash, tellsFailure: true };
    const record =
      before ?? (await noticingRestore(ctx, restore, () => applyPlan(ctx, text, approvedBy, reason))).record;
    const item = (await listRestores(ctx, tenant)).find(({ id }) => id === record.id);
    return {
      proof: { restore: record.id, totals: record.totals, partial: isPartial(record) },
      records: item?.key !== undefined && item.sha256 !== undefined ? { [item.key]: item.sha256 } : {},
    };
  },
};

/** A staged state is applied at most once, so the hash of its preview is that of one restore. */
async function appliedBefore(ctx: Context, tenant: TenantRef, previewHash: string) {
  await settleInterrupted(ctx, tenant);
  const done = (await listRestores(ctx, tenant)).filter(({ state }) => state === 'done');
  for (const item of done.reverse()) {
    const record = await recordedRestore(ctx, tenant, item);
    if (record?.previewHash === previewHash && record.approvedPlan) return record;
  }
  return undefined;
}

function requireTenant(deps: ActionDeps, tenant: TenantRef, id: string): void {
  if (refOf(deps, tenantId(id)) === tenant) return;
  throw new InputError('bad-plan', 'The plan belongs to another tenant.', {
    hint: 'Use the values that the preview returned.',
  });
}

function withSource({ source, ...deps }: ActionDeps): Context {
  if (source) return { ...deps, source };
  throw new InputError('needs-database', 'A restore requires access to the database.', {
    hint: 'Execute the request where the database can be reached.',
  });
}

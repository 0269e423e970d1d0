/**
 * An export in several calls, as functions make it: the state is staged in as many as it takes, then each file is written as
 * sealed parts, and the signed list last. Only the request passes between the calls: the rest is in the vault. Invariants: a
 * list obeys every erasure that was recorded before it; an attempt whose staging schema is lost is begun again, from
 * nothing; an error leaves the staging schema only where a retry can succeed.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { type ExportProof, exportProof, type SealedExportPlan } from '../../domain/export-request.ts';
import { exportPartKey } from '../../domain/object-key.ts';
import { EXPORT_KEPT_DAYS, ExportAttempt, ExportList } from '../../domain/sealed-export.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { dropStagingArea } from '../../postgres/staging/staging-area.ts';
import { knownTenant } from '../catalog/known-tenant.ts';
import type { Context } from '../context.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { beginStaging, continueStaging, openWholeStaging } from '../restore/stage/stage-restore.ts';
import { putDocument, readDocument } from '../storage/sealed-document.ts';
import type { TimeBudget } from '../time-budget.ts';
import { erasedSince } from './erased-since.ts';
import { findExportList, putExportList, type StoredExport } from './export-list.ts';
import { SEALED_PART_BYTES, sealedFiles } from './sealed-files.ts';
import { unloadState } from './unload-state.ts';

export interface SealedExportAsked {
  /** Id of the request. */
  readonly request: string;
  readonly plan: SealedExportPlan;
  /** Of this call. */
  readonly budget: TimeBudget;
  /** Thrown where a later call continues. */
  readonly unfinished: () => HoldfastError;
  /** @default SEALED_PART_BYTES */
  readonly partBytes?: number;
}

const DAY_MS = 24 * 3600 * 1000;
const KEEP_MS = 15 * 60 * 1000;
/** Each has an hour to be continued: more are lost only where something is wrong. */
const MOST_ATTEMPTS = 5;
const LOST = ['staging-gone', 'staging-lost'];

/** What `unfinished` gives; otherwise errors as of exportTenant(). Repeatable: a complete export stays as it is. */
export async function exportToVault(
  ctx: Context,
  tenant: TenantRef,
  asked: SealedExportAsked,
): Promise<{ readonly proof: ExportProof; readonly records: Readonly<Record<string, string>> }> {
  const made = await findExportList(ctx, tenant, asked.request);
  if (made !== undefined) return resultOf(made);
  const attempt = (await lastAttempt(ctx, tenant, asked)) ?? (await begin(ctx, tenant, asked, 1));
  try {
    const { done } = await continueStaging(ctx, attempt.staging, ctx.source, asked.budget);
    if (!done || asked.budget.isUsed()) throw asked.unfinished();
    return await write(ctx, tenant, asked, attempt);
  } catch (error) {
    const { code = '', retry } = error instanceof HoldfastError ? error : {};
    if (LOST.includes(code) && attempt.number < MOST_ATTEMPTS) {
      await begin(ctx, tenant, asked, attempt.number + 1);
      throw asked.unfinished();
    }
    const goesOn = retry === 'auto' || code === asked.unfinished().code;
    if (!goesOn) await dropStagingArea(ctx.source, attempt.staging.id).catch(() => {});
    throw error;
  }
}

async function begin(
  ctx: Context,
  tenant: TenantRef,
  { request, plan }: SealedExportAsked,
  number: number,
): Promise<ExportAttempt> {
  const startedAt = ctx.clock.now().toISOString();
  const { target, exclude } = plan;
  const restore = await planRestore(ctx, await knownTenant(ctx, tenant), target, { exclude });
  const { done: _, ...staging } = await beginStaging(restore, ctx.source, { planMs: 0 });
  const attempt: ExportAttempt = { format: 'holdfast.export-attempt/1', number, startedAt, staging };
  const key = exportPartKey(tenant, request, `attempt-${String(number).padStart(4, '0')}`);
  await putDocument(ctx, tenant, key, attempt, { retainUntil: keptUntil(ctx) });
  return attempt;
}

async function lastAttempt(
  ctx: Context,
  tenant: TenantRef,
  { request }: SealedExportAsked,
): Promise<ExportAttempt | undefined> {
  let last: string | undefined;
  for await (const key of ctx.vault.keys(exportPartKey(tenant, request, 'attempt-'))) last = key;
  return last === undefined ? undefined : readDocument(ctx, tenant, last, ExportAttempt);
}

async function write(
  ctx: Context,
  tenant: TenantRef,
  asked: SealedExportAsked,
  { number, startedAt, staging: ref }: ExportAttempt,
) {
  const { request, plan: planned, budget, unfinished, partBytes = SEALED_PART_BYTES } = asked;
  const { form, exclude } = planned;
  const { plan, staging } = await openWholeStaging(ctx, ref, ctx.source);
  const { area } = staging;
  try {
    const place = { tenant, request, attempt: number };
    const sink = sealedFiles(ctx, place, { retainUntil: keptUntil(ctx), budget, unfinished, partBytes });
    const document = await unloadState(
      ctx,
      { staging, plan },
      { id: request, form, exclude, createdAt: startedAt },
      sink,
    );
    await ctx.crash?.('export.written');
    const erasures = plan.erasures.map(({ id }) => id);
    if (await erasedSince(ctx, tenant, erasures)) {
      await begin(ctx, tenant, asked, number + 1);
      throw unfinished();
    }
    const files = [...sink.list];
    const list = { format: 'holdfast.export-list/1', request, tenant, attempt: number, erasures, files, document };
    const stored = await putExportList(ctx, ExportList.parse(list), keptUntil(ctx));
    await area.drop();
    return resultOf(stored);
  } finally {
    await area.pause(KEEP_MS).catch(() => {});
  }
}

function keptUntil({ clock }: Pick<Context, 'clock'>): Date {
  return new Date(clock.now().getTime() + EXPORT_KEPT_DAYS * DAY_MS);
}

function resultOf({ key, sha256, list }: StoredExport) {
  return { proof: exportProof(list.document), records: { [key]: sha256 } };
}

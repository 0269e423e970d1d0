/**
 * Plans a restore: resolves the target, chooses and proves the chain, lists every object that will be read and checks
 * that it exists with the size in its signed manifest, and that the tenant's key opens. Reads the catalog and the
 * vault. Invariant: staging reads exactly what this plan lists.
 */
import { type BackupChain, chooseChain, type StoredRange } from '../../../domain/backup-chain.ts';
import { TargetError } from '../../../domain/errors.ts';
import { formatLsn, type Lsn } from '../../../domain/lsn.ts';
import type { ManifestHeader } from '../../../domain/manifest.ts';
import { newId } from '../../../domain/new-id.ts';
import { formatTarget, parseTarget, type RecoveryTarget } from '../../../domain/recovery-target.ts';
import { refuseReshaped } from '../../../domain/reshaped-tables.ts';
import { type PlannedManifest, RestorePlan } from '../../../domain/restore-plan.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import { refuseTablesInGap } from '../../../domain/table-gaps.ts';
import type { TenantId, TenantRef } from '../../../domain/tenant.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';
import { backupAsSigned } from '../../catalog/signed-items.ts';
import { type Context, refOf } from '../../context.ts';
import { readHeader } from '../../storage/manifest-store.ts';
import { digestKey } from '../../storage/tenant-key.ts';
import { type ResolvedTarget, resolveTarget } from '../target/resolve-target.ts';
import { type PlanContext, rememberChain } from './chain-of-plan.ts';
import { estimateStaging } from './estimate-restore.ts';
import { listObjects, type PlannedReads, plannedChanges } from './planned-objects.ts';
import { type AskedTables, planNotes, plannedTables, refuseUnknown } from './planned-tables.ts';
import { clusterNotes, proveClusterRead } from './prove-cluster-read.ts';
import { provedErasures, provedMaterial, proveGaps, proveLatest } from './prove-plan.ts';
import { type RestoreScope, resolveScope } from './restore-scope.ts';
import { type VerifiedChain, verifyChain, verifySnapshot } from './verify-chain.ts';

export interface PlannedRestore {
  readonly scope: RestoreScope;
  readonly plan: RestorePlan;
  readonly planMs: number;
}

/** Tries a request on the live database and plans it. InputError, TargetError, IntegrityError. */
export async function planRequest(ctx: Context, request: RestoreRequest): Promise<PlannedRestore> {
  const started = performance.now();
  const scope = await resolveScope(ctx, request, { tried: true });
  const { tenant, target, tables, exclude } = scope;
  const plan = await planRestore(ctx, tenant, target, { tables, exclude });
  return { scope, plan, planMs: Math.round(performance.now() - started) };
}

/** What a plan for more than one moment says. */
export interface PlanRange {
  /** Every transaction after this position is read from the log as it was, and none before it from a later snapshot. */
  readonly since?: Lsn;
}

/**
 * `target`: as a person wrote it (read with the context's clock, in UTC unless it names a zone) or already parsed.
 * Reads no database. Throws InputError `unknown-tenant`, `unknown-table`; TargetError; IntegrityError naming the object.
 */
export async function planRestore(
  ctx: PlanContext,
  tenant: TenantId,
  target: string | RecoveryTarget,
  filter: AskedTables = {},
  { since }: PlanRange = {},
): Promise<RestorePlan> {
  refuseUnknown(ctx.model, filter);
  const now = ctx.clock.now();
  const asked = typeof target === 'string' ? parseTarget(target, { now, timeZone: 'UTC' }) : target;
  const ref = refOf(ctx, tenant);
  const { at, resolved, chosen, chain } = await proveTarget(ctx, ref, asked, since);
  await digestKey(ctx, ref);
  const erased = await provedErasures(ctx, ref);
  const tables = plannedTables(ctx.model, chain, filter);
  const staged = new Set(tables.map(entry => entry.table));
  const time = asked.kind === 'time' ? asked.time : undefined;
  refuseTablesInGap(at.gaps, at.backups, {
    ...{ target: resolved.lsn, time, tables: staged },
    snapshot: at.backups.find(item => item.id === chain.snapshot.header.id)!,
    replayed: resolved.snapshot === undefined,
  });
  if (!resolved.snapshot) refuseReshaped(chain, { lsn: resolved.lsn, time }, staged);
  const reads: PlannedReads = { chain, ref, tables: staged, logFrom: chosen?.logFrom ?? null };
  const objects = await listObjects(ctx, reads, erased);
  const volume = {
    rows: tables.reduce((total, entry) => total + entry.rows, 0),
    bytes: tables.reduce((total, entry) => total + entry.bytes, 0),
    readBytes: objects.reduce((total, object) => total + object.read, 0),
    changes: plannedChanges(reads),
  };
  const plan = RestorePlan.parse({
    format: 'holdfast.restore-plan/1',
    ...{ id: newId(ctx, now), tenant: ref, createdAt: now.toISOString() },
    target: {
      ...{ asked: typeof target === 'string' ? target : formatTarget(target), kind: asked.kind },
      ...{ lsn: formatLsn(resolved.lsn), time: resolved.time },
    },
    snapshot: planned(chain.snapshot),
    incrementals: chain.incrementals.map(planned),
    runs: chain.runs.map(planned),
    replayFrom: chosen ? formatLsn(chosen.snapshot.from) : null,
    erasures: erased.map(({ id, key, sha256, table, count }) => ({ id, key, sha256, table, count })),
    ...{ tables, objects, volume },
    estimate: await estimateStaging(ctx, ref, volume),
    notes: [...planNotes(chain, ctx.model), ...clusterNotes(chain, asked)],
  });
  rememberChain(ctx, plan, chain);
  return plan;
}

interface ProvedTarget {
  readonly at: Pick<RecoveryMaterial, 'gaps' | 'backups'>;
  readonly resolved: ResolvedTarget;
  /** Undefined: the snapshot as it was taken. */
  readonly chosen: BackupChain | undefined;
  readonly chain: VerifiedChain;
}

/** The position of the target and the chain that leads to it, with nothing withheld, altered or forged. */
async function proveTarget(
  ctx: PlanContext,
  ref: TenantRef,
  asked: RecoveryTarget,
  since: Lsn | undefined,
): Promise<ProvedTarget> {
  if (asked.kind === 'cluster-read') return proveClusterRead(ctx, ref, asked.backup);
  const at = await provedMaterial(ctx, ref);
  const resolved = await resolveTarget(ctx, at, asked);
  const chosen = resolved.snapshot ? undefined : chainSince(at, resolved.lsn, since);
  const chain = resolved.snapshot
    ? await verifySnapshot(ctx, ref, resolved.snapshot)
    : await verifyChain(ctx, at, chosen!, resolved.lsn);
  if (resolved.start && resolved.start.id !== chosen?.snapshot.id)
    backupAsSigned(resolved.start, (await readHeader(ctx, resolved.start.key, resolved.start.sha256)).header);
  await proveGaps(ctx, { at, target: resolved.lsn, chain, asTaken: resolved.snapshot !== undefined });
  if (asked.kind === 'latest') await proveLatest(ctx, at, resolved.lsn);
  return { at, resolved, chosen, chain };
}

/** The chain to the position, with every transaction after `since` as it was logged. TargetError `target-in-gap`. */
function chainSince({ material }: RecoveryMaterial, target: Lsn, since: Lsn | undefined): BackupChain {
  if (since === undefined) return chooseChain(material, target)!;
  const until = (ranges: readonly StoredRange[]) => ranges.filter(range => range.to <= since);
  const { snapshots, incrementals } = material;
  const chain = chooseChain({ ...material, snapshots: until(snapshots), incrementals: until(incrementals) }, target);
  if (chain) return chain;
  throw new TargetError(
    'target-in-gap',
    `The change log has a gap between ${formatLsn(since)} and ${formatLsn(target)}.`,
    {
      hint: 'Choose a range on one side of the gap; `holdfast timeline TENANT` lists them.',
    },
  );
}

function planned({
  key,
  sha256,
  header,
}: {
  key: string;
  sha256: string;
  header: Pick<ManifestHeader, 'id' | 'from' | 'to'>;
}): PlannedManifest {
  return { id: header.id, key, sha256, from: header.from, to: header.to };
}

/** The ids of a plan's manifests, for the record. */
export function chainOf(plan: RestorePlan): { snapshot: string; incrementals: string[]; runs: string[] } {
  return {
    snapshot: plan.snapshot.id,
    incrementals: plan.incrementals.map(item => item.id),
    runs: plan.runs.map(run => run.id),
  };
}

/**
 * Plans a restore: resolves the target, chooses and proves the chain, lists every object that will be read and checks
 * that it is there with the size its signed manifest says, and that the tenant's key opens. Reads the catalog, the vault
 * and no database. Invariant: staging reads what this plan lists and nothing else decides what is read.
 */
import { chooseChain } from '../../../domain/backup-chain.ts';
import { InputError, IntegrityError } from '../../../domain/errors.ts';
import { formatLsn, type Lsn, parseLsn } from '../../../domain/lsn.ts';
import type { ManifestHeader, SnapshotBody } from '../../../domain/manifest.ts';
import { newId } from '../../../domain/new-id.ts';
import { digestKeyKey } from '../../../domain/object-key.ts';
import { formatTarget, parseTarget, type RecoveryTarget } from '../../../domain/recovery-target.ts';
import { refuseReshaped } from '../../../domain/reshaped-tables.ts';
import {
  type PlannedManifest,
  RestorePlan,
  type TableFilter,
  tablesToStage,
  unknownTables,
} from '../../../domain/restore-plan.ts';
import { refuseTablesInGap } from '../../../domain/table-gaps.ts';
import { SYSTEM, type TenantId } from '../../../domain/tenant.ts';
import { isOwned, ModelTable, type OwnedTable, type TenantModel } from '../../../domain/tenant-model.ts';
import { recoveryMaterial } from '../../catalog/recovery-material.ts';
import { backupAsSigned } from '../../catalog/signed-items.ts';
import { type Context, refOf } from '../../context.ts';
import { readHeader } from '../../storage/manifest-store.ts';
import { digestKey } from '../../storage/tenant-key.ts';
import { resolveTarget } from '../target/resolve-target.ts';
import { estimateStaging } from './estimate-restore.ts';
import { excludedTables } from './excluded-tables.ts';
import { provedErasures, provedMaterial, proveGaps, proveLatest } from './prove-plan.ts';
import { type VerifiedChain, verifyChain, verifySnapshot } from './verify-chain.ts';

export type PlanContext = Pick<
  Context,
  'installation' | 'vault' | 'keyring' | 'signer' | 'catalog' | 'clock' | 'random' | 'notifier' | 'model'
>;

/** Chains that were proved for a plan of this process, so that staging need not read their manifests again. */
const proved = new WeakMap<RestorePlan, VerifiedChain>();

/** The chain of a plan: as proved when it was made, or read again by the digests that it names. */
export async function chainOfPlan(ctx: PlanContext, plan: RestorePlan): Promise<VerifiedChain> {
  const known = proved.get(plan);
  if (known) return known;
  const named = new Set(plan.runs.map(run => run.sha256));
  const found = await recoveryMaterial(ctx, plan.tenant as typeof SYSTEM);
  // Runs that came since may also reach the target: the plan's are the ones that were proved.
  const at = { ...found, runs: found.runs.filter(run => named.has(run.sha256)) };
  const listed = [plan.snapshot, ...plan.incrementals].every(({ id, sha256 }) =>
    at.backups.some(item => item.id === id && item.sha256 === sha256),
  );
  if (!listed) throw outdated();
  if (plan.replayFrom === null)
    return verifySnapshot(ctx, at.tenant, at.backups.find(item => item.id === plan.snapshot.id)!);
  const snapshot = at.material.snapshots.find(range => range.id === plan.snapshot.id)!;
  const incrementals = plan.incrementals.map(({ id }) => at.material.incrementals.find(range => range.id === id)!);
  const chain = { snapshot, incrementals, logFrom: incrementals.at(-1)?.to ?? snapshot.from, runs: [] };
  const verified = await verifyChain(ctx, at, chain, parseLsn(plan.target.lsn));
  if (verified.runs.map(run => run.sha256).join() !== plan.runs.map(run => run.sha256).join()) throw outdated();
  return verified;
}

/**
 * `target`: as a person wrote it (read with the context's clock, in UTC unless it names a zone) or already parsed.
 * Throws InputError `unknown-tenant`, `unknown-table`; TargetError; IntegrityError naming the object.
 */
export async function planRestore(
  ctx: PlanContext,
  tenant: TenantId,
  target: string | RecoveryTarget,
  filter: Omit<TableFilter, 'exclude'> & { exclude?: readonly string[] | undefined } = {},
  options: { timeZone?: string } = {},
): Promise<RestorePlan> {
  const unknown = unknownTables(ctx.model, filter);
  if (unknown.length > 0) {
    throw new InputError('unknown-table', `The tenant model owns no table ${unknown.join(', ')}.`, {
      hint: 'Name tables as the model does: schema.table.',
      details: { tables: unknown },
    });
  }
  const now = ctx.clock.now();
  const asked = typeof target === 'string' ? parseTarget(target, { now, timeZone: options.timeZone ?? 'UTC' }) : target;
  const ref = refOf(ctx, tenant);
  const at = await provedMaterial(ctx, ref);
  const resolved = await resolveTarget(ctx, at, asked);
  const chain = resolved.snapshot ? undefined : chooseChain(at.material, resolved.lsn)!;
  const verified = resolved.snapshot
    ? await verifySnapshot(ctx, ref, resolved.snapshot)
    : await verifyChain(ctx, at, chain!, resolved.lsn);
  if (resolved.start && resolved.start.id !== chain?.snapshot.id)
    backupAsSigned(resolved.start, (await readHeader(ctx, resolved.start.key, resolved.start.sha256)).header);
  await proveGaps(ctx, { at, target: resolved.lsn, chain: verified, asTaken: resolved.snapshot !== undefined });
  if (asked.kind === 'latest') await proveLatest(ctx, at, resolved.lsn);
  await digestKey(ctx, ref);
  const erased = await provedErasures(ctx, ref);
  const body = verified.snapshot.body;
  const model = modelOf(ctx.model, body);
  const schemas = [...body.schema.tables, ...newTables(verified)];
  const exclude = excludedTables(filter.exclude ?? [], model, ctx.model);
  const tables = tablesToStage(model, schemas, { ...filter, exclude }).map(entry => {
    const stored = body.tables.find(candidate => candidate.table === entry.table);
    return { ...entry, rows: stored?.rows ?? 0, bytes: stored?.bytes ?? 0 };
  });
  if (exclude.length > 0 && tables.length === 0) throw nothingLeft();
  const staged = new Set(tables.map(entry => entry.table));
  const time = asked.kind === 'time' ? asked.time : undefined;
  refuseTablesInGap(at.gaps, at.backups, {
    ...{ target: resolved.lsn, time, tables: staged },
    snapshot: at.backups.find(item => item.id === verified.snapshot.header.id)!,
    replayed: resolved.snapshot === undefined,
  });
  if (!resolved.snapshot) refuseReshaped(verified, { lsn: resolved.lsn, time }, staged);
  const replayFrom = chain ? formatLsn(chain.snapshot.from) : null;
  const objects = await listObjects(ctx, verified, ref, staged, chain?.logFrom ?? null);
  for (const erasure of erased) {
    objects.push({ key: erasure.key, kind: 'manifest', ...(await sizeOf(ctx, erasure.key)), sha256: erasure.sha256 });
  }
  const sum = (pick: (object: (typeof objects)[number]) => number) =>
    objects.reduce((total, object) => total + pick(object), 0);
  const volume = {
    rows: tables.reduce((total, entry) => total + entry.rows, 0),
    bytes: tables.reduce((total, entry) => total + entry.bytes, 0),
    readBytes: sum(object => object.read),
    changes: changesOf(verified, ref, chain?.logFrom ?? null),
  };
  const plan = RestorePlan.parse({
    format: 'holdfast.restore-plan/1',
    id: newId(ctx, now),
    tenant: ref,
    createdAt: now.toISOString(),
    target: {
      asked: typeof target === 'string' ? target : formatTarget(target),
      kind: asked.kind,
      lsn: formatLsn(resolved.lsn),
      time: resolved.time,
    },
    snapshot: planned(verified.snapshot),
    incrementals: verified.incrementals.map(planned),
    runs: verified.runs.map(planned),
    replayFrom,
    erasures: erased.map(({ id, key, sha256, table, count }) => ({ id, key, sha256, table, count })),
    tables,
    objects,
    volume,
    estimate: await estimateStaging(ctx, ref, volume),
    notes: notes(verified, ctx.model),
  });
  proved.set(plan, verified);
  return plan;
}

function nothingLeft(): InputError {
  return new InputError('nothing-selected', 'The request leaves out every table that it asks for.', {
    hint: 'Name fewer tables with --exclude.',
  });
}

function outdated(): InputError {
  return new InputError(
    'plan-outdated',
    'The backups that this plan was made from are no longer the ones to restore from.',
    {
      hint: 'Make the plan again.',
    },
  );
}

/** Where own segments begin to count: everything before it is in the snapshot or an incremental. Null: nothing is replayed. */
export function logStart(plan: RestorePlan): Lsn | null {
  if (plan.replayFrom === null) return null;
  return parseLsn(plan.incrementals.at(-1)?.to ?? plan.replayFrom);
}

/** The model's entries as they were at the snapshot, with those of tables that came since. */
export function modelOf(current: TenantModel, body: SnapshotBody): TenantModel {
  const parsed = ModelTable.array().safeParse(
    Array.isArray(body.model) ? body.model : (body.model as { tables?: unknown })?.tables,
  );
  const then = parsed.success ? parsed.data.filter(isOwned) : [];
  const names = new Set(then.map(table => table.table));
  const since: OwnedTable[] = current.tables.filter(isOwned).filter(table => !names.has(table.table));
  return { format: 'holdfast.tenant-model/1', tables: [...then, ...since] };
}

/** Tables that the log brought after the snapshot, as it told them last. */
export function newTables({ snapshot, incrementals, runs }: VerifiedChain) {
  const known = new Set(snapshot.body.schema.tables.map(table => table.table));
  const told = [...incrementals, ...runs].flatMap(part => part.body.relations).filter(table => !known.has(table.table));
  return [...new Map(told.map(table => [table.table, table])).values()];
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

function changesOf({ incrementals, runs }: VerifiedChain, ref: string, logFrom: bigint | null): number {
  const folded = incrementals.reduce((total, part) => total + part.body.changes, 0);
  const logged = runs.flatMap(run => run.body.segments).filter(segment => isNeeded(segment, ref, logFrom));
  return logged.reduce((total, segment) => total + segment.changes, folded);
}

/** The tenant's own segments beyond the incrementals, and the unrouted ones over all that is replayed. */
export function isNeeded(
  segment: { tenant: string; lastCommit: string },
  ref: string,
  logFrom: bigint | null,
): boolean {
  return (
    segment.tenant === SYSTEM ||
    (segment.tenant === ref && (logFrom === null || parseLsn(segment.lastCommit) > logFrom))
  );
}

type PlannedObject = RestorePlan['objects'][number];

async function listObjects(
  ctx: PlanContext,
  { snapshot, incrementals, runs, documents }: VerifiedChain,
  ref: string,
  tables: ReadonlySet<string>,
  logFrom: bigint | null,
): Promise<PlannedObject[]> {
  const wanted = new Map<string, { kind: PlannedObject['kind']; read: number; bytes?: number; sha256?: string }>();
  for (const { key, sha256 } of [snapshot, ...incrementals, ...documents])
    wanted.set(key, { kind: 'manifest', read: 0, sha256 });
  wanted.set(digestKeyKey(ref as typeof SYSTEM), { kind: 'key', read: 0 });
  const need = (
    source: { header: { objects: readonly { key: string; bytes: number }[] } },
    packs: readonly string[],
    block: { pack: number; length: number },
  ) => {
    const key = packs[block.pack]!;
    const known = wanted.get(key) ?? { kind: 'pack' as const, read: 0, bytes: sizeIn(source, key) };
    wanted.set(key, { ...known, read: known.read + block.length });
  };
  const { body } = snapshot;
  const chunks = body.tables.filter(table => tables.has(table.table)).flatMap(table => table.chunks);
  const blocks = new Set(chunks.filter(chunk => chunk.length > 0).map(chunk => chunk.block));
  for (const index of blocks) need(snapshot, body.packs, body.blocks[index]!);
  for (const part of incrementals) for (const block of part.body.blocks) need(part, part.body.packs, block);
  for (const run of runs) {
    const segments = run.body.segments.filter(segment => isNeeded(segment, ref, logFrom));
    if (segments.some(segment => segment.tenant === SYSTEM)) wanted.set(digestKeyKey(SYSTEM), { kind: 'key', read: 0 });
    for (const block of segments.flatMap(segment => segment.blocks)) need(run, run.body.packs, block);
  }
  return Promise.all(
    [...wanted].map(async ([key, { kind, read, bytes, sha256 }]) => {
      const size = await sizeOf(ctx, key, bytes);
      return { key, kind, bytes: size.bytes, read: kind === 'pack' ? read : size.bytes, ...(sha256 && { sha256 }) };
    }),
  );
}

function sizeIn(source: { header: { objects: readonly { key: string; bytes: number }[] } }, key: string): number {
  const listed = source.header.objects.find(object => object.key === key);
  if (listed) return listed.bytes;
  throw new IntegrityError('manifest-invalid', `A manifest uses the object ${key} without listing it.`, {
    hint: 'Nothing was written. Choose a target that another backup reaches.',
    details: { object: key },
  });
}

async function sizeOf(ctx: PlanContext, key: string, expected?: number): Promise<{ bytes: number; read: number }> {
  const stored = await ctx.vault.head(key);
  if (stored && (expected === undefined || stored.bytes === expected))
    return { bytes: stored.bytes, read: stored.bytes };
  const [code, what] = stored
    ? (['object-truncated', `has ${stored.bytes} bytes where its manifest says ${expected}`] as const)
    : (['object-missing', 'is missing'] as const);
  throw new IntegrityError(code, `The object ${key} ${what}.`, {
    hint: 'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.',
    details: { object: key },
  });
}

function notes({ snapshot, refused }: VerifiedChain, model: TenantModel): string[] {
  const now = new Set(model.tables.filter(isOwned).map(table => table.table));
  const without = snapshot.body.tables.filter(table => table.key.length === 0).map(table => table.table);
  const gone = snapshot.body.tables.map(table => table.table).filter(table => !now.has(table));
  return [
    ...without.map(table => `${table} has no key: it is as of the snapshot ${snapshot.header.id}, not of the target.`),
    ...gone.map(table => `${table} is no longer in the tenant model; it is staged as it was.`),
    ...refused.map(key => `The log index ${key} does not verify: the runs that it stands for are read instead.`),
  ];
}

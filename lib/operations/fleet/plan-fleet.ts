/**
 * Divides the fleet into shards for runs that fan out: tenants are registered in the catalog first, so that a shard is
 * a range of references and no list of tenants is passed on. Invariant: every tenant is in exactly one shard.
 */
import * as z from 'zod';
import { ArchiveClass } from '../../domain/archive.ts';
import { InputError } from '../../domain/errors.ts';
import { LogBody } from '../../domain/log-manifest.ts';
import { cutShardsInOrder, type Shard } from '../../domain/shards.ts';
import { SYSTEM, type TenantRef, tenantId } from '../../domain/tenant.ts';
import { listTenants } from '../../postgres/catalogs/tenant-list.ts';
import { connect } from '../../postgres/connection.ts';
import { runs, tenants } from '../catalog/catalog-index.ts';
import { dueForProof } from '../catalog/live-proof.ts';
import { writeAll } from '../catalog/typed-items.ts';
import { type Context, refOf } from '../context.ts';
import { openSession } from '../snapshot/snapshot-session.ts';
import { readManifest } from '../storage/manifest-store.ts';
import { dueForSnapshot } from './due-snapshots.ts';
import { lastFleetRun } from './fleet-runs.ts';
import { inPriority, knownTiers, type TierOf } from './in-priority.ts';
import { noteDepartures } from './note-departures.ts';
import { type PolicyReading, readPolicies } from './read-policies.ts';

/** The input of a fleet run; every member has a default. */
export const FleetRequest = z.strictObject({
  /** All, or tenant ids as the application spells them. */
  tenants: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]).default('all'),
  /** References instead of ids, for calls from other functions. Those that no longer exist are skipped. */
  refs: z.array(z.string().min(1)).min(1).optional(),
  /** Only those with changes since the last complete fold began. */
  changed: z.boolean().default(false),
  /** Only the due ones, so that every tenant's live rows are verified within this number of days. */
  dueWithinDays: z.number().int().min(1).max(366).optional(),
  /** Only those whose tier's hours since their newest snapshot have passed; all where no hours are configured. */
  due: z.boolean().default(false),
  /** Why: schedule, manual, gap, migration, …; see domain/backup-reason.ts for those that are kept longer. */
  reason: z.string().min(1).max(64).default('manual'),
  read: z.enum(['auto', 'full']).default('auto'),
  /** Of archives; absent: what is due. */
  keep: ArchiveClass.optional(),
});
export type FleetRequest = z.infer<typeof FleetRequest>;

export interface FleetPlan {
  readonly request: {
    readonly reason: string;
    readonly read: 'auto' | 'full';
    readonly keep?: ArchiveClass;
    /** All tenants, not a selection. */
    readonly whole: boolean;
    readonly startedAt: string;
  };
  readonly tenants: number;
  readonly shards: readonly Shard[];
}

export interface PlannedFleet {
  readonly plan: FleetPlan;
  /** Where a query is configured. */
  readonly policies?: PolicyReading;
}

export interface PlannedWork {
  /** Name of the state machine: which success counts. Absent from executions that an earlier version started. */
  readonly workflow?: string | undefined;
  /** Asked after the team's query has run. Default: what it said. */
  readonly tiers?: () => Promise<TierOf>;
}

/**
 * The strictest tier first, and within one whoever waits longest. InputError `unknown-tenant` for a given tenant that does
 * not exist; then nothing is planned.
 */
export async function planFleet(ctx: Context, request: FleetRequest, how: PlannedWork = {}): Promise<PlannedFleet> {
  const { known, listed } = await registerTenants(ctx);
  const policies = await readPolicies(ctx);
  const whole = request.tenants === 'all' && request.refs === undefined;
  const changed = request.changed ? await changedTenants(ctx) : undefined;
  const wanted = chosen(ctx, request, known).filter(ref => changed?.has(ref) ?? true);
  const { dueWithinDays } = request;
  const tierOf = await (how.tiers?.() ?? knownTiers(ctx));
  const unproved = dueWithinDays === undefined ? wanted : await dueForProof(ctx, wanted, dueWithinDays);
  const refs = request.due ? await dueForSnapshot(ctx, unproved, tierOf) : unproved;
  // Tenants that left the database stay in the catalog, and so in its ranges: they are not among the selected ones.
  const shards = cutShardsInOrder(listed, await inPriority(ctx, refs, how.workflow ?? 'back-up-fleet', tierOf));
  const { reason, read, keep } = request;
  const startedAt = ctx.clock.now().toISOString();
  const plan = { request: { reason, read, whole, startedAt, ...(keep && { keep }) }, tenants: refs.length, shards };
  return { plan, ...(policies && { policies }) };
}

function chosen(ctx: Context, request: FleetRequest, known: TenantRef[]): TenantRef[] {
  if (request.refs) {
    const named = new Set(request.refs);
    return known.filter(ref => named.has(ref));
  }
  return request.tenants === 'all' ? known : namedRefs(ctx, request.tenants, new Set(known));
}

/**
 * `known`: tenants of the database by reference, in order, without those that are being destroyed or were; new ones are
 * registered in the catalog, those that left the database are marked. `listed`: all tenants of the catalog then.
 */
async function registerTenants(ctx: Context): Promise<{ known: TenantRef[]; listed: string[] }> {
  const connection = await connect(ctx.source, 'plan fleet');
  try {
    const session = await openSession(ctx, connection);
    const ids = await listTenants(connection, session.model, session.schemas);
    const before = new Map((await tenants.list(ctx.catalog)).map(item => [item.ref, item]));
    const firstSeen = ctx.clock.now().toISOString();
    const protectable = ids.filter(id => before.get(refOf(ctx, id))?.destruction === undefined);
    const found = new Map(
      protectable.map(id => [refOf(ctx, id), { ref: refOf(ctx, id), tenantId: id as string, firstSeen }]),
    );
    const came = [...found.values()].filter(item => before.get(item.ref)?.left ?? !before.has(item.ref));
    const missing = [...before.values()].filter(item => !found.has(item.ref) && !item.departed && !item.destruction);
    const gone = await noteDepartures(ctx, connection, missing);
    const back = came.map(item => ({ ...item, firstSeen: before.get(item.ref)?.firstSeen ?? firstSeen }));
    await writeAll(ctx.catalog, [...back, ...gone].map(tenants.put));
    const known = [...found.keys()].sort();
    return { known, listed: [...new Set([...before.keys(), ...known])].sort() };
  } finally {
    await connection.end().catch(() => {});
  }
}

/** Our clock and the server's can differ by this much without a tenant being missed. */
const CLOCK_MARGIN_MS = 3600 * 1000;

/**
 * The tenants with a segment in the log since the last complete fold began; undefined (all) where there was none. Read
 * from the runs' manifests: one object per minute, however large the fleet, instead of one query per tenant.
 */
async function changedTenants(ctx: Context): Promise<ReadonlySet<string> | undefined> {
  const last = await lastFleetRun(ctx, 'fold-incrementals');
  if (last === undefined) return undefined;
  const since = Date.parse(last.startedAt) - CLOCK_MARGIN_MS;
  const changed = new Set<string>();
  for (const run of await runs.tail(ctx.catalog, each => Date.parse(each.toTime) >= since)) {
    if (run.transactions === 0) continue;
    const expect = { tenant: SYSTEM, kind: 'log', sha256: run.sha256 } as const;
    const { body } = await readManifest(ctx, run.key, LogBody, expect);
    for (const segment of body.segments) changed.add(segment.tenant);
  }
  return changed;
}

function namedRefs(ctx: Context, names: readonly string[], known: ReadonlySet<string>): TenantRef[] {
  const refs = [...new Set(names.map(name => refOf(ctx, tenantId(name))))].sort();
  const missing = refs.filter(ref => !known.has(ref)).length;
  if (missing === 0) return refs;
  throw new InputError('unknown-tenant', `${missing} of the ${refs.length} named tenants do not exist.`, {
    hint: 'Spell each tenant id as the application does. Nothing was started.',
  });
}

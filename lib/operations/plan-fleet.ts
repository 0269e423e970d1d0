/**
 * Cuts the fleet into shards for runs that fan out: tenants are registered in the catalog first, so that a shard is a
 * range of references and no list of tenants travels anywhere. Invariant: every tenant is in exactly one shard.
 */
import { z } from 'zod';
import { InputError } from '../domain/errors.ts';
import { type TenantRef, tenantId } from '../domain/tenant.ts';
import { connect } from '../postgres/connection.ts';
import { listTenants } from '../postgres/tenant-list.ts';
import { tenants, writeAll } from './catalog-index.ts';
import { type Context, refOf } from './context.ts';
import { openSession } from './snapshot-session.ts';

/** What a fleet run is started with; every member has a default. */
export const FleetRequest = z.strictObject({
  /** All, or tenant ids as the application writes them. */
  tenants: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]).default('all'),
  /** References instead of ids: what another function asks with. Those that no longer exist are left out. */
  refs: z.array(z.string().min(1)).min(1).optional(),
  /** Why: schedule, manual, gap, migration, maintenance, incident, compliance. */
  reason: z.string().min(1).max(64).default('manual'),
  read: z.enum(['auto', 'full']).default('auto'),
});
export type FleetRequest = z.infer<typeof FleetRequest>;

/** References from `from` up to and with `to`, in their order. */
export const Shard = z.strictObject({ from: z.string(), to: z.string(), only: z.array(z.string()).optional() });
export type Shard = z.infer<typeof Shard>;

export interface FleetPlan {
  readonly request: {
    readonly reason: string;
    readonly read: 'auto' | 'full';
    /** Every tenant, not a choice of them. */
    readonly whole: boolean;
    readonly startedAt: string;
  };
  readonly tenants: number;
  readonly shards: readonly Shard[];
}

/** At most so many shards: their list must fit in a state (256 KiB), one execution each. */
const MAX_SHARDS = 1000;

/** InputError `unknown-tenant` for a named tenant that does not exist; nothing is planned then. */
export async function planFleet(ctx: Context, request: FleetRequest): Promise<FleetPlan> {
  const known = await registerTenants(ctx);
  const whole = request.tenants === 'all' && request.refs === undefined;
  const refs = chosen(ctx, request, known);
  const size = Math.max(1, Math.ceil(refs.length / MAX_SHARDS));
  const shards: Shard[] = [];
  for (let start = 0; start < refs.length; start += size) {
    const members = refs.slice(start, start + size);
    const range = { from: members[0]!, to: members.at(-1)! };
    shards.push(whole ? range : { ...range, only: members });
  }
  const { reason, read } = request;
  const startedAt = ctx.clock.now().toISOString();
  return { request: { reason, read, whole, startedAt }, tenants: refs.length, shards };
}

function chosen(ctx: Context, request: FleetRequest, known: TenantRef[]): TenantRef[] {
  if (request.refs) return known.filter(ref => request.refs!.includes(ref));
  return request.tenants === 'all' ? known : namedRefs(ctx, request.tenants, new Set(known));
}

/** References of a shard's tenants, in order. */
export async function listShard(ctx: Pick<Context, 'catalog'>, shard: Shard): Promise<string[]> {
  return shard.only ?? (await tenants.range(ctx.catalog, shard.from, shard.to)).map(item => item.ref);
}

/** Tenants of the database, by reference, in order; those that the catalog did not know are entered. */
async function registerTenants(ctx: Context): Promise<TenantRef[]> {
  const connection = await connect(ctx.source, 'plan fleet');
  try {
    const session = await openSession(ctx, connection);
    const ids = await listTenants(connection, session.model, session.schemas);
    const known = new Set((await tenants.list(ctx.catalog)).map(item => item.ref));
    const firstSeen = ctx.clock.now().toISOString();
    const found = ids.map(id => ({ ref: refOf(ctx, id), tenantId: id, firstSeen }));
    await writeAll(ctx.catalog, found.filter(item => !known.has(item.ref)).map(tenants.put));
    return found.map(item => item.ref).sort();
  } finally {
    await connection.end().catch(() => {});
  }
}

function namedRefs(ctx: Context, names: readonly string[], known: ReadonlySet<string>): TenantRef[] {
  const refs = [...new Set(names.map(name => refOf(ctx, tenantId(name))))].sort();
  const missing = refs.filter(ref => !known.has(ref)).length;
  if (missing === 0) return refs;
  throw new InputError('unknown-tenant', `${missing} of the ${refs.length} named tenants do not exist.`, {
    hint: 'Write each tenant id as the application does; nothing was started.',
  });
}

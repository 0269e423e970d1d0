/**
 * Asks the team's query for tiers and retention, and keeps the answer per tenant. Invariants: a query that fails changes
 * nothing, and neither does a row that is unclear; a tenant that is missing from the result keeps what it had; backups
 * never wait for it. Whoever calls it raises the alarm: nobody else would notice.
 */
import { HoldfastError } from '../../domain/errors.ts';
import type { RetentionPolicy } from '../../domain/retention.ts';
import { type TenantRef, tenantId } from '../../domain/tenant.ts';
import {
  type DecidedRetention,
  decidePolicy,
  type PolicyAnswer,
  type PolicyProblems,
  policiesOf,
  type TenantPolicy,
} from '../../domain/tenant-policy.ts';
import { runPolicyQuery } from '../../postgres/catalogs/policy-query.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { keepPolicies, listPolicies } from '../catalog/tenant-policies.ts';
import { type Context, refOf } from '../context.ts';

export interface PolicyReading {
  /** Rows refused, or 1 where the whole query failed: 0 is well. */
  readonly problems: number;
  /** Absent where the query failed. */
  readonly counts?: {
    readonly rows: number;
    /** Tenants whose tier or retention is another than before. */
    readonly changed: number;
    /** Tenants in the result that Holdfast does not know. */
    readonly unknown: number;
    /** Tenants of the database that are not in the result: as before, or the defaults. */
    readonly missing: number;
    readonly refused: PolicyProblems;
  };
  /** Code of the failure. */
  readonly failed?: string;
}

/** Undefined where no query is configured. `progress` and logs get counts only. */
export async function readPolicies(ctx: Context): Promise<PolicyReading | undefined> {
  if (ctx.policyQuery === undefined) return undefined;
  try {
    return await keepAnswer(ctx, policiesOf(await runPolicyQuery(ctx.source, ctx.policyQuery)));
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { problems: 1, failed: error.code };
  }
}

async function keepAnswer(ctx: Context, answer: PolicyAnswer): Promise<PolicyReading> {
  const listed = await tenants.list(ctx.catalog);
  const known = new Set<string>(listed.map(({ ref }) => ref));
  const before = await listPolicies(ctx.catalog);
  const wanted = new Map<TenantRef, TenantPolicy>();
  const refused = new Set([...answer.refused].map(id => refOf(ctx, tenantId(id))));
  let unknown = 0;
  for (const [id, policy] of answer.policies) {
    const ref = refOf(ctx, tenantId(id));
    if (known.has(ref)) wanted.set(ref, policy);
    else unknown += 1;
  }
  const silent = listed.filter(({ ref }) => !wanted.has(ref) && !refused.has(ref));
  // The query answered, and has nothing to say about them.
  for (const { ref } of silent) if (!before.has(ref)) wanted.set(ref, {});
  const changed = await keepPolicies(ctx.catalog, before, wanted);
  const { rows, problems } = answer;
  const total = Object.values(problems).reduce((sum, count) => sum + count, 0);
  const missing = silent.filter(item => !item.left).length;
  return { problems: total, counts: { rows, changed, unknown, missing, refused: problems } };
}

/** On one machine: asks now, and raises the alarm itself. */
export async function askPolicies(ctx: Context): Promise<void> {
  const reading = await readPolicies(ctx);
  if (reading && reading.problems > 0) {
    const what = reading.failed === undefined ? `refused ${reading.problems} rows` : `failed (${reading.failed})`;
    await ctx.notifier.notify({
      severity: 'alarm',
      code: 'tenant-policies',
      message: `The query for tiers and retention ${what}: the tenants concerned keep what they had.`,
      details: { ...reading },
    });
  }
}

/** The retention of each tenant on one machine, after asking. */
export async function askedRetention(
  ctx: Context,
  keep: RetentionPolicy,
): Promise<(tenant: string) => DecidedRetention> {
  await askPolicies(ctx);
  const answered = await listPolicies(ctx.catalog);
  const stated = { tier: 'standard', retention: keep, tenants: { tiers: {}, retention: {} }, queried: true } as const;
  return tenant => decidePolicy(stated, tenant, answered.get(tenant)).retention;
}

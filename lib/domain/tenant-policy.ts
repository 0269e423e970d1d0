/**
 * The tier and retention of single tenants: stated in the deployment file, or read from the tenant table by the team's
 * query, so that a new customer needs no deployment. Invariant, fail closed: what a query does not say clearly (an unknown
 * tier, two different answers, no answer at all) changes nothing; a tenant about which it never said anything keeps all of
 * its backups until it does.
 */
import * as z from 'zod';
import { TIERS, Tier } from './objectives.ts';
import { type RetentionPolicy, TenantRetention } from './retention.ts';

/** The SELECT as a team writes it. */
export const PolicyQuery = z
  .string()
  .min(1)
  .max(8000)
  .regex(/^\s*(select|with)\b/i, 'must be one SELECT');

/** One tenant's own tier and retention; what is absent is the default. */
export const TenantPolicy = z.strictObject({
  tier: Tier.exactOptional(),
  retention: TenantRetention.exactOptional(),
});
export type TenantPolicy = z.infer<typeof TenantPolicy>;

/** Retention of one tenant. `undecided`: nothing is removed, since its own retention is not known. */
export interface DecidedRetention extends RetentionPolicy {
  readonly undecided?: true;
}

export interface DecidedPolicy {
  readonly tier: Tier;
  readonly retention: DecidedRetention;
}

/** What a deployment says: the defaults, single tenants by reference, and whether a query is asked too. */
export interface StatedPolicies {
  readonly tier: Tier;
  readonly retention: RetentionPolicy;
  readonly tenants: {
    readonly tiers: Readonly<Record<string, Tier>>;
    readonly retention: Readonly<Record<string, TenantRetention>>;
  };
  readonly queried: boolean;
}

/** A person's entry in the deployment file wins over the query, and the query over the default. `answered`: what the query last said. */
export function decidePolicy(
  stated: StatedPolicies,
  tenant: string,
  answered: TenantPolicy | undefined,
): DecidedPolicy {
  const { tiers, retention } = stated.tenants;
  return {
    tier: tiers[tenant] ?? answered?.tier ?? stated.tier,
    retention: {
      ...stated.retention,
      ...answered?.retention,
      ...retention[tenant],
      ...(stated.queried && answered === undefined ? { undecided: true as const } : {}),
    },
  };
}

/** The columns that the query may return; the first is required. */
const DAYS = {
  daily_days: 'dailyDays',
  weekly_days: 'weeklyDays',
  monthly_days: 'monthlyDays',
  annual_days: 'annualDays',
  log_days: 'logDays',
} as const satisfies Readonly<Record<string, keyof TenantRetention>>;
export const POLICY_COLUMNS: readonly string[] = ['tenant', 'tier', ...Object.keys(DAYS)];

/** A row of the result: text as the server prints it. */
export type PolicyRow = Readonly<Record<string, string | null>>;

export interface PolicyAnswer {
  /** By tenant id. NULL in a column is the default. */
  readonly policies: ReadonlyMap<string, TenantPolicy>;
  /** Tenants whose rows are refused: they keep what they had. */
  readonly refused: ReadonlySet<string>;
  readonly rows: number;
  /** Rows without a tenant, with an unknown tier, with days that are none, and tenants with two different answers. */
  readonly problems: PolicyProblems;
}

export interface PolicyProblems {
  readonly withoutTenant: number;
  readonly unknownTier: number;
  readonly wrongDays: number;
  readonly contradicting: number;
}

/** Reads the result of the query. Equal rows of a tenant, as a join makes them, are one. */
export function policiesOf(rows: readonly PolicyRow[]): PolicyAnswer {
  const policies = new Map<string, TenantPolicy>();
  const refused = new Set<string>();
  const problems = { withoutTenant: 0, unknownTier: 0, wrongDays: 0, contradicting: 0 };
  const refuse = (tenant: string, why: keyof PolicyProblems) => {
    problems[why] += 1;
    refused.add(tenant);
  };
  for (const row of rows) {
    const { tenant } = row;
    if (tenant === null || tenant === undefined || tenant === '') {
      problems.withoutTenant += 1;
      continue;
    }
    const { tier = null } = row;
    const retention = retentionIn(row);
    if (tier !== null && !(TIERS as readonly string[]).includes(tier)) refuse(tenant, 'unknownTier');
    else if (retention === undefined) refuse(tenant, 'wrongDays');
    else {
      const policy: TenantPolicy = {
        ...(tier !== null && { tier: tier as Tier }),
        ...(Object.keys(retention).length > 0 && { retention }),
      };
      const before = policies.get(tenant);
      if (before !== undefined && !samePolicy(before, policy)) refuse(tenant, 'contradicting');
      policies.set(tenant, policy);
    }
  }
  for (const tenant of refused) policies.delete(tenant);
  return { policies, refused, rows: rows.length, problems };
}

export function samePolicy(one: TenantPolicy, other: TenantPolicy): boolean {
  const spelled = ({ tier, retention }: TenantPolicy) =>
    JSON.stringify([tier, Object.values(DAYS).map(name => retention?.[name])]);
  return spelled(one) === spelled(other);
}

/** Undefined where a number of days is none. */
function retentionIn(row: PolicyRow): TenantRetention | undefined {
  const given = Object.entries(DAYS).flatMap(([column, name]) => {
    const text = row[column] ?? null;
    return text === null ? [] : [[name, /^\d{1,6}$/.test(text) ? Number(text) : undefined] as const];
  });
  const parsed = TenantRetention.safeParse(Object.fromEntries(given));
  return parsed.success ? parsed.data : undefined;
}

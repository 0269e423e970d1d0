/** The doctor's look at the team's query for tiers and retention: it runs it, and shows the result in counts. */
import { HoldfastError } from '../../domain/errors.ts';
import { type Finding, finding } from '../../domain/finding.ts';
import { TIERS } from '../../domain/objectives.ts';
import { type PolicyAnswer, policiesOf } from '../../domain/tenant-policy.ts';
import { runPolicyQuery } from '../../postgres/catalogs/policy-query.ts';
import type { Context } from '../context.ts';

const KEEPS = 'Until it is mended, the tenants concerned keep what they had, and nothing of a new one is removed.';

export async function examinePolicies({
  source,
  policyQuery,
}: Pick<Context, 'source' | 'policyQuery'>): Promise<Finding[]> {
  if (policyQuery === undefined) return [];
  try {
    const answer = policiesOf(await runPolicyQuery(source, policyQuery));
    return [...problemsOf(answer), finding('tenant-policies', 'info', shown(answer))];
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return [finding(error.code, 'warning', error.message, { advice: `${error.hint} ${KEEPS}` })];
  }
}

function problemsOf({ problems }: PolicyAnswer): Finding[] {
  const { withoutTenant, unknownTier, wrongDays, contradicting } = problems;
  const parts = [
    ...(withoutTenant > 0 ? [`${withoutTenant} rows without a tenant`] : []),
    ...(unknownTier > 0 ? [`${unknownTier} with an unknown tier (known: ${TIERS.join(', ')})`] : []),
    ...(wrongDays > 0 ? [`${wrongDays} with days that are not whole numbers from 1 to 36500`] : []),
    ...(contradicting > 0 ? [`${contradicting} that contradict another row of the same tenant`] : []),
  ];
  if (parts.length === 0) return [];
  const message = `Rows of the query for tiers and retention are refused: ${parts.join(', ')}.`;
  return [finding('tenant-policies-refused', 'warning', message, { advice: KEEPS })];
}

function shown({ policies, rows }: PolicyAnswer): string {
  const given = [...policies.values()];
  const tiers = TIERS.flatMap(tier => {
    const count = given.filter(policy => policy.tier === tier).length;
    return count === 0 ? [] : [`${tier} ${count}`];
  });
  const own = given.filter(policy => policy.retention !== undefined).length;
  const byTier = tiers.length === 0 ? 'no tier' : tiers.join(', ');
  return `The query for tiers and retention returns ${rows} rows: ${byTier}; ${own} tenants with a retention of their own.`;
}

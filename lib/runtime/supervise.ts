/**
 * The ports of the functions that look after destructions: for each tenant its own storage, and the right to destroy keys only
 * where keys are looked after.
 */
import type { TenantRef } from '../domain/tenant.ts';
import type { RecordDeps } from '../operations/governance/audit.ts';
import { destructionDeps, type SupervisionDeps } from '../operations/governance/destruction/destruction-deps.ts';
import type { SupervisedSome, SupervisionCall } from '../operations/governance/destruction/finish-destructions.ts';
import type { SupervisedPart } from '../operations/governance/destruction/supervise-destructions.ts';
import { timeBudget } from '../operations/time-budget.ts';
import type { AwsPorts } from './aws.ts';
import { governanceDeps } from './carry-out.ts';
import type { FunctionTools, StorageContext } from './function-handler.ts';

export function supervisionCall(
  { ctx, aws }: FunctionTools<StorageContext>,
  part: SupervisedPart,
  after = '',
): SupervisionCall {
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  return { vault: ctx.vault, depsOf: tenant => supervisionDeps(aws, tenant, part), budget, after };
}

export async function supervisionDeps(
  aws: AwsPorts,
  tenant: TenantRef,
  part: SupervisedPart,
): Promise<SupervisionDeps & Pick<RecordDeps, 'record'>> {
  const deps = governanceDeps(await aws.storageOf(tenant), aws);
  const keyring = part === 'keys' ? aws.destroying(deps.keyring) : deps.keyring;
  return destructionDeps({ ...deps, keyring });
}

/** What the state machine gets: counts. The log names what failed, and the metric alarms where it lasts. */
export function reportSupervised(
  { done, after, seen }: SupervisedSome,
  { logger, count }: Pick<FunctionTools<StorageContext>, 'logger' | 'count'>,
) {
  const failed = seen.filter(each => each.failed !== undefined);
  for (const each of failed) logger.warn('a destruction did not go on', { ...each });
  const late = seen.filter(each => each.late).length;
  count('LateDestructions', late);
  return { done, after, tenants: seen.length, failed: failed.length, late };
}

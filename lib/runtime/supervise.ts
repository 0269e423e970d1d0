/**
 * Looks after the destructions of all tenants, one after the other, each with the storage of that tenant alone. A call works
 * for its budget and says after which tenant the next one continues.
 */
import type { TenantRef } from '../domain/tenant.ts';
import type { RecordDeps } from '../operations/governance/audit.ts';
import { destructionDeps, type SupervisionDeps } from '../operations/governance/destruction/destruction-deps.ts';
import { destroyedTenants } from '../operations/governance/destruction/destruction-status.ts';
import {
  type Supervised,
  type SupervisedPart,
  superviseTenant,
} from '../operations/governance/destruction/supervise-destructions.ts';
import { timeBudget } from '../operations/time-budget.ts';
import type { AwsPorts } from './aws.ts';
import { governanceDeps } from './carry-out.ts';
import type { FunctionTools, StorageContext } from './function-handler.ts';

export interface SupervisedSome {
  readonly done: boolean;
  /** Reference of the last tenant that was looked after. */
  readonly after: string;
  readonly tenants: number;
  readonly failed: number;
  readonly late: number;
}

/** In the order of their references, those after the given one. */
export async function superviseSome(
  { ctx, aws, logger }: FunctionTools<StorageContext>,
  part: SupervisedPart,
  after = '',
): Promise<SupervisedSome> {
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const left = (await destroyedTenants(ctx)).filter(tenant => tenant > after);
  const seen: Supervised[] = [];
  for (const tenant of left) {
    const one = await superviseTenant(await supervisionDeps(aws, tenant, part), tenant, part);
    if (one.failed !== undefined) logger.warn('a destruction did not go on', { ...one });
    seen.push(one);
    if (budget.isUsed()) break;
  }
  return {
    ...{ done: seen.length === left.length, after: seen.at(-1)?.tenant ?? after, tenants: seen.length },
    failed: seen.filter(({ failed }) => failed !== undefined).length,
    late: seen.filter(({ late }) => late).length,
  };
}

/** Only what looks after keys may destroy one. */
export async function supervisionDeps(
  aws: AwsPorts,
  tenant: TenantRef,
  part: SupervisedPart,
): Promise<SupervisionDeps & Pick<RecordDeps, 'record'>> {
  const deps = governanceDeps(await aws.storageOf(tenant), aws);
  const keyring = part === 'keys' ? aws.destroying(deps.keyring) : deps.keyring;
  return destructionDeps({ ...deps, keyring });
}

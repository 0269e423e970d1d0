/** Which moment a caller means, and whether the tenant can be restored to it. */
import { formatTarget, parseTarget, type RecoveryTarget } from '../domain/recovery-target.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { recoveryMaterial } from '../operations/catalog/recovery-material.ts';
import { resolveTarget } from '../operations/restore/target/resolve-target.ts';
import type { ApiDeps } from './api-deps.ts';

/** What is meant, before anything is counted or staged. InputError of the text; TargetError where it cannot be reached. */
export async function reachable({ storage, timeZone }: ApiDeps, tenant: TenantRef, text: string): Promise<string> {
  const target: RecoveryTarget = parseTarget(text, { now: storage.clock.now(), timeZone });
  await resolveTarget(storage, await recoveryMaterial(storage, tenant), target);
  return formatTarget(target);
}

/** What the deployment says of single operations, as the functions read it beside their code: by reference, without ids. */
import type { OperationsSettings } from '../domain/operations-settings.ts';
import type { Deployment } from './deployment.ts';

export function deployedOperations({ retention, schedules }: Deployment): OperationsSettings {
  return { reasons: retention.reasons, ...(schedules.archive.enabled && { archives: { scheduled: true } }) };
}

/** What the deployment says of single operations, as the functions read it beside their code: by reference, without ids. */
import type { OperationsSettings } from '../domain/operations-settings.ts';
import type { Deployment } from './deployment.ts';
import { deployedFailover } from './failover-option.ts';

export function deployedOperations(deployment: Deployment): OperationsSettings {
  const failover = deployedFailover(deployment);
  return { ...(failover && { failover }) };
}

/** What the deployment says of single operations, as the functions read it beside their code: by reference, without ids. */
import type { OperationsSettings } from '../domain/operations-settings.ts';
import { defaultSettings } from '../domain/settings.ts';
import type { Deployment } from './deployment.ts';

export function deployedOperations({ storage: { logIndexMinutes } }: Deployment): OperationsSettings {
  return logIndexMinutes === defaultSettings().logIndex.minutes ? {} : { logIndexMinutes };
}

/** The grant to ask how busy the processor of the source is; in a deployment without `fleet.processor` it grants nothing. */
import type { Deployment } from '../deployment.ts';
import type { RegionName } from '../names.ts';
import { allow, type Grantee } from './grant.ts';

/** CloudWatch knows no resource for it. Only where the database is that it names. */
export function grantReadProcessor(fn: Grantee, { fleet }: Deployment, region: RegionName): void {
  if (fleet.processor !== undefined && region === 'primary') allow(fn, ['cloudwatch:GetMetricData'], ['*']);
}

/**
 * Every minute, in both regions: looks at the database and the vault of the other, and alarms once when it is the active one and
 * looks lost. The metric is the state of that alarm. Nothing fails over by itself.
 */
import * as z from 'zod';
import { probeRegion } from '../lib/operations/failover/probe-region.ts';
import { noRegions } from '../lib/runtime/aws-regions.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.looseObject({}), async (_, { ctx, aws, count }) => {
  const regions = await aws.regions?.();
  if (regions === undefined) throw noRegions();
  const probed = await probeRegion({ ...ctx, regions }, 'holdfast');
  count('RegionSuspected', probed.suspected ? 1 : 0);
  return probed;
});

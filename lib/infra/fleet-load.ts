/** The options of a deployment that limit how much the runs over all tenants do at the same time, and until they fail. */
import * as z from 'zod';
import { LoadSettings, WatchedDatabase } from '../domain/database-load.ts';

const Count = z.number().int().min(1);

export const FleetLoad = z.strictObject({
  concurrentTenants: Count.max(1000)
    .default(10)
    .describe('Tenants processed at the same time, limited by the load that the source database can handle.'),
  concurrentParts: Count.max(100).default(4).describe('Parts of one large tenant processed at the same time.'),
  load: LoadSettings.prefault({}).describe(
    'Load of the database above which the snapshot, fold, verification or archive of a tenant waits, at most two minutes, before it begins.',
  ),
  processor: WatchedDatabase.optional().describe(
    'The source in the primary region as RDS names it. Functions that look at the load then also ask CloudWatch for its processor, once a minute each at $0.01 per 1,000 questions, and need a route to it (NAT, or the interface endpoint `monitoring`); without an answer they go on. Default: CloudWatch is not asked.',
  ),
  stepBudgetSeconds: z
    .number()
    .int()
    .min(0)
    .max(780)
    .default(600)
    .describe(
      'Time that one call of a restore, a verification or a rebuild works before the next call continues. 0: one piece of work per call.',
    ),
  toleratedFailurePercentage: z
    .number()
    .min(0)
    .max(100)
    .default(5)
    .describe('A run is marked failed if more than this percentage of its shards failed. Every failure is reported.'),
});

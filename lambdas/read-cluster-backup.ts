/**
 * One bounded piece of reading a tenant of a scratch database, to which the cluster's own backup was restored: plans, reads
 * parts, and at last makes what was read restorable. It reads the source's identity, and no row of it.
 */
import * as z from 'zod';
import { tenantId, tenantRef } from '../lib/domain/tenant.ts';
import { ClusterReadProgress, continueClusterRead } from '../lib/operations/snapshot/read-cluster-backup.ts';
import { ClusterReadInput } from '../lib/operations/snapshot/scratch-cluster.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  input: ClusterReadInput,
  /** Where the copy answers. */
  scratch: z.object({ host: z.string(), port: z.number().int() }),
  read: z.object({ progress: ClusterReadProgress.optional() }),
});

export const handler = tenantHandler(
  Event,
  ({ input }, { config }) => tenantRef(config.installation, tenantId(input.tenant)),
  async ({ input, scratch, read }, { ctx, aws }) => {
    const asked = { ...input, tenant: tenantId(input.tenant) };
    const budget = timeBudget(ctx.settings.stepBudgetMs);
    const copy = await aws.copySource(scratch);
    const result = await continueClusterRead(ctx, copy, asked, read.progress, budget);
    if ('progress' in result) return { done: false, ...result };
    const { id, rows } = result.item;
    return { done: true, backup: id, target: `cluster-read:${id}`, rows };
  },
);

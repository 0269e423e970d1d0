/**
 * Requests, looks at and removes the scratch database of one read of the cluster's own backup, and daily removes what such
 * reads left. It reaches no database, no vault and no key; what waits is the state machine.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ClusterReadInput, scratchCluster } from '../lib/operations/snapshot/scratch-cluster.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { scratchClusters } from '../lib/runtime/scratch-clusters.ts';

const Event = z.discriminatedUnion('step', [
  z.object({ step: z.literal('begin'), execution: z.string(), input: ClusterReadInput }),
  z.object({ step: z.enum(['look', 'remove']), execution: z.string() }),
  z.object({ step: z.literal('sweep') }),
]);

export const handler = storageHandler(Event, async (event, { ctx: { clock, notifier }, aws }) => {
  const deps = { clock, notifier, scratch: scratchClusters(aws), name: aws.config.name };
  if (event.step === 'sweep') return scratchCluster(deps, event);
  const run = createHash('sha256').update(event.execution).digest('hex');
  if (event.step === 'begin') return scratchCluster(deps, { step: 'begin', run, moment: event.input.moment });
  return scratchCluster(deps, { step: event.step, run });
});

/** Writes the catalog anew from the signed manifests; safe to repeat. */
import { z } from 'zod';
import { rebuildCatalog } from '../lib/operations/catalog/rebuild-catalog.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

/** The result must fit in a state: the rest is in the log. */
const SHOWN = 100;

export const handler = storageHandler(z.object({ input: z.looseObject({}) }), async (_, { ctx, logger }) => {
  const { leftOut, withoutKey, ...counts } = await rebuildCatalog(ctx);
  for (const { key, why } of leftOut) logger.warn('left out of the catalog', { key, why });
  return { ...counts, leftOut: leftOut.length, leftOutFirst: leftOut.slice(0, SHOWN), withoutKey: withoutKey.length };
});

/** Reads one part of a snapshot until it is complete or its time budget is used up. */
import { PartRef } from '../lib/domain/snapshot-parts.ts';
import { readPart } from '../lib/operations/snapshot/read-part.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

export const handler = tenantHandler(
  PartRef,
  event => event.tenant,
  (ref, { ctx }) => readPart(ctx, ref),
);

/**
 * In the region that is left: stops the application's writes for a planned fail-over, allows them again, and answers whether
 * the database does. Called by the fail-over of the other region, whose network need not reach this database.
 */
import * as z from 'zod';
import { LEAVING_REQUESTS, leaveRegion } from '../lib/operations/failover/leave-region.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

const Event = z.strictObject({ do: z.enum(LEAVING_REQUESTS) });

export const handler = functionHandler(Event, async ({ do: request }, { ctx }) => leaveRegion(ctx.source, request));

/** Notes what became of one tenant of a group: its preview, its record, or its error. */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { noteMember } from '../lib/operations/restore/apply/note-member.ts';
import { tenantStorageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  ...{ group: z.string(), run: z.string(), previewOnly: z.boolean(), tenant: TenantRef },
  /** Of the execution that was waited for. */
  output: z.unknown().optional(),
  error: z.object({ Error: z.string(), Cause: z.string().optional() }).optional(),
});

export const handler = tenantStorageHandler(
  Event,
  event => event.tenant,
  async (event, { ctx }) => {
    const { state } = await noteMember(ctx, event);
    // No more: the state of a map over a thousand tenants holds the answer of each.
    return { state };
  },
);

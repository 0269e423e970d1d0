/** Names the execution that previews or restores one tenant of a group, and stamps its request. */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { beginMember } from '../lib/operations/restore/apply/begin-member.ts';
import { tenantStorageHandler } from '../lib/runtime/function-handler.ts';
import { executionArn, isRunning } from '../lib/runtime/workflows.ts';

const Event = z.object({ group: z.string(), run: z.string(), previewOnly: z.boolean(), tenant: TenantRef });

export const handler = tenantStorageHandler(
  Event,
  event => event.tenant,
  (event, { ctx, aws }) =>
    beginMember(ctx, event, name => isRunning(aws.workflows, executionArn(aws.config.workflows.restoreTenant, name))),
);

/**
 * Receives a person's acknowledgement of an open failure through the function's URL, which admits only IAM identities. It
 * closes that occurrence: if the same work fails again, the failure is open again.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import { SYSTEM } from '../lib/domain/tenant.ts';
import { acknowledgeFailure } from '../lib/operations/fleet/acknowledge-failure.ts';
import { appendEvent } from '../lib/operations/governance/audit-trail.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal } from '../lib/runtime/governed-call.ts';

const Body = z.strictObject({ id: z.string().max(200), at: z.string().max(40), reason: z.string().max(500) });

const URL = { role: 'operator', action: 'acknowledgeFailure' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, async (who, body) => {
    const given = acknowledged(body);
    const details = { failure: given.id, at: given.at };
    await appendEvent(tools.ctx, SYSTEM, { who, action: URL.action, outcome: 'allowed', details });
    const { kind, workflow, tenant, at } = await acknowledgeFailure(tools.ctx, { ...given, by: who.name });
    return { kind, workflow, tenant, at };
  }),
);

function acknowledged(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-input', 'The request body is not an acknowledgement.', {
    hint: 'Send {"id", "at", "reason"} with id and time of the open failure.',
  });
}

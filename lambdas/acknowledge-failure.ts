/**
 * Receives a person's acknowledgement of an open failure through the function's URL, which admits only IAM identities. It
 * closes that occurrence: if the same work fails again, the failure is open again.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import { acknowledgeFailure } from '../lib/operations/fleet/acknowledge-failure.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { answerCaller, UrlEvent } from '../lib/runtime/function-url.ts';

const Body = z.strictObject({ id: z.string().max(200), at: z.string().max(40), reason: z.string().max(500) });

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerCaller(event, tools, async (by, body) => {
    const { kind, workflow, tenant, at } = await acknowledgeFailure(tools.ctx, { ...acknowledged(body), by });
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

/**
 * The entry for restores: its URL admits only IAM identities, and the requester of the execution that it starts is the
 * caller that IAM authenticated, whatever the request says. The same request under the same id starts one execution. The
 * policies decide whether the caller may ask; the audit trail has the request before the execution is started.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal } from '../lib/runtime/governed-call.ts';
import { askRestore } from '../lib/runtime/request-restore.ts';

const Body = z.strictObject({
  /** Name of the execution. */
  id: z.string().regex(/^[\w-]{8,80}$/),
  /** Which state machine: restores of one tenant or of many. */
  workflow: z.enum(['restore-tenant', 'restore-tenants']).default('restore-tenant'),
  /** Its input. Of restore-tenant: a request, or a plan to apply. */
  input: z.record(z.string(), z.unknown()),
});

const URL = { role: 'operator', action: 'restore' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, (principal, body) => askRestore(tools, { principal, ...requestOf(body) })),
);

function requestOf(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The request body is not a request for a restore.', {
    hint: 'Send {"id": 8 to 80 letters, digits, "-" or "_", "workflow": "restore-tenant" or "restore-tenants", "input": its input}.',
  });
}

/** JSON documents of the request path: requests, policies, and what a governed command answers. */
import * as z from 'zod';
import { GOVERNED_ACTIONS } from '../../domain/governed-action.ts';
import { REQUEST_STATES } from '../../domain/governed-request.ts';

export const RequestShown = z.object({
  ...{ id: z.string(), tenant: z.string().describe('Its reference.'), action: z.enum(GOVERNED_ACTIONS) },
  state: z.enum(REQUEST_STATES),
  ...{ requestedBy: z.string(), reason: z.string(), ticket: z.string().nullable() },
  ...{ askedAt: z.string(), until: z.string(), planHash: z.string().describe('What is approved.') },
  plan: z.array(z.string()).describe('In sentences.'),
  approvals: z.number().int().nonnegative().describe('How many must approve.'),
  decisions: z.array(z.object({ by: z.string(), agrees: z.boolean(), at: z.string(), comment: z.string().nullable() })),
  ...{ executedBy: z.string().nullable(), executedAt: z.string().nullable() },
  brokeGlass: z.boolean().describe('Executed without approvals.'),
  reviewedBy: z.string().nullable().describe('Who reviewed an execution without approvals.'),
});

/** The list; with --execute, --cancel or --review the request itself. */
export const RequestsDocument = z.union([z.object({ requests: z.array(RequestShown) }), RequestShown]);

/** What a command answers whose work goes through the request path. */
export const GovernedDocument = z.object({
  ...{
    request: z.string(),
    tenant: z.string(),
    action: z.enum(GOVERNED_ACTIONS),
    state: z.enum(['waiting', 'started', 'done']),
  },
  ...{ planHash: z.string(), plan: z.array(z.string()), approvals: z.number().int().nonnegative(), until: z.string() },
  result: z
    .object({
      ...{ by: z.string(), approvedBy: z.array(z.string()), proof: z.unknown(), at: z.string() },
      records: z.record(z.string(), z.string()).describe('SHA-256 by vault key.'),
    })
    .loose()
    .nullable(),
});

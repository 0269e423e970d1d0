/** JSON documents of `holdfast hold` and its subcommands. */
import * as z from 'zod';
import { GOVERNED_ACTIONS } from '../../domain/governed-action.ts';
import { RequestResult } from '../../domain/governed-request.ts';
import { HoldCertificate } from '../../domain/hold.ts';

const Count = z.number().int().nonnegative();
const Time = z.string().nullable();

export const ListedHoldDocument = z.object({
  tenant: z.string(),
  hold: z.string(),
  matter: z.string().nullable().describe('Null where the record does not verify: the hold stands.'),
  at: Time,
  from: Time.describe('The first moment that must stay recoverable; null: everything that there is.'),
  reviewBy: Time,
  hidden: z.boolean().describe('Not shown to the tenant’s administrator.'),
  signed: z.boolean().describe('False where its record, or a release, was not signed by this installation.'),
});

export const RequestedDocument = z
  .object({
    request: z.string(),
    tenant: z.string(),
    action: z.enum(GOVERNED_ACTIONS),
    state: z.enum(['waiting', 'started', 'done']),
    planHash: z.string(),
    plan: z.array(z.string()),
    approvals: Count,
    until: z.string(),
    result: RequestResult.nullable(),
  })
  .describe('A request: with its result, waiting for approvals, or started on AWS.');

export const ShownHoldDocument = ListedHoldDocument.extend({
  requestedBy: z.string().nullable(),
  approvedBy: z.array(z.string()),
  reason: z.string().nullable(),
  certificate: HoldCertificate.nullable().describe('The last proof that everything is held.'),
}).describe('`hold show`.');

export const VerifiedHoldsDocument = z
  .object({
    tenants: z.array(
      z.object({
        tenant: z.string(),
        holds: z.array(z.string()),
        objects: Count,
        repaired: Count.describe('Objects that were not held, and are now.'),
        keyMarked: z
          .boolean()
          .describe('The KMS key had lost its tag `holdfast:held`, and has it again. False without KMS.'),
        unsigned: z.array(z.string()),
        reviewDue: z.array(z.string()),
        certificates: z.array(z.string()),
        failed: z.string().optional().describe('Code of the error that stopped the proof.'),
      }),
    ),
  })
  .describe('`hold verify`. Exit code 3 where something was wrong.');

const VerifiedThere = z
  .object({
    execution: z.string().describe('ARN of the execution of keep-holds.'),
    tenants: Count.describe('Under hold, of those that were asked for.'),
  })
  .describe('`hold verify` on AWS.');

export const HoldDocument = z.union([
  RequestedDocument,
  ShownHoldDocument,
  VerifiedHoldsDocument,
  VerifiedThere,
  z.object({ holds: z.array(ListedHoldDocument) }).describe('`hold list`.'),
]);

/** JSON documents of `holdfast destroy` and its subcommands. */
import * as z from 'zod';
import { DestructionAppendix, DestructionCertificate } from '../../domain/destruction.ts';
import { RequestedDocument } from './hold-documents.ts';

const Count = z.number().int().nonnegative();

export const ListedDestruction = z.object({
  tenant: z.string(),
  number: Count,
  stage: z.enum(['interrupted', 'counting', 'due', 'certified', 'complete', 'cancelled']),
  orderedAt: z.string(),
  requestedBy: z.string(),
  deletionDate: z.string().nullable().describe('End of the countdown.'),
  discarded: Count.describe('Changes that the application wrote since, and that were not stored.'),
});

export const FinishedDestructionDocument = z
  .object({
    certificate: DestructionCertificate,
    key: z.string().describe('Of the certificate in the vault.'),
    remains: z.object({
      removed: Count,
      objects: Count,
      logRuns: Count,
      lockedUntil: z.string().nullable(),
    }),
    appendix: DestructionAppendix.optional().describe('Once nothing is left.'),
  })
  .describe('`destroy finish TENANT`.');

export const DestroyDocument = z.union([
  RequestedDocument,
  FinishedDestructionDocument,
  z.object({ destructions: z.array(ListedDestruction) }).describe('`destroy status`, `destroy cancel`.'),
  z
    .object({
      supervised: z.array(
        z.object({
          ...{ tenant: z.string(), stage: ListedDestruction.shape.stage, failed: z.string().optional() },
          late: z.literal(true).optional().describe('It should have gone on by now, and a person has to look.'),
        }),
      ),
    })
    .describe('`destroy finish`.'),
  z
    .object({ execution: z.string().describe('ARN of the one that did it.') })
    .describe('`destroy finish` of an installation on AWS.'),
  z
    .object({
      ...{ tenant: z.string(), number: Count },
      execution: z.string().describe('ARN of the one that brings back the key.'),
    })
    .describe('`destroy cancel` of an installation on AWS.'),
  z
    .object({
      valid: z.literal(true),
      certificate: DestructionCertificate,
      objects: z.object({ same: Count, removed: Count }).optional(),
    })
    .describe('`destroy verify`.'),
]);

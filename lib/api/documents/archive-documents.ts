/** JSON documents of `archive` and its subcommands. */
import * as z from 'zod';
import { ArchiveClass } from '../../domain/archive.ts';
import { ArchiveItem } from '../../operations/catalog/catalog-index.ts';
import { ErrorReport } from './fleet-documents.ts';

const Made = z
  .object({
    ok: z.array(ArchiveItem.extend({ tenant: z.string() })),
    failed: z.array(z.object({ tenant: z.string(), ...ErrorReport.shape })),
  })
  .describe('Of `archive` on the machine that makes them.');

export const ArchiveListed = z
  .object({
    archives: z.array(
      ArchiveItem.extend({
        tenant: z.string().describe('Its reference, as in names of objects.'),
        until: z.string().describe('Kept until then by the retention that is configured.'),
      }),
    ),
  })
  .describe('Of `archive list`.');

const Due = z
  .object({
    due: z.array(
      z.object({ tenant: z.string(), due: ArchiveClass, late: z.boolean().describe('It was due a week ago.') }),
    ),
  })
  .describe('Of `archive due`.');

const Verified = z
  .object({ tenant: z.string(), verified: z.array(z.string()).describe('Their ids.') })
  .describe('Of `archive verify`.');

export const ArchiveDocument = z.union([Made, ArchiveListed, Due, Verified]);

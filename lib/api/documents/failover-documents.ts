/** JSON documents of `holdfast failover` and its subcommands. */
import * as z from 'zod';
import { FailoverPlan, FailoverRecord } from '../../domain/failover.ts';
import { REGION_PHASES } from '../../domain/region-state.ts';
import { GovernedDocument } from './request-documents.ts';

export const RegionsDocument = z
  .object({
    ...{ region: z.string().describe('Where this was asked.'), home: z.string() },
    active: z.string().nullable().describe('Null while a fail-over runs.'),
    phase: z.enum(REGION_PHASES).nullable(),
    ...{ since: z.string().nullable(), by: z.string().nullable(), reason: z.string().nullable() },
    fenced: z.array(z.string()).describe('Regions that can do nothing, as a person states.'),
    stands: z.boolean().describe('Enough places have the newest state.'),
    mayAct: z.boolean().describe('This region may ship, restore and expire.'),
    places: z.array(
      z.object({
        ...{ region: z.string(), witness: z.boolean(), answer: z.enum(['state', 'empty', 'unreachable']) },
        term: z.number().int().nullable(),
      }),
    ),
  })
  .describe('`failover`, `failover init`, `failover settle`.');

const Probed = z
  .object({
    ...{ region: z.string(), database: z.boolean(), vault: z.boolean() },
    newest: z.string().nullable().describe('End of the log in the vault here.'),
    suspected: z.boolean().describe('It is the active region, and looks lost.'),
    probes: z.number().int(),
  })
  .describe('`failover probe`.');

export const FailoverDocument = z.union([
  RegionsDocument,
  Probed,
  FailoverPlan.describe('`failover plan`.'),
  GovernedDocument.describe('`failover run`, `failover back`.'),
  z.object({ records: z.array(FailoverRecord) }).describe('`failover record`.'),
  FailoverRecord.describe('`failover record ID`.'),
]);

/** JSON documents of `holdfast failover` and its subcommands. */
import * as z from 'zod';
import { AUTOMATIC_WAITS } from '../../domain/automatic-failover.ts';
import { FailoverPlan, FailoverRecord } from '../../domain/failover.ts';
import { WitnessProbe } from '../../domain/region-probe.ts';
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
    witness: z
      .object({ database: z.boolean(), vault: z.boolean() })
      .nullable()
      .describe('What the witness found since the probe before; null where it said nothing new.'),
    suspected: z.boolean().describe('It is the active region, and looks lost.'),
    probes: z.number().int(),
    automatic: z
      .union([
        z.object({ state: z.literal('waits'), because: z.enum(AUTOMATIC_WAITS) }),
        z.object({ state: z.enum(['running', 'done']), request: z.string() }),
      ])
      .nullable()
      .describe('Null where a person decides.'),
  })
  .describe('`failover probe` in a region with a database.');

const Watched = z.object({ probes: z.array(WitnessProbe) }).describe('`failover probe` at the witness.');

export const FailoverDocument = z.union([
  RegionsDocument,
  Probed,
  Watched,
  FailoverPlan.describe('`failover plan`.'),
  GovernedDocument.describe('`failover run`, `failover back`.'),
  z.object({ records: z.array(FailoverRecord) }).describe('`failover record`.'),
  FailoverRecord.describe('`failover record ID`.'),
]);

/** JSON documents of `holdfast drill` and its subcommands. */
import * as z from 'zod';
import { DrillRecord } from '../../domain/drill.ts';
import { DRILL_KINDS } from '../../domain/drill-kind.ts';

export const DueShown = z.object({
  kind: z.enum(DRILL_KINDS),
  last: z.string().nullable().describe('Beginning of the last that was proved; null: never.'),
  due: z.string(),
  state: z.enum(['done', 'due', 'late']),
});

const Altered = z
  .array(z.string())
  .describe('Keys of records that this installation did not sign, or that are damaged.');

export const DrillDocument = z.union([
  z.object({ drills: z.array(DrillRecord), altered: Altered }).describe('`drill history`, the oldest first.'),
  z
    .object({ drills: z.array(DrillRecord) })
    .describe('`drill run` and `drill show`. Exit code 3 where a drill of `drill run` failed.'),
  z.object({ verified: z.array(z.string()), altered: Altered }).describe('`drill verify`. Exit code 3 if altered.'),
  z.object({ due: z.array(DueShown) }).describe('`drill due`.'),
]);

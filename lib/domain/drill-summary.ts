/** A drill in one line: what it came to, and how near the slowest tenant was to the objective of its tier. */
import * as z from 'zod';
import { DrillOutcome, type DrillRecord } from './drill.ts';
import { DrillKind } from './drill-kind.ts';

const Milliseconds = z.number().int().nonnegative();

export const DrillSummary = z.object({
  ...{ id: z.string(), kind: DrillKind, outcome: DrillOutcome, startedBy: z.string() },
  ...{ startedAt: z.string(), endedAt: z.string() },
  tenants: z.number().int().nonnegative().describe('Tenants that were restored or tried.'),
  recovery: z
    .object({ ms: Milliseconds, objectiveMs: Milliseconds })
    .nullable()
    .describe('Of the tenant that was nearest to its objective, or beyond it; null: nothing was restored.'),
  predictedMs: Milliseconds.nullable().describe('Of the whole system: what all tenants would take.'),
  findings: z.array(z.string()).describe('What went wrong; empty if it passed.'),
});
export type DrillSummary = z.infer<typeof DrillSummary>;

export function drillSummary(record: DrillRecord): DrillSummary {
  const { id, kind, outcome, startedBy, startedAt, endedAt, tenants, prediction, findings } = record;
  const measured = tenants.flatMap(({ restore, objectiveMs }) =>
    restore === null ? [] : [{ ms: restore.recoveryMs, objectiveMs }],
  );
  const share = ({ ms, objectiveMs }: (typeof measured)[number]) => ms / Math.max(1, objectiveMs);
  const recovery = measured.reduce<(typeof measured)[number] | null>(
    (worst, each) => (worst === null || share(each) > share(worst) ? each : worst),
    null,
  );
  return {
    ...{ id, kind, outcome, startedBy, startedAt, endedAt, tenants: tenants.length, recovery },
    ...{ predictedMs: prediction?.predictedMs ?? null, findings },
  };
}

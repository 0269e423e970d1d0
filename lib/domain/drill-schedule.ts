/**
 * When drills are due. Invariant: only a drill that was proved counts: one that failed stays due, and a kind that was never
 * proved is due a period after the first tenant was protected.
 */
import * as z from 'zod';
import { DAY_MS } from './daily-share.ts';
import { DrillKind } from './drill-kind.ts';

/** Days between two drills; `game-day` is only started by hand. */
const DRILL_DAYS: Readonly<Partial<Record<DrillKind, number>>> = {
  'single-tenant': 31,
  'several-tenants': 31,
  accident: 31,
  region: 92,
  'whole-system': 366,
};
/** Days after which a drill that is due is late. */
const GRACE_DAYS = 7;

export const DueDrill = z.object({
  kind: DrillKind,
  /** Beginning of the last that was proved, ISO 8601; null for never. */
  last: z.string().nullable(),
  /** ISO 8601. */
  due: z.string(),
  state: z.enum(['done', 'due', 'late']),
});
export type DueDrill = z.infer<typeof DueDrill>;

/** `last`: by kind, beginning of the last that was proved. `since`: when the first tenant was protected. */
export function dueDrills(
  last: ReadonlyMap<DrillKind, string>,
  kinds: readonly DrillKind[],
  since: Date,
  now: Date,
): DueDrill[] {
  return kinds.flatMap(kind => {
    const days = DRILL_DAYS[kind];
    if (days === undefined) return [];
    const proved = last.get(kind) ?? null;
    const due = (proved === null ? since.getTime() : Date.parse(proved)) + days * DAY_MS;
    const state = now.getTime() >= due + GRACE_DAYS * DAY_MS ? 'late' : now.getTime() >= due ? 'due' : 'done';
    return [{ kind, last: proved, due: new Date(due).toISOString(), state }];
  });
}

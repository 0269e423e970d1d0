/** The kinds of drills, for those that need nothing else of their records. */
import * as z from 'zod';

export const DRILL_KINDS = [
  'single-tenant',
  'several-tenants',
  'accident',
  'whole-system',
  'region',
  'game-day',
] as const;
export const DrillKind = z.enum(DRILL_KINDS);
export type DrillKind = z.infer<typeof DrillKind>;

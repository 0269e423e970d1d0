/** What a deployment says of drills on AWS, as the functions read it: no secret, and no tenant. */
import * as z from 'zod';
import { DRILL_KINDS } from './drill-kind.ts';

/** Kinds that can start when they are due: a game day is only for test installations on one machine. */
export const ScheduledKind = z.enum(DRILL_KINDS).exclude(['game-day']);

export const DeployedDrills = z.strictObject({
  /** That start when they are due. */
  kinds: z.array(ScheduledKind),
  /** AWS region of the copy that the drill `region` restores from. Absent: there is no such drill. */
  region: z.string().exactOptional(),
  /** Tenants of a whole system restored at once. */
  atOnce: z.number().int().min(1),
  template: z.string().exactOptional(),
  /** The text of the team's check. */
  acceptanceSql: z.string().exactOptional(),
  acceptanceHook: z.string().exactOptional(),
  /** A database outside the source system. Absent: the source. */
  scratch: z
    .strictObject({ host: z.string(), port: z.number().int(), database: z.string(), secretArn: z.string() })
    .exactOptional(),
});
export type DeployedDrills = z.infer<typeof DeployedDrills>;

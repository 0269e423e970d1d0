/**
 * Whose turn it is on a tenant: no snapshot reads its rows while a restore is being applied. Snapshots do not exclude each
 * other, and neither do restores here (their lock in the database does). A restore goes first: it enters its wish at once
 * and waits for the steps of snapshots that are under way; no snapshot begins another step meanwhile.
 *
 * Invariant: a snapshot and a restore never both have the turn, because both are decided on one item under its revision.
 */
import * as z from 'zod';

export const TURN_WORK = ['snapshot', 'restore'] as const;
export type TurnWork = (typeof TURN_WORK)[number];

const TurnHolder = z.strictObject({
  work: z.enum(TURN_WORK),
  /** Of the process that works, random. */
  by: z.string(),
  /** ISO 8601; whoever renews it works. */
  until: z.string(),
});
export type TurnHolder = z.infer<typeof TurnHolder>;

export const TenantTurns = z.strictObject({
  format: z.literal('holdfast.tenant-turns/1'),
  holders: z.array(TurnHolder),
});
export type TenantTurns = z.infer<typeof TenantTurns>;

/** A holder that was killed stands in the way of nobody for longer, in milliseconds. */
export const TURN_MS = 60_000;
/** One that works renews what has less than this left. */
export const RENEWED_BELOW_MS = 50_000;

export interface TurnRequest {
  readonly work: TurnWork;
  readonly by: string;
  /** For work under way: it keeps its turn to its end, and a restore that came later waits for it. */
  readonly goesOn?: boolean;
}

export interface TurnDecision {
  readonly granted: boolean;
  /** Undefined where nothing is to be written. */
  readonly write?: TurnHolder[];
}

/** What a request for the turn, or for more of it, leads to. */
export function decideTurn(held: readonly TurnHolder[], request: TurnRequest, now: Date): TurnDecision {
  const { work, by, goesOn = false } = request;
  const live = held.filter(({ until }) => Date.parse(until) > now.getTime());
  const own = live.find(holder => holder.work === work && holder.by === by);
  const others = live.filter(holder => holder !== own);
  const inTheWay = others.some(holder => holder.work !== work);
  if (work === 'snapshot' && inTheWay && !(goesOn && own)) return { granted: false };
  const granted = work === 'snapshot' || !inTheWay;
  if (own && Date.parse(own.until) - now.getTime() >= RENEWED_BELOW_MS) return { granted };
  const until = new Date(now.getTime() + TURN_MS).toISOString();
  return { granted, write: [...others, { work, by, until }] };
}

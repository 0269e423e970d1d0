/**
 * An alarm that people acknowledge: one for each code and tenant, however often it is raised. Invariant: an acknowledgement
 * is of what was raised before it, and holds for a day at most: an alarm that goes on is escalated again.
 */
import * as z from 'zod';
import { EVENT_KINDS, type HoldfastEvent } from './event.ts';

const DAY_MS = 86_400_000;
/** How long an alarm that is not raised again is shown. */
const SHOWN_MS = 7 * DAY_MS;
const Time = z.iso.datetime();

export const Alarm = z.strictObject({
  format: z.literal('holdfast.alarm/1'),
  /** The code, and the reference of the tenant if it is about one. */
  id: z.string(),
  kind: z.enum(EVENT_KINDS),
  severity: z.enum(['critical', 'warning']),
  tenant: z.string().nullable(),
  message: z.string(),
  firstAt: Time,
  lastAt: Time,
  /** How often it was raised. */
  count: z.number().int().min(1),
  acknowledged: z.strictObject({ by: z.string(), at: Time, reason: z.string() }).nullable(),
  /** Null: nothing said that it is over. */
  endedAt: Time.nullable(),
});
export type Alarm = z.infer<typeof Alarm>;

/** The code, and the tenant if it is about one: what a person types to acknowledge it. */
export function alarmId({ code, tenant }: { readonly code: string; readonly tenant: string | null }): string {
  return tenant === null ? code : `${code}/${tenant}`;
}

/** Raised once more, ended, or undefined where the event is about no alarm. A new alarm begins a day after the last was raised. */
export function alarmAfter(kept: Alarm | undefined, event: HoldfastEvent, now: Date): Alarm | undefined {
  const at = now.toISOString();
  if (event.ended) return kept === undefined ? undefined : { ...kept, endedAt: at };
  if (event.severity === 'info') return undefined;
  const { kind, severity, tenant, message } = event;
  const id = alarmId(event);
  const seen = { format: 'holdfast.alarm/1', id, kind, severity, tenant, message, lastAt: at, endedAt: null } as const;
  const goesOn = kept !== undefined && kept.endedAt === null && now.getTime() - Date.parse(kept.lastAt) < DAY_MS;
  if (!goesOn) return { ...seen, firstAt: at, count: 1, acknowledged: null };
  const acknowledged = isSettled(kept, now) ? kept.acknowledged : null;
  return { ...seen, firstAt: kept.firstAt, count: kept.count + 1, acknowledged };
}

/** Whether nobody else needs to be told of it. */
export function isSettled({ acknowledged, endedAt }: Alarm, now: Date): boolean {
  if (endedAt !== null) return true;
  return acknowledged !== null && now.getTime() - Date.parse(acknowledged.at) < DAY_MS;
}

export function isShown({ endedAt, lastAt }: Alarm, now: Date): boolean {
  return endedAt === null && now.getTime() - Date.parse(lastAt) < SHOWN_MS;
}

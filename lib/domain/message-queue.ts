/**
 * When a recipient is told of an event: at once, when quiet hours end, with others of its kind as one message, or only if
 * nobody acknowledged the alarm. Pure. Invariants: what is critical waits for no quiet hours; the same event is not sent to
 * the same recipient twice within its window; everything is due within the sum of window, escalation and quiet hours.
 */
import * as z from 'zod';
import { HoldfastEvent, isToldOnce } from './event.ts';
import { quietUntil } from './quiet-hours.ts';
import type { TellingRules } from './telling-rules.ts';

const MINUTE_MS = 60_000;
const Time = z.iso.datetime();

/** What one recipient is or was told of one event and its repeats. */
export const KeptMessage = z.strictObject({
  format: z.literal('holdfast.kept-message/1'),
  recipient: z.string(),
  key: z.string(),
  /** Until then repeats are counted. Null: nothing was sent. */
  silentUntil: Time.nullable(),
  /** Not sent yet. `event`: the newest. `since`: when the first of them happened. */
  waiting: z.strictObject({ event: HoldfastEvent, count: z.number().int().min(1), since: Time, due: Time }).nullable(),
  /** A process sends so many of them; after `until` it is given up. */
  sending: z.strictObject({ until: Time, count: z.number().int().min(1) }).nullable(),
});
export type KeptMessage = z.infer<typeof KeptMessage>;

/** Longer than a delivery takes with all its attempts. */
const LEASE_MS = 5 * MINUTE_MS;

/** With one more event. Unchanged where it says nothing new. */
export function withEvent(
  recipient: string,
  kept: KeptMessage | undefined,
  event: HoldfastEvent,
  { rules, now }: { readonly rules: TellingRules; readonly now: Date },
): KeptMessage {
  const before = kept ?? emptyMessage(recipient, event.key);
  if (isToldOnce(event) && (before.waiting !== null || before.silentUntil !== null)) return before;
  const earliest = Math.max(
    now.getTime() + (rules.afterMinutes ?? 0) * MINUTE_MS,
    before.silentUntil === null ? 0 : Date.parse(before.silentUntil),
  );
  const due = whenAwake(rules, event, earliest);
  const { waiting } = before;
  if (waiting === null) return { ...before, waiting: { event, count: 1, since: now.toISOString(), due } };
  return {
    ...before,
    waiting: { event, count: waiting.count + 1, since: waiting.since, due: due < waiting.due ? due : waiting.due },
  };
}

/**
 * Taken for sending by this process; undefined if nothing is due, or another process sends it. A message that becomes due
 * when quiet hours have begun is postponed.
 */
export function taken(kept: KeptMessage, rules: TellingRules, now: Date): KeptMessage | undefined {
  const { waiting, sending } = kept;
  if (waiting === null || Date.parse(waiting.due) > now.getTime()) return undefined;
  if (sending !== null && Date.parse(sending.until) > now.getTime()) return undefined;
  const awake = whenAwake(rules, waiting.event, now.getTime());
  if (Date.parse(awake) > now.getTime()) return { ...kept, waiting: { ...waiting, due: awake }, sending: null };
  return {
    ...kept,
    sending: { until: new Date(now.getTime() + LEASE_MS).toISOString(), count: waiting.count },
  };
}

/** Accepted, or given up (`isSent` false): then no window begins, and the next event is tried at once. */
export function settled(
  kept: KeptMessage,
  { isSent, rules, now }: { readonly isSent: boolean; readonly rules: TellingRules; readonly now: Date },
): KeptMessage {
  const { waiting, sending } = kept;
  const left = (waiting?.count ?? 0) - (sending?.count ?? 0);
  const silent = isSent ? now.getTime() + rules.repeatMinutes * MINUTE_MS : 0;
  return {
    ...kept,
    sending: null,
    silentUntil: isSent ? new Date(silent).toISOString() : kept.silentUntil,
    waiting:
      waiting === null || left <= 0
        ? null
        : {
            ...{ event: waiting.event, count: left, since: now.toISOString() },
            due: whenAwake(rules, waiting.event, Math.max(now.getTime(), silent)),
          },
  };
}

/** Nobody needs to be told any more. */
export function dropped(kept: KeptMessage): KeptMessage {
  return { ...kept, waiting: null, sending: null };
}

function emptyMessage(recipient: string, key: string): KeptMessage {
  return { format: 'holdfast.kept-message/1', recipient, key, silentUntil: null, waiting: null, sending: null };
}

/** ISO 8601: that moment, or when the quiet hours end in which it is. */
function whenAwake({ quiet }: TellingRules, event: HoldfastEvent, at: number): string {
  const moment = new Date(at);
  // Whoever waits for a decision waits until it expires.
  const passes = event.severity === 'critical' || event.kind === 'approval-wanted' || quiet === undefined;
  return (passes ? moment : (quietUntil(quiet, moment) ?? moment)).toISOString();
}

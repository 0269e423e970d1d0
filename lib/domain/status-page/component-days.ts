/**
 * How a component did on each day, and its uptime, from what was measured. Log shipping is up while the newest moment meets
 * the recovery point of the tier `standard` and none is lost; the other components by what succeeded of what was due.
 *
 * Invariants: a day of which anything is not known is never up; what is not known adds nothing to the uptime; counts of
 * tenants, verifications and restores stay here. Pure.
 */
import * as z from 'zod';
import type { DayMeasures } from '../report/day-measures.ts';
import { startOfDay } from '../report/period.ts';
import type { StatusComponent } from './status-post.ts';

/** `idle`: nothing was due; `unknown`: nobody knows, or the day is not over. */
export const DAY_STATES = ['up', 'degraded', 'down', 'idle', 'unknown'] as const;
export const DayState = z.enum(DAY_STATES);
export type DayState = z.infer<typeof DayState>;

export interface ComponentDay {
  readonly day: string;
  readonly state: DayState;
  /** What was good, of what is known: seconds of log shipping, otherwise counts. */
  readonly good: number;
  readonly known: number;
  /** Of log shipping, whole seconds; null otherwise, and where nothing is known. */
  readonly downSeconds: number | null;
}

const DAY_SECONDS = 86_400;

/** `now`: milliseconds since 1970. */
export function componentDay(component: StatusComponent, measures: DayMeasures, now: number): ComponentDay {
  const { day, log } = measures;
  const passed = Math.min(DAY_SECONDS, (now - startOfDay(day)) / 1000);
  if (component === 'log-shipping') return logDay(day, log, passed);
  const counted = countedOf(component, measures, passed < DAY_SECONDS);
  if (counted === null) return { day, state: 'unknown', good: 0, known: 0, downSeconds: null };
  return { day, state: stateOfCount(counted), ...counted, downSeconds: null };
}

function logDay(day: string, log: DayMeasures['log'], passed: number): ComponentDay {
  if (log === null || log.measuredSeconds === 0) return { day, state: 'unknown', good: 0, known: 0, downSeconds: null };
  const { measuredSeconds: known, downSeconds } = log;
  const good = known - downSeconds;
  const clean = known < passed ? 'unknown' : 'up';
  const state = downSeconds === 0 ? clean : good > 0 ? 'degraded' : 'down';
  return { day, state, good, known, downSeconds: Math.ceil(downSeconds) };
}

type Counted = Pick<ComponentDay, 'good' | 'known'>;

/** Null: not known. */
function countedOf(
  component: Exclude<StatusComponent, 'log-shipping'>,
  { backups, verifications, restores, drills }: DayMeasures,
  isOpen: boolean,
): Counted | null {
  // What is due today can still come.
  if (component === 'snapshots')
    return backups === null || isOpen ? null : { good: backups.covered, known: backups.expected };
  if (component === 'verification')
    return verifications && { good: verifications.succeeded, known: verifications.succeeded + verifications.failed };
  if (restores === null || drills === null) return null;
  // One each, whatever the number of its tenants; a game day tries alarms.
  const tried = drills.filter(({ kind }) => kind !== 'game-day').map(({ outcome }) => outcome !== 'failed');
  const failed =
    restores.filter(({ outcome, proved }) => outcome === 'failed' || proved === false).length +
    tried.filter(isProved => !isProved).length;
  const good =
    restores.filter(({ outcome, proved }) => outcome === 'done' && proved === true).length +
    tried.filter(isProved => isProved).length;
  // Restores whose records cannot be read, and nothing else: nobody knows.
  return good + failed === 0 && restores.length > 0 ? null : { good, known: good + failed };
}

function stateOfCount({ good, known }: Counted): DayState {
  if (known === 0) return 'idle';
  if (good === known) return 'up';
  return good === 0 ? 'down' : 'degraded';
}

/** 0 to 1, rounded down to 0.01 %, so that only all is 1; null where nothing is known. */
export function uptimeOf(days: readonly ComponentDay[]): number | null {
  const sum = (part: (day: ComponentDay) => number) => days.reduce((total, day) => total + part(day), 0);
  const known = sum(day => day.known);
  return known === 0 ? null : Math.floor((sum(day => day.good) / known) * 10_000 + 1e-9) / 10_000;
}

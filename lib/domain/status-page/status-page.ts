/**
 * The status page as a document: components, incidents and 90 days of uptime, made of measures and of what people posted.
 * Invariants: no tenant, nobody who posted and no count of tenants is in it; an open incident makes a component no better
 * than degraded, and no post makes one better than it is measured.
 */
import * as z from 'zod';
import { OBJECTIVES } from '../objectives.ts';
import type { DayMeasures } from '../report/day-measures.ts';
import type { StandingState } from '../report/report.ts';
import { type ComponentDay, componentDay, DayState, uptimeOf } from './component-days.ts';
import { STATUS_COMPONENTS, StatusComponent, StatusIncident } from './status-post.ts';

/** Of the time, as a service is promised. */
export const UPTIME_OBJECTIVE = 0.999;
export const STATUS_DAYS = 90;
const DAY_MS = 86_400_000;

export const COMPONENT_STATES = ['up', 'degraded', 'down', 'unknown'] as const;
export type ComponentState = (typeof COMPONENT_STATES)[number];

const PageComponent = z.object({
  component: StatusComponent,
  /** Now. */
  state: z.enum(COMPONENT_STATES),
  /** Share of what is known of the days, 0 to 1, rounded down to 0.0001; null: nothing is known. */
  uptime: z.number().min(0).max(1).nullable(),
  /** The oldest first; the last one is not over. Days in UTC. */
  days: z.array(z.object({ day: z.string(), state: DayState, downSeconds: z.number().int().nonnegative().nullable() })),
});
export type PageComponent = z.infer<typeof PageComponent>;

export const StatusPage = z.object({
  format: z.literal('holdfast.status-page/1'),
  title: z.string(),
  /** When it was made, ISO 8601 UTC. */
  at: z.string(),
  /** How old its data are: the newest moment that can be recovered, as far as its maker knows; ISO 8601 UTC. Null: none. */
  newestMoment: z.string().nullable(),
  /** What the uptime is compared with. */
  objective: z.number(),
  components: z.array(PageComponent),
  /** Those that are open, and those of the days; the newest first. */
  incidents: z.array(StatusIncident),
  /** Posts that this installation did not sign: they are not shown. */
  unverifiedPosts: z.number().int().nonnegative(),
});
export type StatusPage = z.infer<typeof StatusPage>;

export interface PageFacts {
  readonly title: string;
  /** Those that are shown. @default - all */
  readonly components?: readonly StatusComponent[];
  readonly now: Date;
  /** In order, the last one is today. */
  readonly days: readonly DayMeasures[];
  readonly standing: StandingState;
  readonly incidents: readonly StatusIncident[];
  readonly unverifiedPosts: number;
}

export function statusPageOf(facts: PageFacts): StatusPage {
  const { title, now, unverifiedPosts, standing } = facts;
  const shown = STATUS_COMPONENTS.filter(each => facts.components?.includes(each) ?? true);
  const incidents = facts.incidents.filter(({ component }) => shown.includes(component));
  const since = now.getTime() - STATUS_DAYS * DAY_MS;
  const components = shown.map(component => {
    const days = facts.days.map(day => componentDay(component, day, now.getTime()));
    return {
      ...{ component, state: stateNow(component, days, facts), uptime: uptimeOf(days) },
      days: days.map(({ day, state, downSeconds }) => ({ day, state, downSeconds })),
    };
  });
  return {
    ...{ format: 'holdfast.status-page/1', title, at: now.toISOString(), newestMoment: standing.newestMoment },
    ...{ objective: UPTIME_OBJECTIVE, components },
    incidents: incidents.filter(({ resolvedAt }) => resolvedAt === null || Date.parse(resolvedAt) >= since),
    unverifiedPosts,
  };
}

/** The worst of what is measured and what people say. */
function stateNow(
  component: StatusComponent,
  days: readonly ComponentDay[],
  { standing, incidents }: PageFacts,
): ComponentState {
  const isOpen = incidents.some(each => each.component === component && each.resolvedAt === null);
  const measured = measuredNow(component, days, standing);
  return worstOf([...measured, ...(isOpen ? (['degraded'] as const) : [])]);
}

function measuredNow(
  component: StatusComponent,
  days: readonly ComponentDay[],
  standing: StandingState,
): ComponentState[] {
  const { newestAgeSeconds, tenants, openFailures } = standing;
  const failed = (kind: string): ComponentState[] =>
    openFailures.some(failure => failure.kind === kind) ? ['degraded'] : [];
  if (component === 'log-shipping') return [ageState(newestAgeSeconds), ...partOf(tenants, ['partial'])];
  if (component === 'snapshots')
    return [lastState(days), ...partOf(tenants, ['unprotected', 'broken']), ...failed('backup-failed')];
  // That one failed does not say that none succeeds.
  const last = lastState(days) === 'down' ? 'degraded' : lastState(days);
  return [last, ...failed(component === 'verification' ? 'integrity-failed' : 'restore-failed')];
}

/** As `holdfast status` judges it: late by the strictest tier, down by the tier `standard`. */
function ageState(seconds: number | null): ComponentState {
  if (seconds === null) return 'unknown';
  if (seconds > OBJECTIVES.standard.recoveryPointSeconds) return 'down';
  return seconds > OBJECTIVES.critical.recoveryPointSeconds ? 'degraded' : 'up';
}

/** Of the last day on which something was due, and is known. */
function lastState(days: readonly ComponentDay[]): ComponentState {
  const state = days.findLast(({ known }) => known > 0)?.state;
  return state === undefined || state === 'idle' ? 'unknown' : state;
}

/** Tenants of these states, of those that are in the database. */
function partOf(tenants: StandingState['tenants'], states: readonly string[]): ComponentState[] {
  const count = (names: readonly string[]) => names.reduce((sum, name) => sum + (tenants[name] ?? 0), 0);
  const all = count(['unprotected', 'broken', 'partial', 'late', 'safe']);
  const affected = count(states);
  if (affected === 0) return [];
  return [affected === all ? 'down' : 'degraded'];
}

const WORST: readonly ComponentState[] = ['down', 'degraded', 'unknown', 'up'];

/** `unknown` is worse than up: nothing is up that nobody knows. */
export function worstOf(states: readonly ComponentState[]): ComponentState {
  return WORST.find(state => states.includes(state)) ?? 'unknown';
}

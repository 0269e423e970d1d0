/** What happened to a tenant, as the timeline draws it and as it is read aloud: one list, in the order of time. */
import type { paths } from '../api/paths.ts';
import { count, plural } from '../parts/format.ts';

export type TimelineData = paths['/tenants/{tenant}/timeline']['get']['responses'][200]['content']['application/json'];
export type ActivityData = paths['/tenants/{tenant}/activity']['get']['responses'][200]['content']['application/json'];

export interface TimelineEvent {
  readonly at: number;
  readonly kind: 'snapshot' | 'marker' | 'restore' | 'archive' | 'spike';
  readonly text: string;
  /** Of what stands out: deletes before the rest. */
  readonly weight?: number;
  /** Of the transaction that it was. */
  readonly transaction?: string;
}

const DONE = { insert: 'inserted', update: 'updated', delete: 'deleted', truncate: 'truncated' } as const;

export function eventsOf(timeline: TimelineData, activity: ActivityData | undefined): TimelineEvent[] {
  const events: TimelineEvent[] = [
    ...timeline.snapshots.map(each => eventOf('snapshot', each.toTime, `Snapshot, ${plural(each.rows, 'row')}`)),
    ...timeline.markers.map(each => eventOf('marker', each.time, `Mark “${each.name}”`)),
    ...timeline.restores.map(each => eventOf('restore', each.time ?? each.at ?? '', restoreText(each))),
    ...timeline.archives.map(each => eventOf('archive', each.toTime, 'Archive')),
    ...spikesIn(timeline, activity),
  ];
  return events.filter(({ at }) => !Number.isNaN(at)).sort((a, b) => a.at - b.at);
}

function eventOf(kind: TimelineEvent['kind'], time: string, text: string): TimelineEvent {
  return { kind, at: Date.parse(time), text };
}

function restoreText({ totals }: TimelineData['restores'][number]): string {
  if (!totals) return 'Restore';
  return `Restore, ${plural(totals.inserted + totals.updated + totals.deleted, 'row')} written`;
}

/** What stands out, without what a restore wrote: that is a restore, and no accident. */
function spikesIn(timeline: TimelineData, activity: ActivityData | undefined): TimelineEvent[] {
  const restored = new Set(timeline.restoreCommits.map(({ lsn }) => lsn));
  return (activity?.spikes ?? []).flatMap(({ kind, count: rows, median, from, transaction }) => {
    const largest = transaction as { lsn: string; time: string } | null;
    if (largest && restored.has(largest.lsn)) return [];
    const text = `${plural(rows, 'row')} ${DONE[kind]} (usually ${count(Math.round(median))})`;
    return {
      at: largest ? Date.parse(largest.time) : from,
      kind: 'spike' as const,
      text: kind === 'truncate' ? 'Tables were truncated' : text,
      weight: kind === 'delete' || kind === 'truncate' ? 2 : 1,
      ...(largest && { transaction: largest.lsn }),
    };
  });
}

/** Where everything that is known lies. */
export function boundsOf({ window, gaps, snapshots }: TimelineData, now: number) {
  const times = [...window, ...gaps].map(({ from }) => Date.parse(from.time));
  const first = Math.min(now - 60_000, ...times, ...snapshots.map(each => Date.parse(each.toTime)));
  return { from: first, to: now };
}

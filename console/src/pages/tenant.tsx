/** One tenant: to when it can be restored right now, what happened when, and from there the way back. The night's tool. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { useMe } from '../frame.tsx';
import { ago, duration, moment, plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { useNow } from '../parts/use-now.ts';
import { boundsOf, eventsOf, type TimelineData, type TimelineEvent } from '../timeline/events.ts';
import { MomentForm } from '../timeline/moment-form.tsx';
import { TimelinePicture } from '../timeline/timeline.tsx';
import { TransactionCard } from '../timeline/transaction-card.tsx';
import { useNeedles } from '../timeline/use-needles.ts';
import { type View, within } from '../timeline/view.ts';

const RANGES: readonly (readonly [name: string, ms: number])[] = [
  ['30 days', 30 * 86_400_000],
  ['7 days', 7 * 86_400_000],
  ['1 day', 86_400_000],
  ['1 hour', 3_600_000],
  ['10 minutes', 600_000],
  ['1 minute', 60_000],
];

export function Component() {
  const { tenant = '' } = useParams();
  const timeline = useQuery({
    queryKey: ['timeline', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}/timeline', { params: { path: { tenant } } })),
    refetchInterval: 10_000,
  });
  return (
    <Loaded query={timeline}>
      {found => (
        <Page
          title={found.label ?? found.tenantId}
          back={{ to: '/', name: 'Fleet' }}
          lead={<Verdict found={found} />}
          actions={
            <Link className="button" to={`/tenants/${tenant}/backups`}>
              Backups
            </Link>
          }
        >
          {found.window.length === 0 ? (
            <Panel>
              <Empty title="No moment can be restored yet.">Take the first snapshot: holdfast snapshot TENANT</Empty>
            </Panel>
          ) : (
            <Explorer tenant={tenant} found={found} />
          )}
        </Page>
      )}
    </Loaded>
  );
}

/** One sentence says to when this tenant can be restored, right now. */
function Verdict({ found }: { readonly found: TimelineData }) {
  const { data: me } = useMe();
  const now = useNow();
  const zone = me?.timeZone ?? 'UTC';
  const [first] = found.window;
  if (!first || !found.newest) return 'It has no recovery window.';
  const gaps = found.gaps.length === 0 ? '' : `, except ${plural(found.gaps.length, 'gap')}`;
  const text = `Can be restored to any moment from ${moment(first.from.time, zone)} to ${moment(found.newest.time, zone)}`;
  return `${text} (${ago(found.newest.time, now)})${gaps}. Times are ${zone}.`;
}

/** View, picked moment and transaction, all from the address. */
function useExplored(found: TimelineData) {
  const [params, setParams] = useSearchParams();
  const newest = Date.parse(found.newest?.time ?? '');
  const bounds = boundsOf(found, newest);
  const numberOf = (name: string) => (params.get(name) === null ? undefined : Date.parse(params.get(name)!));
  const [from, to, at] = [numberOf('from'), numberOf('to'), numberOf('at')];
  const asked = from !== undefined && to !== undefined && from < to ? { from, to } : initialView(bounds);
  // Several keys can be pressed before the address has changed: each goes on from the one before.
  const latest = useRef(params);
  useEffect(() => {
    latest.current = params;
  }, [params]);
  const set = (more: Readonly<Record<string, number | string | undefined>>) => {
    const next = new URLSearchParams(latest.current);
    for (const [name, value] of Object.entries(more)) {
      if (value === undefined) next.delete(name);
      else next.set(name, typeof value === 'number' ? new Date(value).toISOString() : value);
    }
    latest.current = next;
    setParams(next, { replace: true, preventScrollReset: true });
  };
  return { bounds, view: within(asked, bounds), at, transaction: params.get('transaction') ?? undefined, set };
}

/** The last day: that is where accidents are. */
function initialView({ from, to }: View): View {
  return { from: Math.max(from, to - 86_400_000), to };
}

function Explorer({ tenant, found }: { readonly tenant: string; readonly found: TimelineData }) {
  const { data: me } = useMe();
  const { bounds, view, at, transaction, set } = useExplored(found);
  const activity = useQuery({
    queryKey: ['activity', tenant, Math.round(view.from / 1000), Math.round(view.to / 1000)],
    queryFn: () =>
      answer(api.GET('/tenants/{tenant}/activity', { params: { path: { tenant }, query: rangeOf(view, bounds) } })),
    placeholderData: keepPreviousData,
  });
  const needles = useNeedles(tenant, view);
  const events = useMemo(() => eventsOf(found, activity.data), [found, activity.data]);
  const onEvent = (event: TimelineEvent) => set({ at: event.at, transaction: event.transaction });
  return (
    <>
      <Panel
        title="Timeline"
        actions={
          <fieldset className="row plain">
            <legend className="unseen">Range</legend>
            <button type="button" onClick={() => set({ ...bounds })}>
              Whole window
            </button>
            {RANGES.filter(([, ms]) => ms < bounds.to - bounds.from).map(([name, ms]) => (
              <button type="button" key={name} onClick={() => set({ ...aroundOf(at, ms, bounds) })}>
                {name}
              </button>
            ))}
          </fieldset>
        }
      >
        <TimelinePicture
          {...{ timeline: found, activity: activity.data, events, needles, bounds, view, at, onEvent }}
          timeZone={me?.timeZone ?? 'UTC'}
          onView={next => set({ ...next })}
          onPick={picked => set({ at: picked })}
        />
        <Legend />
        {activity.error && <Trouble error={activity.error} retry={() => void activity.refetch()} />}
      </Panel>
      <div className="columns">
        <MomentForm tenant={tenant} at={at} onPick={(picked, name) => set({ at: picked, moment: name })} />
        <EventsPanel events={events} view={view} onEvent={onEvent} />
      </div>
      {transaction !== undefined && (
        <TransactionCard tenant={tenant} transaction={transaction} onClose={() => set({ transaction: undefined })} />
      )}
    </>
  );
}

function rangeOf(view: View, bounds: View) {
  const iso = (ms: number) => new Date(ms).toISOString();
  return { from: iso(Math.max(view.from, bounds.from)), to: iso(Math.min(view.to, bounds.to)) };
}

/** Around the picked moment, else up to the newest. */
function aroundOf(at: number | undefined, ms: number, bounds: View): View {
  return within(
    at === undefined ? { from: bounds.to - ms, to: bounds.to } : { from: at - ms / 2, to: at + ms / 2 },
    bounds,
  );
}

function Legend() {
  const of = [
    ['insert', 'inserted'],
    ['update', 'updated'],
    ['delete', 'deleted'],
    ['window', 'can be restored'],
    ['gap', 'gap'],
  ] as const;
  return (
    <p className="legend">
      {of.map(([name, text]) => (
        <span key={name}>
          <i className={`of-${name}`} /> {text}
        </span>
      ))}
      <span>Drag to move, Ctrl and wheel to zoom</span>
    </p>
  );
}

const MOST_LISTED = 12;

function EventsPanel({
  events,
  view,
  onEvent,
}: {
  readonly events: readonly TimelineEvent[];
  readonly view: View;
  readonly onEvent: (event: TimelineEvent) => void;
}) {
  const visible = events.filter(({ at }) => at >= view.from && at <= view.to);
  // What stands out comes first; of the rest, the newest.
  const order = [...visible].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0) || b.at - a.at);
  return (
    <Panel title={`What happened in these ${duration(view.to - view.from)}`}>
      {order.length === 0 && <Empty title="Nothing stands out here." />}
      <ul className="events-list">
        {order.slice(0, MOST_LISTED).map(event => (
          <li key={`${event.kind}-${event.at}-${event.text}`}>
            <button type="button" className="link" onClick={() => onEvent(event)}>
              {event.kind === 'spike' && <Icon name="warn" />} {event.text}
            </button>
            <Time at={new Date(event.at).toISOString()} />
          </li>
        ))}
      </ul>
      {order.length > MOST_LISTED && (
        <p className="dim">{plural(order.length - MOST_LISTED, 'more event')}: zoom in to see them.</p>
      )}
    </Panel>
  );
}

/** The layers of the timeline's picture, from the back to the front. Heights are in CSS pixels of a picture 232 high. */
import type { ActivityData, TimelineData, TimelineEvent } from './events.ts';
import { ticksOf, type View, xOf } from './view.ts';

interface Place {
  readonly view: View;
  readonly width: number;
  readonly timeZone: string;
}

const TOP = 30;
/** Baseline of the histogram. */
const BASE = 158;
const BAND = 166;
const BAND_HEIGHT = 14;
const EVENTS = 194;
const AXIS = 212;

export interface Needle {
  readonly at: number;
  readonly changes: number;
  readonly deletes: number;
  readonly transaction: string;
}

export function Ticks({ view, width, timeZone }: Place) {
  const ticks = ticksOf(view, Math.max(2, Math.floor(width / 95)), timeZone);
  return (
    <g className="ticks">
      {ticks.map(({ at, text }) => {
        const x = xOf(at, view, width);
        return (
          <g key={at}>
            <line x1={x} x2={x} y1={TOP} y2={AXIS - 4} />
            <text x={x} y={AXIS + 13} textAnchor="middle">
              {text}
            </text>
          </g>
        );
      })}
      <line className="axis" x1={0} x2={width} y1={AXIS - 4} y2={AXIS - 4} />
    </g>
  );
}

const KINDS = ['insert', 'update', 'delete'] as const;

/** A bar is as high as the root of what changed: an ordinary minute stays visible beside an accident, which towers. Behind single transactions it is faint. */
export function Bars({
  view,
  width,
  activity,
  isFaint,
}: Place & { readonly activity: ActivityData | undefined; readonly isFaint: boolean }) {
  const buckets = (activity?.buckets ?? []).filter(({ from, to }) => to > view.from && from < view.to);
  const totalOf = (bucket: (typeof buckets)[number]) => bucket.insert + bucket.update + bucket.delete + bucket.truncate;
  const most = Math.max(1, ...buckets.map(totalOf));
  const scale = (BASE - TOP) / Math.sqrt(most);
  return (
    <g className={isFaint ? 'faint' : undefined}>
      {buckets.map(bucket => {
        const total = totalOf(bucket);
        if (total === 0) return null;
        const x = Math.max(0, xOf(bucket.from, view, width));
        const wide = Math.max(1, Math.min(width, xOf(bucket.to, view, width)) - x - 1);
        const high = Math.max(2, Math.sqrt(total) * scale);
        let y = BASE;
        return KINDS.map(kind => {
          const amount = kind === 'delete' ? bucket.delete + bucket.truncate : bucket[kind];
          const part = (amount / total) * high;
          y -= part;
          return (
            part > 0 && (
              <rect key={`${bucket.from}-${kind}`} className={`fill-${kind}`} x={x} y={y} width={wide} height={part} />
            )
          );
        });
      })}
      <line className="axis" x1={0} x2={width} y1={BASE + 0.5} y2={BASE + 0.5} />
    </g>
  );
}

/** Single transactions, once the view is short enough that they can be told apart. */
export function Needles({ view, width, needles }: Place & { readonly needles: readonly Needle[] }) {
  const most = Math.max(1, ...needles.map(({ changes }) => changes));
  return (
    <g className="needles">
      {needles.map(({ at, changes, deletes, transaction }) => {
        const x = xOf(at, view, width);
        const high = 8 + (Math.sqrt(changes) / Math.sqrt(most)) * (BASE - TOP - 8);
        return (
          <line
            key={transaction}
            className={deletes * 2 > changes ? 'delete' : ''}
            x1={x}
            x2={x}
            y1={BASE - high}
            y2={BASE}
          />
        );
      })}
    </g>
  );
}

function span(from: string, to: string | null, { view, width }: Place) {
  const x = Math.min(width, Math.max(0, xOf(Date.parse(from), view, width)));
  const end = Math.min(width, to === null ? width : xOf(Date.parse(to), view, width));
  return { x, wide: Math.max(0, end - x) };
}

export function Windows({ timeline, ...place }: Place & { readonly timeline: TimelineData }) {
  return (
    <g>
      {timeline.window.map(({ from, to }) => {
        const { x, wide } = span(from.time, to.time, place);
        return <rect key={from.lsn} className="window" x={x} y={BAND} width={wide} height={BAND_HEIGHT} rx={3} />;
      })}
    </g>
  );
}

export function Gaps({ timeline, ...place }: Place & { readonly timeline: TimelineData }) {
  return (
    <g>
      <defs>
        <pattern id="gap" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="7" height="7" className="gap-ground" />
          <line x1="0" y1="0" x2="0" y2="7" className="gap-line" />
        </pattern>
      </defs>
      {timeline.gaps.map(({ from, to }) => {
        const { x, wide } = span(from.time, to?.time ?? null, place);
        return (
          <rect
            key={from.lsn}
            className="gap"
            fill="url(#gap)"
            x={x}
            y={BAND}
            width={Math.max(3, wide)}
            height={BAND_HEIGHT}
          />
        );
      })}
    </g>
  );
}

const SHAPES: Readonly<Record<TimelineEvent['kind'], string>> = {
  snapshot: 'M0 -6L6 0L0 6L-6 0Z',
  archive: 'M-5 -5H5V5H-5Z',
  marker: 'M-1 7V-7H7L4 -3.500L7 0H1V7Z',
  restore: 'M-6 0A6 6 0 1 1 0 6L0 2L-5 7L0 11',
  spike: 'M0 -7L7 6H-7Z',
};

export function Events({
  events,
  onEvent,
  ...place
}: Place & { readonly events: readonly TimelineEvent[]; readonly onEvent: (event: TimelineEvent) => void }) {
  const visible = events.filter(({ at }) => at >= place.view.from && at <= place.view.to);
  return (
    <g className="events">
      {visible.map(event => {
        const x = xOf(event.at, place.view, place.width);
        const y = event.kind === 'spike' ? TOP - 10 : EVENTS;
        return (
          <path
            key={`${event.kind}-${event.at}-${event.text}`}
            className={event.kind}
            d={SHAPES[event.kind]}
            transform={`translate(${x} ${y})`}
            onPointerUp={click => {
              click.stopPropagation();
              onEvent(event);
            }}
          >
            <title>{event.text}</title>
          </path>
        );
      })}
    </g>
  );
}

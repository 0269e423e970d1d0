/**
 * The timeline of a tenant: what can be recovered, what happened, and how much changed when, from its whole window to single
 * seconds. A moment is picked with the mouse, with the keyboard, or as text beside it. Invariant: what it shows is in words
 * too: the picked moment is spoken, and every event is in the list below.
 */
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { moment } from '../parts/format.ts';
import type { ActivityData, TimelineData, TimelineEvent } from './events.ts';
import { Bars, Events, Gaps, type Needle, Needles, Ticks, Windows } from './layers.tsx';
import { useWidth } from './use-width.ts';
import { moved, timeAt, type View, within, xOf, zoomed } from './view.ts';

export const HEIGHT = 232;

interface TimelineProps {
  readonly timeline: TimelineData;
  readonly activity: ActivityData | undefined;
  readonly events: readonly TimelineEvent[];
  readonly needles: readonly Needle[];
  readonly bounds: View;
  readonly view: View;
  /** The picked moment, milliseconds since 1970. */
  readonly at: number | undefined;
  readonly timeZone: string;
  readonly onView: (view: View) => void;
  readonly onPick: (at: number) => void;
  readonly onEvent: (event: TimelineEvent) => void;
}

export function TimelinePicture(props: TimelineProps) {
  const { timeline, activity, events, needles, view, at, timeZone, onEvent } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [hovered, setHovered] = useState<number>();
  const pointer = usePointer(props, width, setHovered);
  useWheel(box, props, width);
  const place = { view, width, timeZone };
  const shown = hovered ?? at;
  return (
    <div
      ref={box}
      className="timeline"
      role="slider"
      tabIndex={0}
      aria-label="Moment to restore to"
      aria-valuemin={props.bounds.from}
      aria-valuemax={props.bounds.to}
      aria-valuenow={at ?? props.bounds.to}
      aria-valuetext={at === undefined ? 'No moment is picked' : moment(at, timeZone)}
      aria-describedby="timeline-keys"
      onKeyDown={event => onKey(event, props)}
      {...pointer}
      onPointerLeave={() => setHovered(undefined)}
    >
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true" focusable="false">
        <Ticks {...place} />
        <Bars {...place} activity={activity} isFaint={needles.length > 0} />
        <Needles {...place} needles={needles} />
        <Windows {...place} timeline={timeline} />
        <Gaps {...place} timeline={timeline} />
        <Events {...place} events={events} onEvent={onEvent} />
        {shown !== undefined && <Hand x={xOf(shown, view, width)} isPicked={hovered === undefined} />}
      </svg>
      {shown !== undefined && (
        <output
          className="timeline-moment"
          style={{ left: Math.min(Math.max(xOf(shown, view, width), 74), width - 74) }}
        >
          {moment(shown, timeZone)}
        </output>
      )}
      <span id="timeline-keys" className="unseen">
        Arrow keys move the moment, Page Up and Page Down move the view, plus and minus zoom, Home and End go to the
        ends of the window, brackets go to the event before and after.
      </span>
    </div>
  );
}

function Hand({ x, isPicked }: { readonly x: number; readonly isPicked: boolean }) {
  return <line className={isPicked ? 'hand picked' : 'hand'} x1={x} x2={x} y1={24} y2={HEIGHT - 22} />;
}

/** Drags move the view, clicks pick a moment. */
function usePointer({ view, bounds, onView, onPick }: TimelineProps, width: number, hover: (at?: number) => void) {
  const drag = useRef<{ readonly x: number; readonly view: View; moved: boolean } | undefined>(undefined);
  const xIn = (event: PointerEvent) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  return {
    onPointerDown(event: PointerEvent<HTMLDivElement>) {
      if (event.button !== 0) return;
      drag.current = { x: xIn(event), view, moved: false };
    },
    onPointerMove(event: PointerEvent<HTMLDivElement>) {
      const x = xIn(event);
      const held = drag.current;
      if (held === undefined) return hover(timeAt(x, view, width));
      if (!held.moved && Math.abs(x - held.x) < 4) return;
      if (!held.moved) event.currentTarget.setPointerCapture(event.pointerId);
      held.moved = true;
      const by = ((held.x - x) / width) * (held.view.to - held.view.from);
      onView(within({ from: held.view.from + by, to: held.view.to + by }, bounds));
    },
    onPointerUp(event: PointerEvent<HTMLDivElement>) {
      if (drag.current && !drag.current.moved) onPick(clamped(timeAt(xIn(event), view, width), bounds));
      drag.current = undefined;
    },
    onPointerCancel() {
      drag.current = undefined;
    },
  };
}

/** With Ctrl or ⌘, so that a page still scrolls under the pointer. */
function useWheel(
  box: { readonly current: HTMLDivElement | null },
  { view, bounds, onView }: TimelineProps,
  width: number,
) {
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const at = timeAt(event.clientX - element.getBoundingClientRect().left, view, width);
      onView(zoomed(view, event.deltaY < 0 ? 0.7 : 1.4, at, bounds));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [box, view, bounds, onView, width]);
}

function onKey(event: KeyboardEvent, props: TimelineProps): void {
  const handled = keyed(event, props);
  if (handled) event.preventDefault();
}

function keyed({ key, shiftKey }: KeyboardEvent, props: TimelineProps): boolean {
  const { view, bounds, onView, onPick, events } = props;
  const at = props.at ?? view.to;
  const pick = (time: number) => {
    const next = clamped(time, bounds);
    onPick(next);
    if (next < view.from || next > view.to)
      onView(moved(view, (next - (view.from + view.to) / 2) / (view.to - view.from), bounds));
  };
  const step = ((view.to - view.from) / 200) * (shiftKey ? 10 : 1);
  const before = () => events.findLast(each => each.at < at - 1)?.at;
  const after = () => events.find(each => each.at > at + 1)?.at;
  const acts: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => pick(at - step),
    ArrowRight: () => pick(at + step),
    Home: () => pick(bounds.from),
    End: () => pick(bounds.to),
    PageUp: () => onView(moved(view, -0.8, bounds)),
    PageDown: () => onView(moved(view, 0.8, bounds)),
    '+': () => onView(zoomed(view, 0.5, at, bounds)),
    '=': () => onView(zoomed(view, 0.5, at, bounds)),
    '-': () => onView(zoomed(view, 2, at, bounds)),
    '[': () => pick(before() ?? at),
    ']': () => pick(after() ?? at),
  };
  const act = acts[key];
  act?.();
  return act !== undefined;
}

function clamped(at: number, { from, to }: View): number {
  return Math.min(Math.max(at, from), to);
}

/**
 * Progress as lines that stay: for people with --verbose, also without a terminal, with how long each step took; and for
 * programs with --json=lines, one JSON document per event. A step that reports often is shown a few times a second at most.
 */
import type { ProgressEvent } from '../../lib/ports.ts';
import { duration } from './format.ts';
import { describeProgress, type ProgressLine } from './progress.ts';
import type { Style } from './style.ts';

export interface LineOptions {
  readonly write: (text: string) => void;
  /** Monotonic milliseconds. */
  readonly elapsed?: () => number;
}

/** Of one step, at most this often. */
const PEOPLE_MS = 5000;
const PROGRAMS_MS = 100;

interface Step {
  readonly step: string;
  readonly message: string;
  readonly at: number;
  readonly done: number;
  shown: number;
}

/** Each step with its message when it begins, how far it is from time to time, and how long it took. */
export function verboseLines({
  write,
  style,
  elapsed = () => performance.now(),
}: LineOptions & { style: Style }): ProgressLine {
  let current: Step | undefined;
  const end = () => {
    if (current) write(`${style.dim(`${current.step}: ${duration(elapsed() - current.at)}`)}\n`);
    current = undefined;
  };
  return {
    show(event) {
      const now = elapsed();
      if (current?.step !== event.step) {
        end();
        current = { step: event.step, message: event.message, at: now, done: event.done ?? 0, shown: now };
        write(`${event.message}\n`);
      } else if (now - current.shown >= PEOPLE_MS) {
        current.shown = now;
        write(`${describeProgress(event, current, now, style)}\n`);
      }
    },
    clear: end,
  };
}

/** `{"progress":{"step":…,"message":…}}`: the first event of a step always, the others a few times a second. */
export function jsonProgress({ write, elapsed = () => performance.now() }: LineOptions): ProgressLine {
  const shown = new Map<string, number>();
  return {
    show(event: ProgressEvent) {
      const now = elapsed();
      if (now - (shown.get(event.step) ?? Number.NEGATIVE_INFINITY) < PROGRAMS_MS) return;
      shown.set(event.step, now);
      write(`${JSON.stringify({ progress: event })}\n`);
    },
    clear: () => {},
  };
}

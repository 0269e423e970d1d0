/**
 * Spans of time as reports need them: when the newest recoverable moment was too old, how much of a day was measured.
 * Milliseconds since 1970; a span includes its beginning and not its end. Pure.
 */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** Parts of the spans within the bounds. */
export function clipSpans(spans: readonly TimeSpan[], { from, to }: TimeSpan): TimeSpan[] {
  return spans
    .map(span => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
    .filter(span => span.from < span.to);
}

/** Milliseconds that at least one of the spans covers. */
export function coveredMs(spans: readonly TimeSpan[]): number {
  let covered = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    covered += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return covered;
}

/**
 * When the newest moment was older than the objective. `moments`: the newest moments of the runs of the log, in order;
 * each stands until the next one, the last until `now`.
 */
export function lateSpans(moments: readonly number[], objectiveMs: number, now: number): TimeSpan[] {
  return moments
    .map((moment, index) => ({ from: moment + objectiveMs, to: moments[index + 1] ?? now }))
    .filter(span => span.from < span.to);
}

/** The longest time within the bounds in which the newest moment did not move. */
export function longestSilence(moments: readonly number[], { from, to }: TimeSpan, now: number): number {
  const stands = moments.map((moment, index) => ({ from: moment, to: moments[index + 1] ?? now }));
  return Math.max(0, ...clipSpans(stands, { from, to }).map(span => span.to - span.from));
}

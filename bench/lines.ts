/**
 * The lines of a result: a number with its spread over the runs, and the objective it is held to. A speed is a ratio of
 * medians; its spread is that of the runs next to each other, which the machine slowed down alike.
 */
import { greatestRss, mebibytes, median, medianSeconds, type Run } from './measure.ts';

export interface Line {
  readonly what: string;
  /** The number, for people. */
  readonly value: string;
  readonly number: number;
  /** Whether a greater number is the better one; absent where neither is. */
  readonly better?: 'greater' | 'smaller';
  /** Least and greatest of the runs. */
  readonly spread?: readonly [number, number];
  readonly objective?: string;
  readonly reached?: boolean;
}

export interface Result {
  readonly bench: string;
  readonly scale: number;
  readonly lines: readonly Line[];
  /** Medians and every run, for the JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Tables for a page of the docs, which `--write` puts between its marks. */
  readonly page?: { readonly file: string; readonly text: string };
}

type Timed = Pick<Run, 'seconds'>;

/** `1.80 ×`: the peer took 1.8 times as long. */
export function speed(what: string, ours: readonly Timed[], peer: readonly Timed[], atLeast?: number): Line {
  const ratio = median(peer.map(seconds)) / median(ours.map(seconds));
  const pairs = ours.flatMap((run, index) => (peer[index] ? [peer[index].seconds / run.seconds] : []));
  return {
    ...{ what, number: ratio, better: 'greater', spread: spreadOf(pairs) },
    value: `${ratio.toFixed(2)} × as fast (${median(ours.map(seconds)).toFixed(2)} s, peer ${median(peer.map(seconds)).toFixed(2)} s)`,
    ...(atLeast !== undefined && { objective: `≥ ${atLeast} ×`, reached: ratio >= atLeast }),
  };
}

/** A duration against another of ours: 1 is the same time. */
export function growth(what: string, now: readonly Timed[], before: readonly Timed[], atMost?: number): Line {
  const ratio = medianSeconds(now) / medianSeconds(before);
  return {
    ...{ what, number: ratio, better: 'smaller', value: `${ratio.toFixed(2)} × the time` },
    spread: spreadOf(now.map(run => run.seconds / medianSeconds(before))),
    ...(atMost !== undefined && { objective: `≤ ${atMost} ×`, reached: ratio <= atMost }),
  };
}

/** Shares of a whole, one of each run. */
export function share(what: string, shares: readonly number[], ofWhat: string, atMost?: number): Line {
  const number = median(shares);
  return {
    ...{ what, number, better: 'smaller', spread: spreadOf(shares), value: `${percent(number)} of ${ofWhat}` },
    ...(atMost !== undefined && { objective: `≤ ${percent(atMost)}`, reached: number <= atMost }),
  };
}

/** What every operation is to stay below, whatever the size of the tenant. */
const MEMORY_LIMIT_MIB = 256;

/** Greatest resident memory of any process of these runs. */
export function memory(what: string, runs: readonly Pick<Run, 'maxRssBytes'>[]): Line {
  const number = mebibytes(greatestRss(runs));
  return {
    ...{ what, number, better: 'smaller', value: `${number} MiB` },
    spread: spreadOf(runs.map(run => mebibytes(run.maxRssBytes))),
    ...{ objective: `< ${MEMORY_LIMIT_MIB} MiB`, reached: number < MEMORY_LIMIT_MIB },
  };
}

/** Seconds of whole processes. */
export function duration(what: string, runs: readonly Timed[], atMostSeconds?: number): Line {
  const number = median(runs.map(seconds));
  return {
    ...{ what, number, better: 'smaller', spread: spreadOf(runs.map(seconds)), value: `${number.toFixed(2)} s` },
    ...(atMostSeconds !== undefined && { objective: `< ${atMostSeconds} s`, reached: number < atMostSeconds }),
  };
}

/** Milliseconds, of whatever the line says. */
export function milliseconds(what: string, values: readonly number[], atMost?: number): Line {
  const number = median(values);
  return {
    ...{ what, number, better: 'smaller', spread: spreadOf(values), value: `${Math.round(number)} ms` },
    ...(atMost !== undefined && { objective: `< ${atMost} ms`, reached: number < atMost }),
  };
}

/** A count that explains the others. */
export function count(what: string, number: number): Line {
  return { what, number, better: 'smaller', value: Number.isInteger(number) ? String(number) : number.toFixed(1) };
}

/** A promise that a run keeps or breaks. */
export function kept(what: string, holds: boolean): Line {
  return {
    what,
    number: Number(holds),
    better: 'greater',
    value: holds ? 'yes' : 'NO',
    objective: 'yes',
    reached: holds,
  };
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function seconds(run: Timed): number {
  return run.seconds;
}

function spreadOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

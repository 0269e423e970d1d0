/**
 * How the benchmarks measure: entire processes under `/usr/bin/time -v`, Holdfast and its peer alternating (A B A B) in one
 * run, medians, ratios. A single time says little about another machine; the ratio of two that ran side by side carries
 * over.
 */
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One run of one process tree. */
export interface Run {
  /** Wall clock, in seconds. */
  readonly seconds: number;
  /** Processor time of the process tree (not of the server), in seconds. */
  readonly cpuSeconds: number;
  /** Greatest resident set of any process of the tree, in bytes. */
  readonly maxRssBytes: number;
  readonly stdout: string;
}

/** Runs a program until it exits; throws with its error output if it fails. */
export async function timeProcess(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Run> {
  const report = join(tmpdir(), `holdfast-time-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const started = process.hrtime.bigint();
  const stdout = await new Promise<string>((resolve, reject) => {
    const child = spawn('/usr/bin/time', ['-v', '-o', report, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let out = '';
    let err = '';
    child.stdout.on('data', chunk => (out += chunk));
    child.stderr.on('data', chunk => (err = (err + chunk).slice(-20_000)));
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ${args.join(' ')} failed with ${code}:\n${err}\n${out.slice(-4000)}`));
    });
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const text = await readFile(report, 'utf8');
  await rm(report);
  const figure = (label: string) => Number(text.match(new RegExp(`${label}[^:]*: ([0-9.]+)`))?.[1] ?? 0);
  return {
    seconds,
    cpuSeconds: figure('User time') + figure('System time'),
    maxRssBytes: figure('Maximum resident set size') * 1024,
    stdout,
  };
}

/** Runs the sides in turn, `runs` times each, so that a slow period of the machine affects both. */
export async function alternate<Side extends string>(
  runs: number,
  sides: Readonly<Record<Side, (run: number) => Promise<Run>>>,
): Promise<Record<Side, Run[]>> {
  const results = Object.fromEntries(Object.keys(sides).map(side => [side, [] as Run[]])) as Record<Side, Run[]>;
  for (let run = 0; run < runs; run++) {
    for (const side of Object.keys(sides) as Side[]) {
      const result = await sides[side](run);
      progress(`${side} ${run + 1}/${runs}: ${result.seconds.toFixed(2)} s, ${mebibytes(result.maxRssBytes)} MiB`);
      results[side].push(result);
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function medianSeconds(runs: readonly Pick<Run, 'seconds'>[]): number {
  return median(runs.map(run => run.seconds));
}

export function greatestRss(runs: readonly Pick<Run, 'maxRssBytes'>[]): number {
  return Math.max(...runs.map(run => run.maxRssBytes));
}

export function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

/** Figures without the output of the processes, for the JSON. */
export function figures(runs: readonly Run[]): Record<string, unknown> {
  return {
    medianSeconds: medianSeconds(runs),
    maxRssMiB: mebibytes(greatestRss(runs)),
    runs: runs.map(run => ({
      seconds: run.seconds,
      cpuSeconds: run.cpuSeconds,
      maxRssMiB: mebibytes(run.maxRssBytes),
    })),
  };
}

export function progress(message: string): void {
  process.stderr.write(`  ${message}\n`);
}

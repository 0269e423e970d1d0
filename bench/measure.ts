/**
 * How the benchmarks measure: entire processes under `/usr/bin/time -v`, Holdfast and its peer alternating (A B A B) in one
 * run, medians, ratios. A single time says little about another machine; the ratio of two that ran side by side carries
 * over. Everything is also written as JSON to bench/results/.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
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

/** A value, and whether it meets its objective. */
export interface Line {
  readonly what: string;
  readonly value: string;
  readonly objective?: string;
  readonly reached?: boolean;
}

export interface Result {
  readonly bench: string;
  readonly scale: number;
  readonly lines: readonly Line[];
  /** Medians and every run, for the JSON. */
  readonly data: Readonly<Record<string, unknown>>;
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

export function medianSeconds(runs: readonly Run[]): number {
  return median(runs.map(run => run.seconds));
}

export function greatestRss(runs: readonly Run[]): number {
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

/** `1.80 × as fast as its peer` if the peer took 1.8 times as long. */
export function timesAsFast(ours: number, peers: number): string {
  return `${(peers / ours).toFixed(2)} × as fast as its peer`;
}

export function progress(message: string): void {
  process.stderr.write(`  ${message}\n`);
}

/** Prints the result as a table and writes it to bench/results/<bench>.json. */
export async function report(result: Result): Promise<Result> {
  const width = Math.max(...result.lines.map(line => line.what.length));
  process.stdout.write(`\n${result.bench} (scale ${result.scale})\n`);
  for (const line of result.lines) {
    const verdict = line.reached === undefined ? '' : line.reached ? '  met' : '  NOT met';
    const objective = line.objective === undefined ? '' : `  [objective: ${line.objective}]`;
    process.stdout.write(`  ${line.what.padEnd(width)}  ${line.value}${objective}${verdict}\n`);
  }
  const directory = new URL('./results/', import.meta.url);
  await mkdir(directory, { recursive: true });
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const file = new URL(`${result.bench}.json`, directory);
  await writeFile(file, `${JSON.stringify({ ...result, at: new Date().toISOString(), machine }, null, 2)}\n`);
  return result;
}

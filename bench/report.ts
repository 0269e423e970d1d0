/**
 * What becomes of results: a table in the terminal, JSON for programs, a comparison with an earlier run, and the table of
 * bench/README.md, which is written here and never by hand.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Line, Result } from './lines.ts';
import { BIN_DIR } from './server.ts';

const README = new URL('./README.md', import.meta.url);
const ROOT = new URL('..', import.meta.url);
const BEGIN = '<!-- written by `npm run bench -- --write` -->';
const END = '<!-- end -->';

/** One run of `npm run bench`. */
export interface BenchRun {
  readonly at: string;
  readonly runs: number;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly results: readonly Result[];
}

/** The machine and the versions that the figures belong to. */
export function machineFacts(): BenchRun['machine'] {
  const version = (command: string, ...args: string[]) =>
    execFileSync(command, args, { encoding: 'utf8' }).trim().split('\n')[0]!;
  return {
    processors: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Number(loadavg()[0]!.toFixed(1)),
    node: process.version,
    postgres: version(join(BIN_DIR, 'postgres'), '--version'),
    zstd: /v[0-9.]+/.exec(version('zstd', '--version'))?.[0] ?? 'unknown',
  };
}

/** Prints a result as a table. */
export function print({ bench, scale, lines }: Result): void {
  const width = Math.max(...lines.map(line => line.what.length));
  process.stdout.write(`\n${bench} (scale ${scale})\n`);
  for (const line of lines) {
    const verdict = line.reached === undefined ? '' : line.reached ? '  met' : '  NOT met';
    const objective = line.objective === undefined ? '' : `  [objective: ${line.objective}]`;
    process.stdout.write(`  ${line.what.padEnd(width)}  ${line.value}${objective}${verdict}\n`);
  }
}

/** Writes each result, and the whole run as run.json. Returns that file. */
export async function save(directory: string, run: BenchRun): Promise<string> {
  await mkdir(directory, { recursive: true });
  const { results, ...facts } = run;
  for (const result of results) await writeJson(join(directory, `${result.bench}.json`), { ...facts, ...result });
  const file = join(directory, 'run.json');
  await writeJson(file, run);
  return file;
}

/** How each line changed since an earlier run.json: `better`, `worse` where the medians lie outside the other's spread. */
export function compare(earlier: BenchRun, now: BenchRun): string {
  const lines = now.results.flatMap(result => {
    const old = earlier.results.find(candidate => candidate.bench === result.bench);
    if (old === undefined) return [];
    const unlike = old.scale === result.scale ? '' : ` (scale ${old.scale} then)`;
    return result.lines.flatMap(line => {
      const before = old.lines.find(candidate => candidate.what === line.what);
      if (before === undefined) return [];
      return `  ${result.bench}: ${line.what}  ${round(before.number)} → ${round(line.number)}  ${verdictOf(before, line)}${unlike}`;
    });
  });
  return `\nAgainst the run of ${earlier.at}\n${lines.join('\n')}\n`;
}

function verdictOf(before: Line, now: Line): string {
  const within = ({ spread }: Line, number: number) =>
    spread !== undefined && number >= spread[0] && number <= spread[1];
  if (before.number === now.number || within(before, now.number) || within(now, before.number)) return 'the same';
  return now.number > before.number === (now.better === 'greater') ? 'better' : 'worse';
}

/** Replaces the table of bench/README.md; benchmarks that the run leaves out keep their rows and their first line. */
export async function writeTable(run: BenchRun, file: URL | string = README): Promise<void> {
  await between(file, { begin: BEGIN, end: END }, old => tableOf(run, old));
}

/** Writes the tables that the results have for pages of the docs, between the marks there. `root`: of the checkout. */
export async function writePages({ at, machine, results }: BenchRun, root: URL | string = ROOT): Promise<void> {
  for (const { bench, page } of results) {
    if (page === undefined) continue;
    const marks = { begin: `<!-- written by \`npm run bench -- ${bench} --write\` -->`, end: END };
    const facts = `${at.slice(0, 10)}; ${factsOf(machine)}.`;
    await between(new URL(page.file, root), marks, () => `${facts} ${page.text}`);
  }
}

async function between(
  file: URL | string,
  { begin, end }: Record<'begin' | 'end', string>,
  write: (old: string) => string,
): Promise<void> {
  const text = await readFile(file, 'utf8');
  const start = text.indexOf(begin);
  const stop = text.indexOf(end, start);
  if (start < 0 || stop < 0) throw new Error(`${String(file)} has no place for the table (${begin} … ${end}).`);
  const old = text.slice(start + begin.length, stop);
  await writeFile(file, `${text.slice(0, start)}${begin}\n\n${write(old)}\n${text.slice(stop)}`);
}

function tableOf({ at, runs, machine, results }: BenchRun, old: string): string {
  const here = new Set(results.map(({ bench }) => bench));
  const elsewhere = old.split('\n').filter(line => !here.has(/^\| `([^`]+)`/.exec(line)?.[1] ?? ''));
  const kept = elsewhere.filter(line => line.startsWith('| `'));
  const rows = results.flatMap(({ bench, scale, lines }) =>
    lines.map(
      line =>
        `| \`${bench}\` | ${scale} | ${line.what} | ${line.objective ?? ''} | ${line.value} | ${spreadText(line)} | ${line.reached === undefined ? '' : line.reached ? 'met' : '**not met**'} |`,
    ),
  );
  const facts = `${at.slice(0, 10)}, medians of ${runs} run(s) of each side; ${factsOf(machine)}.`;
  const names = [...here].map(name => `\`${name}\``).join(', ');
  const before = kept.length === 0 ? [] : factsLines(elsewhere, here);
  return [
    ...before.flatMap(line => [line, '']),
    ...[before.length === 0 ? facts : `${names}: ${facts}`, ''],
    '| benchmark | scale | measure | objective | median | spread | |',
    '| --- | ---: | --- | --- | --- | --- | --- |',
    ...[...kept, ...rows, ''],
  ].join('\n');
}

/** The first lines of earlier runs, but of those that had only benchmarks of this one. */
function factsLines(lines: readonly string[], here: ReadonlySet<string>): string[] {
  return lines.filter(line => {
    if (line === '' || line.startsWith('|')) return false;
    const names = /^((?:`[^`]+`(?:, )?)+): /.exec(line)?.[1]?.split(', ');
    return names === undefined || names.some(name => !here.has(name.replaceAll('`', '')));
  });
}

function factsOf(machine: BenchRun['machine']): string {
  return Object.entries(machine)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function spreadText({ spread }: Line): string {
  return spread === undefined || spread[0] === spread[1] ? '' : `${round(spread[0])} to ${round(spread[1])}`;
}

function round(number: number): string {
  return Number.isInteger(number) ? String(number) : number.toFixed(number < 10 ? 2 : 1);
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** A small run of every benchmark: they start, both sides do their work, and what becomes of the results works. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BenchRun, compare, writePages, writeTable } from '../../bench/report.ts';

const ROOT = join(import.meta.dirname, '../..');
const BENCHES = [
  'start',
  'snapshot',
  'second-snapshot',
  'ship',
  'restore-one-tenant',
  'replay',
  'fleet',
  'verify-live',
  'console',
  'memory',
  'functions',
];
let directory: string;
let run: BenchRun;
let output: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-bench-test-'));
  const args = ['bench/run.ts', '--scale', '0.02', '--runs', '1', '--dir', directory];
  const results = join(directory, 'results');
  output = (await promisify(execFile)(process.execPath, [...args, '--results', results], { cwd: ROOT })).stdout;
  run = JSON.parse(await readFile(join(results, 'run.json'), 'utf8'));
}, 900_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

it('every benchmark measures both sides and says how it compares with its objective', async () => {
  expect(run.results.map(result => result.bench)).toEqual(BENCHES);
  for (const { bench, lines } of run.results) {
    expect(output).toContain(`${bench} (scale 0.02)`);
    for (const line of lines)
      expect([bench, line.what, line.number > 0, line.number < Infinity]).toEqual([bench, line.what, true, true]);
  }
  // What does not depend on the machine's speed.
  const lineOf = (bench: string, what: string) =>
    run.results.find(result => result.bench === bench)!.lines.find(line => line.what === what)!;
  expect(lineOf('replay', 'both produce the same rows').reached).toBe(true);
  expect(lineOf('second-snapshot', 'bytes stored').number).toBeLessThan(0.2);
  expect(lineOf('console', 'pages show the tenants that they should').reached).toBe(true);
  expect(lineOf('fleet', 'keyring calls per tenant').number).toBeLessThanOrEqual(2);
});

it('a run is compared with an earlier one, line by line', () => {
  expect(compare(run, run)).toContain('snapshot: one connection');
  expect(compare(run, run)).not.toMatch(/better|worse/);
  const faster = structuredClone(run) as unknown as { results: { lines: { number: number; spread?: number[] }[] }[] };
  const line = faster.results[1]!.lines[0]!;
  Object.assign(line, { number: line.number * 10, spread: [line.number * 9, line.number * 11] });
  expect(compare(run, faster as unknown as BenchRun)).toMatch(/one connection .* better/);
  expect(compare(faster as unknown as BenchRun, run)).toMatch(/one connection .* worse/);
});

it('the table of the page is replaced by the run’s, with machine and versions', async () => {
  const page = join(directory, 'page.md');
  const text = await readFile(join(ROOT, 'bench/README.md'), 'utf8');
  await writeFile(page, text);
  await writeTable(run, page);
  const written = await readFile(page, 'utf8');
  expect(written).toContain(`node ${process.version}`);
  for (const bench of BENCHES) expect(written).toContain(`| \`${bench}\` | 0.02 |`);
  await writeTable(run, page);
  expect(await readFile(page, 'utf8')).toBe(written);
  expect(written.split('## What was tried')[1]).toBe(text.split('## What was tried')[1]);
});

it('a run of some benchmarks leaves the rows of the others, with their machine', async () => {
  const page = join(directory, 'page-of-some.md');
  await writeFile(page, await readFile(join(ROOT, 'bench/README.md'), 'utf8'));
  await writeTable({ ...run, at: '2020-01-01T00:00:00Z' }, page);
  const some = { ...run, at: '2020-01-02T00:00:00Z', results: run.results.filter(({ bench }) => bench === 'start') };
  await writeTable(some, page);
  const written = await readFile(page, 'utf8');
  for (const bench of BENCHES) expect(written).toContain(`| \`${bench}\` | 0.02 |`);
  expect(written).toMatch(/^2020-01-01, medians/m);
  expect(written).toMatch(/^`start`: 2020-01-02, medians/m);
  await writeTable(some, page);
  expect(await readFile(page, 'utf8')).toBe(written);
});

it('the tables of the docs are written between their marks', async () => {
  const docs = join(directory, 'root');
  await mkdir(join(docs, 'docs'), { recursive: true });
  for (const page of ['cost.md', 'scale.md']) await cp(join(ROOT, 'docs', page), join(docs, 'docs', page));
  await writePages(run, pathToFileURL(`${docs}/`));
  const written = await readFile(join(docs, 'docs/cost.md'), 'utf8');
  expect(written).toContain("| a small tenant's restore |");
  expect(written).toContain('| ship-log | 1769 MB |');
  expect(await readFile(join(docs, 'docs/scale.md'), 'utf8')).toContain('| first page |');
  expect(written.split('## Where the prices are from')[1]).toBe(
    (await readFile(join(ROOT, 'docs/cost.md'), 'utf8')).split('## Where the prices are from')[1],
  );
});

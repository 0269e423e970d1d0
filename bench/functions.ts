/**
 * The functions on AWS: what their start takes, and what a minute, a snapshot and a restore take and cost by the memory of
 * the functions. The bundles as deployed, with sessions for tenants and dedicated keys, run as processes against the emulator of the
 * tests; processor time and requests are measured, milliseconds and dollars computed (function-cost.ts).
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { functionMemoryMb } from '../lib/domain/function-memory.ts';
import { type BenchArguments, runAlone } from './arguments.ts';
import { copyDatabase, ensureDatabase } from './database.ts';
import { type Cloud, openCloud } from './function-cloud.ts';
import { operationMs } from './function-cost.ts';
import { firstRun, type Operation, operationsOnce } from './function-operations.ts';
import { functionsPage } from './function-page.ts';
import { startFunction, type Took } from './function-process.ts';
import { install } from './holdfast.ts';
import { type Line, milliseconds, type Result, share } from './lines.ts';
import { median, progress } from './measure.ts';
import type { BenchServer } from './server.ts';
import { dropSlots } from './ship.ts';

/** Every start is to take less processor time than this, Node.js included. */
const START_LIMIT_MS = 400;
/** Share of a function's memory: larger tenants than the measured ones need room too. */
const MEMORY_LIMIT = 0.5;

export async function functions(server: BenchServer, options: BenchArguments): Promise<Result> {
  await dropSlots(server);
  await ensureDatabase(server, 'base', options.scale);
  await copyDatabase(server, 'base', 'functions');
  const url = server.url('functions');
  const cloud = await openCloud(await install(join(options.dir, 'functions'), url), url);
  try {
    const starts = await startsOf(cloud, options.runs);
    await firstRun(cloud, url);
    const rounds: Operation[][] = [];
    // The first round compiles: its calls are left out, except those that always follow a start.
    for (let round = 0; round <= options.runs; round++) {
      rounds.push(await operationsOnce(cloud, url));
      progress(`operations ${round}/${options.runs}`);
    }
    const measured = rounds.slice(1);
    return {
      bench: 'functions',
      scale: options.scale,
      lines: [...startLines(starts), ...operationLines(measured)],
      data: { starts: Object.fromEntries(starts), operations: measured.map(round => round.map(withoutResults)) },
      page: { file: 'docs/cost.md', text: functionsPage(measured, options.scale) },
    };
  } finally {
    await cloud.stop();
  }
}

/** Every bundle, started that often. */
async function startsOf({ code, environment }: Cloud, runs: number): Promise<Map<string, Took[]>> {
  const names = readdirSync('lambdas').map(file => file.replace(/\.ts$/, ''));
  const starts = new Map<string, Took[]>(names.map(name => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, found] of starts) {
      const process = await startFunction(code, name, environment);
      found.push(process.started);
      await process.stop();
    }
    progress(`starts ${run + 1}/${runs}`);
  }
  return starts;
}

function startLines(starts: ReadonlyMap<string, readonly Took[]>): Line[] {
  const byTime = [...starts]
    .map(([name, found]) => ({ name, times: found.map(({ cpuMs }) => cpuMs) }))
    .sort((a, b) => median(b.times) - median(a.times));
  const [slowest, quickest] = [byTime[0]!, byTime.at(-1)!];
  return [
    milliseconds(`start of the slowest function (${slowest.name})`, slowest.times, START_LIMIT_MS),
    milliseconds(`start of the quickest function (${quickest.name})`, quickest.times, START_LIMIT_MS),
  ];
}

function operationLines(rounds: readonly (readonly Operation[])[]): Line[] {
  const billed = rounds[0]!.map(({ name }, index) => {
    const found = rounds.map(round => operationMs(round[index]!, functionMemoryMb));
    return milliseconds(`${name}, billed`, found);
  });
  const peaks = rounds
    .flatMap(round => round.flatMap(({ calls }) => calls))
    .map(({ name, maxRssBytes }) => ({ name, part: maxRssBytes / 2 ** 20 / functionMemoryMb(name) }));
  const fullest = peaks.reduce((most, each) => (each.part > most.part ? each : most));
  return [...billed, share(`peak memory of ${fullest.name}`, [fullest.part], 'its memory', MEMORY_LIMIT)];
}

function withoutResults({ name, transitions, calls }: Operation) {
  return { name, transitions, calls: calls.map(({ result: _, ...call }) => call) };
}

await runAlone(import.meta, functions);

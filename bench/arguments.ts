/**
 * Options of every benchmark. One alone prints its result; bench/run.ts also writes, compares and publishes them.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Result } from './lines.ts';
import { print } from './report.ts';
import { type BenchServer, startServer } from './server.ts';

export interface BenchArguments {
  readonly scale: number;
  readonly runs: number;
  readonly dir: string;
  /** Directory of the results, as JSON. */
  readonly results: string;
  /** The run.json of an earlier run. */
  readonly compare: string | undefined;
  /** Writes the table of bench/README.md. */
  readonly write: boolean;
  /** Names of benchmarks, for bench/run.ts. */
  readonly names: readonly string[];
}

export const HELP = `
  --scale N       size of the generated database; 1 (the default) is more than 2 GB  (or HOLDFAST_BENCH_SCALE)
  --runs N        runs of each side; the result is the median (default 3)
  --dir PATH      server, database and vaults; kept between runs (default: ${join(tmpdir(), 'holdfast-bench')})
  --results DIR   where the results are written as JSON (default: bench/results)
  --compare FILE  an earlier run's run.json: prints what became better or worse
  --write         writes the table of bench/README.md, and those in the docs
`;

export function benchArguments(argv: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: process.env.HOLDFAST_BENCH_SCALE ?? '1' },
      runs: { type: 'string', default: '3' },
      dir: { type: 'string', default: join(tmpdir(), 'holdfast-bench') },
      results: { type: 'string', default: fileURLToPath(new URL('./results/', import.meta.url)) },
      compare: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`npm run bench [-- NAME…] [options]\n${HELP}`);
    process.exit(0);
  }
  const scale = Number(values.scale);
  const runs = Number(values.runs);
  if (!(scale > 0) || !Number.isInteger(runs) || runs < 1)
    throw new Error(`--scale must be a positive number, --runs a positive integer.${HELP}`);
  const { dir, results, compare, write } = values;
  return { scale, runs, dir, results, compare, write, names: positionals };
}

export type Bench = (server: BenchServer, options: BenchArguments) => Promise<Result>;

/** Runs one benchmark if its file is the main module (`node bench/ship.ts --scale 0.1`). */
export async function runAlone(meta: ImportMeta, bench: Bench): Promise<void> {
  if (!meta.main) return;
  const options = benchArguments(process.argv.slice(2));
  const server = await startServer(options.dir);
  try {
    print(await bench(server, options));
  } finally {
    await server.stop();
  }
}

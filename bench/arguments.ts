/**
 * Options of every benchmark: `--scale` (1 is a database of more than 2 GB), `--runs` (of each side), `--dir` (directory of
 * the server, the generated database and the vaults; kept between runs).
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Result } from './measure.ts';
import { type BenchServer, startServer } from './server.ts';

export interface BenchArguments {
  readonly scale: number;
  readonly runs: number;
  readonly dir: string;
  /** Names of benchmarks, for bench/run.ts. */
  readonly names: readonly string[];
}

export const HELP = `
  --scale N   size of the generated database; 1 (the default) is more than 2 GB  (or HOLDFAST_BENCH_SCALE)
  --runs N    runs of each side; the result is the median (default 3)
  --dir PATH  server, database and vaults; kept between runs (default: ${join(tmpdir(), 'holdfast-bench')})
`;

export function benchArguments(argv: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: process.env.HOLDFAST_BENCH_SCALE ?? '1' },
      runs: { type: 'string', default: '3' },
      dir: { type: 'string', default: join(tmpdir(), 'holdfast-bench') },
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
  return { scale, runs, dir: values.dir, names: positionals };
}

export type Bench = (server: BenchServer, options: BenchArguments) => Promise<Result>;

/** Runs one benchmark if its file is the main module (`node bench/ship.ts --scale 0.1`). */
export async function runAlone(meta: ImportMeta, bench: Bench): Promise<void> {
  if (!meta.main) return;
  const options = benchArguments(process.argv.slice(2));
  const server = await startServer(options.dir);
  try {
    await bench(server, options);
  } finally {
    await server.stop();
  }
}

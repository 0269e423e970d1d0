/**
 * The start of the command line: what every short command costs before it does anything, as installed (bundled) and from
 * a checkout, against Node.js with nothing to do.
 */
import { fileURLToPath } from 'node:url';
import { type BenchArguments, runAlone } from './arguments.ts';
import { COMMAND_LINE } from './holdfast.ts';
import { duration, growth, type Result } from './lines.ts';
import { alternate, figures, timeProcess } from './measure.ts';
import type { BenchServer } from './server.ts';

const SOURCES = fileURLToPath(new URL('../bin/holdfast.ts', import.meta.url));
/** A start is short: more runs than of the others. */
const RUNS_OF_EACH = 5;

export async function start(_server: BenchServer, options: BenchArguments): Promise<Result> {
  const run = (...args: string[]) => timeProcess(process.execPath, args);
  // The first start of either compiles and fills the cache.
  for (const file of [COMMAND_LINE, SOURCES]) await run(file, '--version');
  const runs = await alternate(options.runs * RUNS_OF_EACH, {
    node: () => run('-e', '0'),
    installed: () => run(COMMAND_LINE, '--version'),
    checkout: () => run(SOURCES, '--version'),
  });
  return {
    bench: 'start',
    scale: options.scale,
    lines: [
      duration('installed', runs.installed, 0.15),
      duration('from a checkout', runs.checkout),
      duration('Node.js alone', runs.node),
      growth('installed, against a checkout', runs.installed, runs.checkout),
    ],
    data: { node: figures(runs.node), installed: figures(runs.installed), checkout: figures(runs.checkout) },
  };
}

await runAlone(import.meta, start);

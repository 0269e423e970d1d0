/**
 * The start of the command line: what every short command costs before it does anything, as installed (bundled) and from
 * a checkout, against Node.js with nothing to do; and a decision of the Cedar policies, which a governed command adds.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchArguments, runAlone } from './arguments.ts';
import { COMMAND_LINE } from './holdfast.ts';
import { duration, growth, type Result } from './lines.ts';
import { alternate, figures, timeProcess } from './measure.ts';
import { type BenchServer, remove } from './server.ts';

const SOURCES = fileURLToPath(new URL('../bin/holdfast.ts', import.meta.url));
/** A start is short: more runs than of the others. */
const RUNS_OF_EACH = 5;

export async function start(_server: BenchServer, options: BenchArguments): Promise<Result> {
  const run = (...args: string[]) => timeProcess(process.execPath, args);
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-bench-start-'));
  try {
    const config = join(directory, 'holdfast.yaml');
    await writeFile(
      config,
      'format: holdfast.config/1\ninstallation: bench-start\ndatabase: {url: "postgres://127.0.0.1/none"}\n',
    );
    const decide = ['policy', 'explain', 'operator', 'seeStatus', '--config', config];
    // The first start of each compiles and fills the cache.
    for (const args of [
      [COMMAND_LINE, '--version'],
      [SOURCES, '--version'],
      [COMMAND_LINE, ...decide],
    ])
      await run(...args);
    const runs = await alternate(options.runs * RUNS_OF_EACH, {
      node: () => run('-e', '0'),
      installed: () => run(COMMAND_LINE, '--version'),
      decision: () => run(COMMAND_LINE, ...decide),
      checkout: () => run(SOURCES, '--version'),
    });
    return {
      bench: 'start',
      scale: options.scale,
      lines: [
        duration('installed', runs.installed, 0.15),
        duration('installed, with a decision of the policies', runs.decision),
        duration('from a checkout', runs.checkout),
        duration('Node.js alone', runs.node),
        growth('installed, against a checkout', runs.installed, runs.checkout),
      ],
      data: {
        node: figures(runs.node),
        installed: figures(runs.installed),
        decision: figures(runs.decision),
        checkout: figures(runs.checkout),
      },
    };
  } finally {
    await remove(directory);
  }
}

await runAlone(import.meta, start);

/** `metrics`: the metrics at this moment in the OpenMetrics text format, printed or as a file for a collector. */
import { rename, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { openMetricsText, type Sample } from '../../lib/domain/open-metrics.ts';
import { measureNow } from '../../lib/operations/reporting/measure-now.ts';
import type { Deps } from '../../lib/ports.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { inSession, type Session } from '../terminal/session.ts';

export function registerMetrics(program: Command): void {
  program
    .command('metrics')
    .description('print metrics for Prometheus (OpenMetrics), or write them to a file')
    .option('--output <file>', 'write this file at once and completely, for a textfile collector')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast metrics\n  $ holdfast metrics --output /var/lib/node_exporter/holdfast.prom\n\nWith ship --follow --metrics-port 9187 Prometheus reads them from the shipper.\ndocs/metrics.md lists them.',
    )
    .action(inSession(metrics));
}

async function metrics(session: Session, { output }: { readonly output?: string }): Promise<void> {
  await session.ready();
  const samples = await installationSamples(session, await session.deps());
  const text = openMetricsText(samples);
  if (output !== undefined) await replaceFile(output, text);
  const document = { file: output ?? null, samples: samples.map(({ family, ...rest }) => ({ name: family, ...rest })) };
  session.emit(document, () => (output === undefined ? text : `Wrote ${output}.\n`));
}

/** On AWS the functions watch the slot: their metrics are in CloudWatch. */
export async function installationSamples(session: Session, deps: Deps): Promise<Sample[]> {
  const source = session.deployed ? null : await session.config();
  const measured = await measureNow(deps, await session.tierOf(deps.catalog), source);
  return [{ family: 'holdfast_build_info', labels: { version: packageJson.version }, value: 1 }, ...measured];
}

/** A collector that reads meanwhile sees the old file or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.${process.pid}.new`;
  try {
    await writeFile(next, text);
    await rename(next, path);
  } catch (cause) {
    throw new InputError('usage', `${path} cannot be written (${(cause as NodeJS.ErrnoException).code}).`, {
      hint: 'Check --output and the permissions of its directory.',
      cause,
    });
  }
}

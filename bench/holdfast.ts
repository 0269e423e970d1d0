/**
 * Holdfast as the benchmarks run it: the bundled command line in a separate process, with configuration, vault, keys and catalog
 * in a directory of their own. Figures cover the entire process, including the start of Node.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { buildCommandLine } from '../bin/build.ts';
import { type Run, timeProcess } from './measure.ts';
import { remove } from './server.ts';

/** Built once per run: what is measured is what is installed. Not in dist/, which others build meanwhile. */
export const COMMAND_LINE = await buildCommandLine(join(import.meta.dirname, '../node_modules/.cache/bench'));

export interface Installation {
  readonly directory: string;
  readonly config: string;
  /** Its replication slot: `init` names it after the installation, which is the directory's name. */
  readonly slot: string;
  /** Runs one command and returns its figures; throws if it fails. */
  run(...args: string[]): Promise<Run>;
  /** The same; returns its JSON output. */
  json<T>(...args: string[]): Promise<T>;
  /** Copies the installation (vault, keys, catalog, configuration) to another directory. */
  copy(directory: string): Promise<Installation>;
}

/** `init`, `discover` and `doctor --fix` for a database. Existing content of the directory is removed. */
export async function install(
  directory: string,
  url: string,
  settings: Record<string, unknown> = {},
): Promise<Installation> {
  await remove(directory);
  await mkdir(directory, { recursive: true });
  const installation = at(directory);
  await installation.run('init', '--name', `bench-${basename(directory)}`, '--url', url);
  await configure(installation, config => ({
    ...config,
    settings: { ...(config.settings as object), ...settings },
  }));
  await installation.run('discover');
  await installation.run('doctor', '--fix', '--yes');
  return installation;
}

/** Changes the installation's configuration file. */
export async function configure(
  installation: Installation,
  change: (config: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const config = parse(await readFile(installation.config, 'utf8')) as Record<string, unknown>;
  await writeFile(installation.config, stringify(change(config)));
}

function at(directory: string): Installation {
  const config = join(directory, 'holdfast.yaml');
  const run = (...args: string[]) =>
    timeProcess(process.execPath, [COMMAND_LINE, args[0]!, '--config', config, ...args.slice(1)], { cwd: directory });
  return {
    directory,
    config,
    slot: `holdfast_bench_${basename(directory).replaceAll('-', '_')}`,
    run,
    json: async <T>(...args: string[]) => JSON.parse((await run(...args, '--json')).stdout) as T,
    copy: async target => {
      await remove(target);
      await cp(directory, target, { recursive: true });
      return at(target);
    },
  };
}

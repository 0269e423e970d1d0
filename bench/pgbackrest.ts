/**
 * The peer of a single tenant's restore: pgBackRest with the best settings for this machine (zstd level 1, one process per
 * processor, no network). Its repository is on the same machine as the server.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { runAsServerUser, serverDirectory } from './server.ts';

const STANZA = 'bench';

export interface Repository {
  /** Value of archive_command for the protected server. */
  readonly archiveCommand: string;
  /** The command that restores the cluster to a moment into an empty directory. */
  restoreCommand(target: string, dataDir: string): string[];
  createStanza(dataDir: string, port: number): Promise<void>;
  backUp(dataDir: string, port: number): Promise<void>;
}

/** Writes the configuration below `directory`; createStanza creates the repository. */
export async function repository(
  directory: string,
  socketDirectory: string,
  protectedDir: string,
): Promise<Repository> {
  for (const name of ['', 'repository', 'log', 'lock', 'spool']) await serverDirectory(join(directory, name));
  const config = join(directory, 'pgbackrest.conf');
  await writeFile(
    config,
    [
      '[global]',
      `repo1-path=${join(directory, 'repository')}`,
      `log-path=${join(directory, 'log')}`,
      `lock-path=${join(directory, 'lock')}`,
      `spool-path=${join(directory, 'spool')}`,
      'repo1-retention-full=1',
      'compress-type=zst',
      'compress-level=1',
      `process-max=${cpus().length}`,
      'start-fast=y',
      '',
    ].join('\n'),
  );
  const common = ['--config', config, '--stanza', STANZA];
  const server = (dataDir: string, port: number) => [
    `--pg1-path=${dataDir}`,
    `--pg1-port=${port}`,
    `--pg1-socket-path=${socketDirectory}`,
    '--pg1-user=postgres',
  ];
  return {
    archiveCommand: `pgbackrest --config=${config} --stanza=${STANZA} --pg1-path=${protectedDir} archive-push %p`,
    restoreCommand: (target, dataDir) => [
      ...['pgbackrest', ...common, `--pg1-path=${dataDir}`],
      ...['--type=time', `--target=${target}`, '--target-action=promote', '--archive-mode=off', 'restore'],
    ],
    createStanza: async (dataDir, port) => {
      await runAsServerUser('pgbackrest', [...common, ...server(dataDir, port), 'stanza-create']);
    },
    backUp: async (dataDir, port) => {
      await runAsServerUser('pgbackrest', [...common, ...server(dataDir, port), '--type=full', 'backup']);
    },
  };
}

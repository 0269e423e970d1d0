/** `init`: writes the configuration. A password is never written into it. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { configTemplate } from '../../lib/domain/config-template.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { CONFIG_FILE, checkedUrl, parseConfig } from '../../lib/runtime/config.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderFacts } from '../terminal/table.ts';

const PASSWORD_VARIABLE = 'HOLDFAST_DATABASE_PASSWORD';

interface InitOptions {
  readonly url?: string;
  readonly name?: string;
  readonly directory?: string;
  readonly force?: boolean;
  readonly print?: boolean;
}

export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write the configuration file, holdfast.yaml')
    .option('--url <url>', 'database (default: HOLDFAST_DATABASE_URL or DATABASE_URL, read on every run)')
    .option('--name <name>', 'name of this installation (default: holdfast- and six random digits)')
    .option('--directory <path>', 'directory of vault, keys and catalog, relative to the file', '.holdfast')
    .option('--force', 'overwrite an existing file')
    .option('--print', 'print the file without writing it')
    .addHelpText(
      'after',
      `\nExamples:\n  $ holdfast init --url postgres://backup@db.internal:5432/app\n  $ DATABASE_URL=postgres://… holdfast init --name acme-production\n\nA password in --url is not written: the file refers to\n$${PASSWORD_VARIABLE} instead.`,
    )
    .action(inSession(init));
}

async function init(session: Session, options: InitOptions, command: Command): Promise<void> {
  // The global option `--installation` names an installation on AWS; here it is another spelling of `--name`.
  const { config, installation } = command.optsWithGlobals<InitOptions & { config?: string; installation?: string }>();
  const file = resolve(config ?? CONFIG_FILE);
  const { url, password } = withoutPassword(options.url);
  const text = renderConfig({ ...(installation && { name: installation }), ...options, ...(url && { url }) });
  // The file must be readable: a wrong name is an error before anything is written.
  parseConfig(text, file, { [PASSWORD_VARIABLE]: 'x', HOLDFAST_DATABASE_URL: 'postgres://localhost/x' });
  if (options.print) return session.emit({ file, text }, () => text);
  await writeNew(file, text, options.force ?? false);
  const data = resolve(dirname(file), options.directory ?? '.holdfast');
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(join(data, '.gitignore'), '*\n');
  const next = password ? [`export ${PASSWORD_VARIABLE}=…`, 'holdfast discover'] : ['holdfast discover'];
  const timeZone = machineZone();
  session.emit({ file, directory: data, passwordVariable: password ? PASSWORD_VARIABLE : null, timeZone, next }, () => {
    const { style } = session;
    const facts = renderFacts(
      [
        ['configuration', file],
        ['vault, keys, catalog', data],
        ['time zone', `${timeZone}  ${style.dim('of this machine; for times without one')}`],
      ],
      { style },
    );
    const keys = `  ${style.warn('Keep a copy of the keys directory apart from the vault:')} without it no backup can be opened.\n`;
    return `${style.good('Written.')}\n${facts}${keys}\nNext:\n${next.map(line => `  ${style.bold(line)}\n`).join('')}`;
  });
}

function withoutPassword(given: string | undefined): { url: string | undefined; password: boolean } {
  if (given === undefined) return { url: undefined, password: false };
  const url = new URL(checkedUrl(given));
  if (url.password === '') return { url: given, password: false };
  url.password = 'PASSWORD';
  return { url: url.href.replace(':PASSWORD@', `:\${${PASSWORD_VARIABLE}}@`), password: true };
}

function renderConfig({ url, directory, ...given }: InitOptions): string {
  const name = given.name ?? `holdfast-${randomBytes(3).toString('hex')}`;
  const place = directory ?? '.holdfast';
  return configTemplate({
    installation: name,
    ...(url === undefined ? {} : { database: { url } }),
    model: 'holdfast.model.yaml',
    ...{ vault: `${place}/vault`, keys: `${place}/keys`, catalog: `${place}/catalog.sqlite` },
    ...{ slot: slotName(name), publication: 'holdfast', timeZone: machineZone() },
  });
}

/** Written down, so that a time means the same moment on every machine that reads the file. */
function machineZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** One slot per installation: two readers of one slot would each miss what the other one read. */
function slotName(installation: string): string {
  const name = installation.replaceAll(/[^a-z0-9]/g, '_').slice(0, 50);
  return name.startsWith('holdfast') ? name : `holdfast_${name}`;
}

async function writeNew(file: string, text: string, replace: boolean): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { flag: replace ? 'w' : 'wx' }).catch(cause => {
    if (cause.code === 'EEXIST') {
      throw new InputError('file-exists', `${file} already exists.`, {
        hint: 'Edit it, or pass --force to overwrite it: under a new name of the installation every tenant is a new one.',
        cause,
        details: { file },
      });
    }
    throw new InputError('cannot-write-file', `${file} cannot be written (${cause.code}).`, {
      hint: 'Check the directory and its permissions.',
      cause,
      details: { file },
    });
  });
}

/**
 * holdfast.yaml: where the database, the tenant model and the local vault are. The only reader of the environment.
 * Invariant: a password may come from the environment by reference and is never written or shown.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigFile } from '../domain/config-file.ts';
import { InputError } from '../domain/errors.ts';
import { FUNCTION_CONFIG_VARIABLE, FunctionConfig } from '../domain/function-config.ts';
import { parseYaml } from './yaml-document.ts';

export const CONFIG_FILE = 'holdfast.yaml';
/** The configuration with absolute paths and the database URL as it is to be used. */
export interface Config extends Omit<ConfigFile, 'database' | 'timeZone'> {
  readonly file: string;
  readonly source: { readonly url: string };
  readonly timeZone: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface TerminalEnvironment {
  /** False or true where the environment decides; undefined leaves it to the terminal. */
  readonly color: boolean | undefined;
  readonly user: string | undefined;
  /** Where there is no terminal to ask. */
  readonly columns: number | undefined;
  /** Show where an unexpected error came from. */
  readonly trace: boolean;
}

/** What a person's shell says about the terminal and about themselves. */
export function terminalEnvironment(env: Environment = process.env): TerminalEnvironment {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== '';
  const color = env.NO_COLOR ? false : forced ? true : env.TERM === 'dumb' ? false : undefined;
  const columns = Number(env.COLUMNS) || undefined;
  return { color, columns, user: env.USER ?? env.LOGNAME, trace: env.HOLDFAST_TRACE === '1' };
}

/**
 * PEM file of the certificate authorities of a source database on AWS, for work on this machine. InputError
 * `no-database-ca`: a connection whose other end is not checked is not made.
 */
export function databaseCaFile(env: Environment = process.env): string {
  const file = env.HOLDFAST_DATABASE_CA;
  if (file && existsSync(file)) return file;
  const what = file
    ? `There is no file ${file}, which HOLDFAST_DATABASE_CA names.`
    : 'HOLDFAST_DATABASE_CA is not set.';
  throw new InputError('no-database-ca', `The certificate authorities of the database are missing. ${what}`, {
    hint: 'Download global-bundle.pem of RDS (the AWS documentation says where) and set HOLDFAST_DATABASE_CA to its path.',
  });
}

/**
 * The configuration file to use: the one named, else HOLDFAST_CONFIG, else holdfast.yaml here or in a directory above.
 * Throws InputError `no-config`.
 */
export async function loadConfig(
  named?: string,
  env: Environment = process.env,
  directory = process.cwd(),
): Promise<Config> {
  const chosen = named ?? env.HOLDFAST_CONFIG;
  for (let place = directory; ; place = dirname(place)) {
    const file = chosen === undefined ? join(place, CONFIG_FILE) : resolve(directory, chosen);
    const text = await readFile(file, 'utf8').catch(error => {
      if (error.code === 'ENOENT' && chosen === undefined) return undefined;
      throw noConfig(file, error);
    });
    if (text !== undefined) return parseConfig(text, file, env);
    if (dirname(place) === place) throw noConfig(join(directory, CONFIG_FILE), undefined);
  }
}

/** Throws InputError `bad-config`, `no-database-url`, `missing-variable`. */
export function parseConfig(text: string, file: string, env: Environment = process.env): Config {
  const { database, timeZone, ...parsed } = parseYaml(ConfigFile, text, file, {
    code: 'bad-config',
    name: 'configuration',
    hint: 'Correct the named lines. `holdfast init --print` shows a complete file with every field.',
  });
  const at = (path: string) => resolve(dirname(file), path);
  return {
    ...parsed,
    file,
    model: at(parsed.model),
    vault: at(parsed.vault),
    keys: at(parsed.keys),
    catalog: at(parsed.catalog),
    source: { url: databaseUrl(database.url, file, env) },
    timeZone: timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function databaseUrl(written: string | undefined, file: string, env: Environment): string {
  const url = written === undefined ? (env.HOLDFAST_DATABASE_URL ?? env.DATABASE_URL) : expand(written, file, env);
  if (url === undefined || url === '') {
    throw new InputError('no-database-url', 'No database URL is configured.', {
      hint: `Write database.url into ${file}, or set HOLDFAST_DATABASE_URL, for example postgres://user:password@host:5432/database.`,
    });
  }
  return checkedUrl(url);
}

/** A variable that is the whole URL is taken as it is; one inside it (a password) is percent-encoded. */
function expand(written: string, file: string, env: Environment): string {
  const whole = /^\$\{\w+\}$/.test(written);
  return written.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) {
      throw new InputError('missing-variable', `The environment variable ${name} is not set.`, {
        hint: `${file} refers to it in database.url: set it, or change the reference.`,
        details: { variable: name },
      });
    }
    return whole ? value : encodeURIComponent(value);
  });
}

/** Throws InputError `bad-database-url`. The URL is not repeated: it may hold a password. */
export function checkedUrl(url: string): string {
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (scheme === 'postgres:' || scheme === 'postgresql:') return url;
  throw new InputError('bad-database-url', 'The database URL is not one that PostgreSQL understands.', {
    hint: 'Write postgres://user:password@host:5432/database; special characters of the password percent-encoded.',
  });
}

/**
 * The URL of another database (`--into`), its password from HOLDFAST_INTO_PASSWORD or from the file that
 * HOLDFAST_INTO_PASSWORD_FILE names; without either the driver looks into PGPASSWORD and the password file. InputError
 * `password-on-command-line`: every process of the machine can read the command line, and the shell's history keeps it.
 */
export function otherDatabaseUrl(given: string, env: Environment = process.env): string {
  const url = new URL(checkedUrl(given));
  if (url.password !== '' || url.searchParams.has('password')) {
    throw new InputError('password-on-command-line', 'The URL after --into holds a password.', {
      hint: 'Leave it out of the URL: set HOLDFAST_INTO_PASSWORD, or HOLDFAST_INTO_PASSWORD_FILE to a file that holds it.',
    });
  }
  const password = env.HOLDFAST_INTO_PASSWORD ?? passwordFrom(env.HOLDFAST_INTO_PASSWORD_FILE);
  if (password === undefined) return given;
  url.password = encodeURIComponent(password);
  return url.href;
}

function passwordFrom(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new InputError(
      'no-password-file',
      `The file ${file}, which HOLDFAST_INTO_PASSWORD_FILE names, cannot be read.`,
      {
        hint: 'Correct the path, or set HOLDFAST_INTO_PASSWORD.',
        cause,
      },
    );
  }
}

function noConfig(file: string, cause: unknown): InputError {
  return new InputError('no-config', `There is no configuration at ${file}.`, {
    hint: 'Run `holdfast init --url postgres://…` to write one, or name it with --config.',
    cause,
    details: { file },
  });
}

/** What the stacks told this function. InputError `bad-function-config` names the fields. */
export function readFunctionConfig(env: Environment = process.env): FunctionConfig {
  const text = env[FUNCTION_CONFIG_VARIABLE];
  const parsed = FunctionConfig.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(
    issue => `${issue.path.join('.') || FUNCTION_CONFIG_VARIABLE}: ${issue.message}`,
  );
  throw new InputError('bad-function-config', `This function is not configured: ${fields.join('; ')}.`, {
    hint: 'Deploy the stacks again: they write this variable.',
  });
}

/**
 * holdfast.yaml: locations of the database, the tenant model and the local vault. The only reader of the environment.
 * Invariant: a password can come from the environment by reference and is never written or shown.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type * as z from 'zod';
import { ConfigFile } from '../domain/config-file.ts';
import { USER_POOL_VARIABLE } from '../domain/console-settings.ts';
import { InputError } from '../domain/errors.ts';
import { FUNCTION_CONFIG_VARIABLE, FunctionConfig } from '../domain/function-config.ts';
import { DeliveryConfig } from '../domain/message-delivery.ts';
import { RESTORE_TASK_VARIABLES, RestoreTaskInput } from '../domain/restore-task.ts';
import { parseYaml } from './yaml-document.ts';

export const CONFIG_FILE = 'holdfast.yaml';
/** The configuration with absolute paths and the complete database URL. */
export interface Config extends Omit<ConfigFile, 'database' | 'timeZone'> {
  readonly file: string;
  readonly source: { readonly url: string };
  readonly timeZone: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface TerminalEnvironment {
  /** True or false if the environment decides; undefined leaves it to the terminal. */
  readonly color: boolean | undefined;
  /** Width to use if there is no terminal. */
  readonly columns: number | undefined;
  /** Show the stack of an unexpected error. */
  readonly trace: boolean;
}

/** What the shell's environment says about the terminal. */
export function terminalEnvironment(env: Environment = process.env): TerminalEnvironment {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== '';
  const color = env.NO_COLOR ? false : forced ? true : env.TERM === 'dumb' ? false : undefined;
  const columns = Number(env.COLUMNS) || undefined;
  return { color, columns, trace: env.HOLDFAST_TRACE === '1' };
}

/** The user of the process as the operating system knows it: the environment says whatever the shell says. */
export function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in a container.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** A secret that the configuration names: read when it is needed. */
export function variableNamed(name: string, env: Environment = process.env): string | undefined {
  return env[name];
}

/** Another server in the place of all AWS services (tests, air-gapped installations), as the AWS clients read it. */
export function awsEndpoint(env: Environment = process.env): string | undefined {
  return env.AWS_ENDPOINT_URL || undefined;
}

/** The RDS certificates that come with Holdfast: from the sources, and from the bundled command line. */
const PINNED_CA = ['../aws/rds-ca.pem', '../lib/aws/rds-ca.pem'];

/**
 * PEM file of the certificate authorities of a source database on AWS, for work on this machine: that of
 * HOLDFAST_DATABASE_CA, else those of RDS that come with Holdfast. InputError
 * `no-database-ca`: no connection is made to a server whose certificate cannot be verified.
 */
export function databaseCaFile(env: Environment = process.env): string {
  const file = env.HOLDFAST_DATABASE_CA;
  if (file && existsSync(file)) return file;
  const pinned = PINNED_CA.map(place => join(import.meta.dirname, place)).find(existsSync);
  if (!file && pinned !== undefined) return pinned;
  const what = `The file ${file ?? PINNED_CA[0]} does not exist.`;
  throw new InputError('no-database-ca', `The certificate authorities of the database are missing. ${what}`, {
    hint: 'Download global-bundle.pem, which AWS publishes, and set HOLDFAST_DATABASE_CA to its path.',
  });
}

/**
 * The configuration file to use: the given one, else HOLDFAST_CONFIG, else holdfast.yaml in this directory or a parent.
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
    hint: 'Correct the lines above. `holdfast init --print` shows a complete file with every field.',
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
    ...(parsed.contacts !== undefined && { contacts: at(parsed.contacts) }),
    api: { ...parsed.api, exports: at(parsed.api.exports) },
    drills: drillsAt(parsed.drills, at, file, env),
    timeZone: timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function drillsAt(
  { scratch, acceptanceSql, regionVault, regionKeys, ...rest }: ConfigFile['drills'],
  at: (path: string) => string,
  file: string,
  env: Environment,
): ConfigFile['drills'] {
  return {
    ...rest,
    ...(scratch !== undefined && { scratch: checkedUrl(expand(scratch, file, env, 'drills.scratch')) }),
    ...(acceptanceSql !== undefined && { acceptanceSql: at(acceptanceSql) }),
    ...(regionVault !== undefined && { regionVault: at(regionVault) }),
    ...(regionKeys !== undefined && { regionKeys: at(regionKeys) }),
  };
}

/** InputError `no-database-url`, `missing-variable`, `bad-database-url`. */
export function databaseUrl(written: string | undefined, file: string, env: Environment = process.env): string {
  const url = written === undefined ? (env.HOLDFAST_DATABASE_URL ?? env.DATABASE_URL) : expand(written, file, env);
  if (url === undefined || url === '') {
    throw new InputError('no-database-url', 'No database URL is configured.', {
      hint: `Write database.url into ${file}, or set HOLDFAST_DATABASE_URL, for example postgres://user:password@host:5432/database.`,
    });
  }
  return checkedUrl(url);
}

/** A variable that is the entire URL is used unchanged; one inside it (a password) is percent-encoded. */
function expand(written: string, file: string, env: Environment, field = 'database.url'): string {
  const whole = /^\$\{\w+\}$/.test(written);
  return written.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) {
      throw new InputError('missing-variable', `The environment variable ${name} is not set.`, {
        hint: `${field} in ${file} refers to it: set it, or change the reference.`,
        details: { variable: name },
      });
    }
    return whole ? value : encodeURIComponent(value);
  });
}

/** Throws InputError `bad-database-url`. The message omits the URL: it may contain a password. */
export function checkedUrl(url: string): string {
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (scheme === 'postgres:' || scheme === 'postgresql:') return url;
  throw new InputError('bad-database-url', 'The database URL is not a PostgreSQL URL.', {
    hint: 'Write postgres://user:password@host:5432/database, with special characters of the password percent-encoded.',
  });
}

/** Which other database an option names. */
type OtherDatabase = 'INTO' | 'CLUSTER';
const OTHER_OPTIONS: Readonly<Record<OtherDatabase, string>> = { INTO: '--into', CLUSTER: '--cluster-url' };

/**
 * The URL of another database (`--into`, `--cluster-url`), with the password from HOLDFAST_INTO_PASSWORD or from the file in
 * HOLDFAST_INTO_PASSWORD_FILE, or from the same of CLUSTER; without either, the driver uses PGPASSWORD and the password file.
 * InputError `password-on-command-line`: every process on the machine can read the command line, and the shell's history
 * keeps it.
 */
export function otherDatabaseUrl(given: string, which: OtherDatabase = 'INTO', env: Environment = process.env): string {
  const url = new URL(checkedUrl(given));
  const variable = `HOLDFAST_${which}_PASSWORD`;
  if (url.password !== '' || url.searchParams.has('password')) {
    throw new InputError('password-on-command-line', `The URL of ${OTHER_OPTIONS[which]} contains a password.`, {
      hint: `Omit it from the URL: set ${variable}, or ${variable}_FILE to a file that contains it.`,
    });
  }
  const password = env[variable] ?? passwordFrom(env, `${variable}_FILE`);
  if (password === undefined) return given;
  url.password = encodeURIComponent(password);
  return url.href;
}

function passwordFrom(env: Environment, variable: string): string | undefined {
  const file = env[variable];
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new InputError('no-password-file', `The file ${file} of ${variable} cannot be read.`, {
      hint: `Correct the path, or set ${variable.replace(/_FILE$/, '')}.`,
      cause,
    });
  }
}

function noConfig(file: string, cause: unknown): InputError {
  return new InputError('no-config', `Found no configuration at ${file}.`, {
    hint: 'Run `holdfast init --url postgres://…` to create one, or specify one with --config.',
    cause,
    details: { file },
  });
}

/** What the state machine gave the container of a long restore. InputError `bad-function-config` names the variables. */
export function readRestoreTaskInput(env: Environment = process.env): RestoreTaskInput {
  const given = Object.entries(RESTORE_TASK_VARIABLES).map(([member, variable]) => [member, env[variable]]);
  const parsed = RestoreTaskInput.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(issue => RESTORE_TASK_VARIABLES[issue.path[0] as keyof RestoreTaskInput]);
  throw badFunctionConfig('this container', fields.join(', '));
}

/** The configuration that the stacks gave this function. InputError `bad-function-config` names the fields. */
export function readFunctionConfig(env: Environment = process.env): FunctionConfig {
  return configuredBy(FunctionConfig, env);
}

/** The user pool and the client of the console, of a function that answers its requests; undefined with another issuer. */
export function readUserPool(env: Environment = process.env): string | undefined {
  return env[USER_POOL_VARIABLE];
}

/** Likewise, of the function that sends messages. */
export function readDeliveryConfig(env: Environment = process.env): DeliveryConfig {
  return configuredBy(DeliveryConfig, env);
}

function configuredBy<T>(schema: z.ZodType<T>, env: Environment): T {
  const text = env[FUNCTION_CONFIG_VARIABLE];
  const parsed = schema.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(
    issue => `${issue.path.join('.') || FUNCTION_CONFIG_VARIABLE}: ${issue.message}`,
  );
  throw badFunctionConfig('this function', fields.join('; '));
}

function badFunctionConfig(whose: string, fields: string): InputError {
  return new InputError('bad-function-config', `The configuration of ${whose} is missing or not valid: ${fields}.`, {
    hint: 'Deploy the stacks again: they write this variable.',
  });
}

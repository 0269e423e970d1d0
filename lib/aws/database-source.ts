/**
 * The connection URL of the source database: login from Secrets Manager or IAM authentication, always over TLS with the
 * server's name and certificate verified against the RDS certificate authorities. The URL contains a password or token:
 * pass it to lib/postgres only. Open sessions outlive an IAM token or a rotated password; what runs for longer opens
 * new ones through `renew`.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { InputError } from '../domain/errors.ts';
import { faultName, serviceFailure } from './transient.ts';

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** PEM file of the certificate authorities of the database. */
  readonly caFile: string;
}

/** Signs a token for IAM authentication; `Signer` of @aws-sdk/rds-signer, valid 15 minutes. */
export interface TokenSigner {
  getAuthToken(): Promise<string>;
}

export type DatabaseLogin =
  | { readonly secret: string; readonly secrets: SecretsManagerClient }
  | { readonly user: string; readonly signer: TokenSigner };

/** The format of RDS secrets; host, port and database of the configuration take precedence. */
const Secret = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  host: z.string().optional(),
  port: z.coerce.number().int().optional(),
  dbname: z.string().optional(),
});

export interface DatabaseSource {
  readonly url: string;
  /** The URL, read again once it is ten minutes old: an IAM token is valid for fifteen. Throws as databaseSource does. */
  readonly renew: () => Promise<string>;
}

const RENEW_AFTER_MS = 10 * 60 * 1000;

/** StorageError `secret-unreachable`, `token-unreachable`; InputError `bad-secret`. `now`: milliseconds. */
export async function databaseSource(
  address: Partial<DatabaseAddress> & Pick<DatabaseAddress, 'caFile'>,
  login: DatabaseLogin,
  now: () => number = Date.now,
): Promise<DatabaseSource> {
  const first = { url: await databaseUrl(address, login), at: now() };
  let last = first;
  const renew = async () => {
    if (now() - last.at >= RENEW_AFTER_MS) last = { url: await databaseUrl(address, login), at: now() };
    return last.url;
  };
  return { url: first.url, renew };
}

async function databaseUrl(
  address: Partial<DatabaseAddress> & Pick<DatabaseAddress, 'caFile'>,
  login: DatabaseLogin,
): Promise<string> {
  if ('signer' in login) {
    const password = await login.signer.getAuthToken().catch(cause => {
      throw serviceFailure('token-unreachable', 'IAM authentication', cause);
    });
    return toUrl(address, { username: login.user, password });
  }
  const secret = await readSecret(login.secrets, login.secret);
  const { host, port, dbname: database } = secret;
  const known = Object.fromEntries(Object.entries({ host, port, database }).filter(([, value]) => value !== undefined));
  return toUrl({ ...known, ...address }, secret);
}

async function readSecret(secrets: SecretsManagerClient, id: string): Promise<z.infer<typeof Secret>> {
  let text: string | undefined;
  try {
    text = (await secrets.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
  } catch (cause) {
    if (faultName(cause) === 'ResourceNotFoundException') throw badSecret(id, 'does not exist');
    throw serviceFailure('secret-unreachable', 'Secrets Manager', cause);
  }
  try {
    return Secret.parse(JSON.parse(text ?? ''));
  } catch {
    // Without the cause: it would quote the secret.
    throw badSecret(id, 'is not JSON with username and password');
  }
}

function toUrl(address: Partial<DatabaseAddress>, login: { username: string; password: string }): string {
  const { host, port = 5432, database, caFile } = address;
  if (!host || !database || !caFile) {
    throw new InputError('bad-source', 'The address of the source database is incomplete.', {
      hint: 'Set host and database in the configuration or in the secret; caFile is the PEM file of the RDS certificate authorities.',
    });
  }
  const name = encodeURIComponent(login.username);
  const word = encodeURIComponent(login.password);
  const tls = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: caFile });
  return `postgres://${name}:${word}@${host}:${port}/${encodeURIComponent(database)}?${tls}`;
}

function badSecret(id: string, what: string): InputError {
  return new InputError('bad-secret', `The secret ${id} ${what}.`, {
    hint: 'Use the secret that RDS keeps for the database role, with username, password, host, port and dbname.',
  });
}

/**
 * Distinguishes lost or temporarily impossible connections (a restart, a failover, a network that drops packets) from
 * all other database errors. Invariant: these errors are transient, so idempotent work can be retried.
 */
import { SourceError } from '../domain/errors.ts';

/** The likely cause, by SQLSTATE or by the code of the operating system, as a hint. */
const PASSING: Readonly<Record<string, string>> = {
  '57P01': 'The server was shut down, restarted or failed over. The work is retried once the server is back.',
  '57P02': 'A server process crashed and the server restarts. The work is retried after recovery.',
  '57P03': 'The server is starting up, shutting down or recovering. Wait until it accepts connections.',
  '57P05': 'The server ended the session because it was idle.',
  '25P03': 'The server ended the session because its transaction was idle for too long.',
  '25P04': 'The server ended the session because its transaction took too long: check transaction_timeout.',
  '25006':
    'The server is read-only: it is a standby, or the old primary after a failover. Check that the URL points to the primary.',
  '53300':
    'Too many connections: raise max_connections (max_wal_senders where the change log is read), or use fewer elsewhere.',
  ECONNREFUSED: 'No server is listening: it is down or restarting, or the host and port of the database URL are wrong.',
  ECONNRESET: 'The connection was reset: a restart or failover of the server, or a firewall or proxy on the path.',
  ECONNABORTED: 'The connection was aborted by the network.',
  EPIPE: 'The connection was closed by the server, a proxy or a firewall.',
  ETIMEDOUT: 'No answer: the host is down, a firewall drops packets, or the server hangs.',
  EAI_AGAIN: 'The host name could not be resolved temporarily: check DNS.',
  EHOSTUNREACH: 'The host cannot be reached: check the network, security groups and routes.',
  EHOSTDOWN: 'The host is down.',
  ENETUNREACH: 'The network cannot be reached: check the routes and the VPN.',
  ENETDOWN: 'The network is down.',
  ENETRESET: 'The network dropped the connection.',
};

const CONNECTION_CLASS = 'The server, or a proxy or pooler on the path, closed the connection.';

/** Messages of the driver without a code. */
const SAYINGS: readonly (readonly [RegExp, string])[] = [
  [/^timeout expired|^connection timeout/i, 'ETIMEDOUT'],
  [/^Connection terminated|^The server ended the change log|^The connection was closed/, 'ECONNRESET'],
  [/not queryable|^Client was closed/, 'ECONNRESET'],
  [/before secure TLS connection was established/, 'ECONNRESET'],
];

export interface ConnectionFailure {
  /** SQLSTATE, or the operating system's code. */
  readonly code: string;
  /** The likely cause and what to check. */
  readonly hint: string;
}

/** Undefined for other failures. */
export function connectionFailure(error: unknown): ConnectionFailure | undefined {
  // A host with several addresses fails with all of their errors at once.
  if (error instanceof AggregateError) return connectionFailure(error.errors[0]);
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  const known = typeof code === 'string' ? code : SAYINGS.find(([says]) => says.test(message))?.[1];
  if (known === undefined) return undefined;
  const hint = PASSING[known] ?? (/^08...$/.test(known) ? CONNECTION_CLASS : undefined);
  return hint === undefined ? undefined : { code: known, hint };
}

/** SourceError `connection-lost` or `database-read-only`, `retry: auto`; undefined for other failures. */
export function asConnectionLost(error: unknown, doing: string): SourceError | undefined {
  const failure = connectionFailure(error);
  if (failure === undefined) return undefined;
  const [code, says] =
    failure.code === '25006'
      ? (['database-read-only', 'the database accepts no writes'] as const)
      : (['connection-lost', 'the connection to the database was lost'] as const);
  return new SourceError(code, `Failed while ${doing}: ${says} (${failure.code}).`, {
    hint: `${failure.hint} Unfinished work does not count as a backup.`,
    cause: error,
    details: { state: failure.code },
  });
}

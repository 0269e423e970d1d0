/**
 * Options of every AWS client of Holdfast: timeouts, and the SDK's retries by error name. Without a timeout, a silent
 * connection would block a function until the function itself times out.
 */
import type { Credentials, SessionCredentials } from './role-session.ts';

export interface AwsTarget {
  readonly region: string;
  /** Named profile of the shared AWS configuration. Absent: as in the environment. */
  readonly profile?: string;
  /** Another server with the same protocol (tests, air-gapped installations). */
  readonly endpoint?: string;
  /** Fixed, or a function that the client calls at first use and before they expire. */
  readonly credentials?: Credentials | SessionCredentials;
  /** Attempts per request, the first included. */
  readonly maxAttempts?: number;
  /** Milliseconds without a byte before a request is aborted and retried. */
  readonly silenceMs?: number;
}

export interface ClientOptions {
  region: string;
  profile?: string;
  endpoint?: string;
  credentials?: Credentials | SessionCredentials;
  maxAttempts: number;
  retryMode: 'standard';
  requestHandler: { connectionTimeout: number; socketTimeout: number };
}

const SILENCE_MS = 20_000;

/** Options for any client constructor of the SDK. S3 servers other than AWS also need `forcePathStyle`. */
export function clientOptions(target: AwsTarget): ClientOptions {
  const silence = target.silenceMs ?? SILENCE_MS;
  return {
    region: target.region,
    ...(target.profile === undefined ? {} : { profile: target.profile }),
    ...(target.endpoint === undefined ? {} : { endpoint: target.endpoint }),
    ...(target.credentials === undefined ? {} : { credentials: ownCopy(target.credentials) }),
    maxAttempts: target.maxAttempts ?? 6,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: Math.min(5_000, silence),
      socketTimeout: silence,
    },
  };
}

/** The SDK writes the origin of credentials into the object. */
function ownCopy(given: Credentials | SessionCredentials): Credentials | SessionCredentials {
  return typeof given === 'function' ? given : { ...given };
}

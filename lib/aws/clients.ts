/**
 * What every AWS client of Holdfast is made with: bounded waiting and the SDK's retries by error name. Without a
 * timeout a connection that fell silent would hold a function until its own end.
 */
import type { Credentials, SessionCredentials } from './tenant-session.ts';

export interface AwsTarget {
  readonly region: string;
  /** Named profile of the shared AWS configuration. Absent: as the environment says. */
  readonly profile?: string;
  /** Another server that speaks the same protocol (tests, air-gapped installations). */
  readonly endpoint?: string;
  /** Fixed, or asked for when they are needed and before they end. */
  readonly credentials?: Credentials | SessionCredentials;
  /** Attempts in all, per request. */
  readonly maxAttempts?: number;
  /** Milliseconds without a byte before a request is given up and tried again. */
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

/** Options for any client constructor of the SDK. S3 servers other than AWS also want `forcePathStyle`. */
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

/** The SDK notes on credentials where they came from. */
function ownCopy(given: Credentials | SessionCredentials): Credentials | SessionCredentials {
  return typeof given === 'function' ? given : { ...given };
}

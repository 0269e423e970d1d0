/**
 * A session of a role: created on first use, cached, and renewed well before it expires, so that no request uses expired
 * credentials. Invariant: fail closed. If STS refuses, nothing is done, least of all with the caller's own credentials.
 *
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (with role chaining, a session lasts at
 * most one hour)
 */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { StorageError } from '../domain/errors.ts';
import type { Clock } from '../ports.ts';
import { isTransient, retrying, serviceFailure } from './transient.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** An SDK client calls it for credentials: on first use, and within five minutes of their expiration. */
export type SessionCredentials = () => Promise<Credentials>;

export interface RoleSessionOptions {
  readonly sts: STSClient;
  readonly clock: Clock;
}

export interface RoleRequest {
  /** ARN of the role. */
  readonly role: string;
  /** In CloudTrail, every request of the session carries it. */
  readonly name: string;
  /** Narrows what the role allows, as JSON. Absent: the session can do what the role can. */
  readonly policy?: string;
  /** The error if STS refuses. */
  readonly refused: (cause: unknown) => StorageError;
}

/** The maximum with role chaining. */
const SESSION_SECONDS = 3600;
/** Longer than a function runs (15 minutes): the credentials at its start last to its end. */
const RENEW_BEFORE_MS = 20 * 60 * 1000;

/** All callers share one session until it is due for renewal. `refused`; StorageError `session-unreachable`. */
export function roleSession({ sts, clock }: RoleSessionOptions, wanted: RoleRequest): SessionCredentials {
  const request = new AssumeRoleCommand({
    RoleArn: wanted.role,
    RoleSessionName: wanted.name,
    DurationSeconds: SESSION_SECONDS,
    ...(wanted.policy !== undefined && { Policy: wanted.policy }),
  });
  let current: Credentials | undefined;
  let asking: Promise<Credentials> | undefined;

  async function ask(): Promise<Credentials> {
    try {
      const { Credentials: made } = await retrying(() => sts.send(request));
      if (!made?.AccessKeyId || !made.SecretAccessKey || !made.SessionToken || !made.Expiration)
        throw new Error('STS answered without credentials.');
      current = {
        accessKeyId: made.AccessKeyId,
        secretAccessKey: made.SecretAccessKey,
        sessionToken: made.SessionToken,
        expiration: made.Expiration,
      };
      return current;
    } catch (cause) {
      throw isTransient(cause) ? serviceFailure('session-unreachable', 'AWS STS', cause) : wanted.refused(cause);
    }
  }

  return async () => {
    const left = (current?.expiration?.getTime() ?? 0) - clock.now().getTime();
    if (current !== undefined && left > RENEW_BEFORE_MS) return current;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

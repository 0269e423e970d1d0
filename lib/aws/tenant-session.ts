/**
 * A session for one tenant: STS credentials of a role that could reach every tenant, narrowed by a session policy that
 * names exactly this one. A session is created on first use, cached, and renewed well before it expires, so that no
 * request uses expired credentials. Invariant: fail closed. If STS refuses, nothing is done, least of all with the
 * function's own credentials.
 *
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (with role chaining, a session lasts at
 * most one hour)
 */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { StorageError } from '../domain/errors.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { Clock } from '../ports.ts';
import { type SessionScope, sessionPolicy } from './session-policy.ts';
import { faultName, isDenial, isTransient, retrying, serviceFailure } from './transient.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** An SDK client calls it for credentials: on first use, and within five minutes of their expiration. */
export type SessionCredentials = () => Promise<Credentials>;

export interface SessionOptions {
  readonly sts: STSClient;
  readonly scope: SessionScope;
  readonly clock: Clock;
}

/** The maximum with role chaining. */
const SESSION_SECONDS = 3600;
/** Longer than a function runs (15 minutes): the credentials at its start last to its end. */
const RENEW_BEFORE_MS = 20 * 60 * 1000;

/**
 * Credentials for this tenant's objects and keys. All callers share one session until it is due for renewal.
 * StorageError `session-refused`, `session-unreachable`.
 */
export function tenantSession({ sts, scope, clock }: SessionOptions, tenant: TenantRef): SessionCredentials {
  const request = new AssumeRoleCommand({
    RoleArn: scope.role,
    // In CloudTrail, every request for this tenant carries its reference.
    RoleSessionName: tenant,
    DurationSeconds: SESSION_SECONDS,
    Policy: JSON.stringify(sessionPolicy(scope, tenant)),
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
      throw sessionFailure(cause, tenant);
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

function sessionFailure(cause: unknown, tenant: TenantRef): StorageError {
  if (isTransient(cause)) return serviceFailure('session-unreachable', 'AWS STS', cause);
  const fault = faultName(cause);
  return new StorageError('session-refused', `STS refused a session for ${tenant} (${fault}).`, {
    hint: "Nothing was done. Compare the function's role and the session role's trust policy with the stacks.",
    cause,
    settles: isDenial(cause),
    details: { owner: tenant, fault },
  });
}

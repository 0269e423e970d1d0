/**
 * Transient errors, by name, and retries after them. The SDK's own retries cover one request; this covers what they
 * cannot: a body that breaks off while it is read, a conflict between transactions, an eventually consistent state.
 * Errors that are not listed here are not retried.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { CodeOf } from '../domain/error-catalog.ts';
import { StorageError } from '../domain/errors.ts';

/** Error names (AWS) and codes (Node.js) after which the same request may succeed shortly after. */
const TRANSIENT = new Set([
  // Throttling
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  // The service
  'DependencyTimeoutException',
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'KMSInternalException',
  'KeyUnavailableException',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  // A concurrent write of the same item
  'ConditionalRequestConflict',
  'OperationAborted',
  'TransactionConflictException',
  'TransactionInProgressException',
  // The network
  'IncompleteBody',
  'TimeoutError',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);
const TRANSIENT_STATUS = new Set([429, 500, 502, 503, 504]);

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** The fields of an SDK or Node.js error that identify it. */
interface ServiceFault {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** The error's name in the spelling of AWS or Node.js; `unknown` for anything that is not an error. */
export function faultName(error: unknown): string {
  const { name, code } = (error ?? {}) as ServiceFault;
  return name === undefined || name === 'Error' ? (code ?? name ?? 'unknown') : name;
}

export function faultStatus(error: unknown): number | undefined {
  return ((error ?? {}) as ServiceFault).$metadata?.httpStatusCode;
}

export function isTransient(error: unknown): boolean {
  const { name, code, message } = (error ?? {}) as ServiceFault;
  return (
    TRANSIENT.has(name ?? '') ||
    TRANSIENT.has(code ?? '') ||
    TRANSIENT_STATUS.has(faultStatus(error) ?? 0) ||
    message === 'aborted'
  );
}

/**
 * Runs the work and retries it after transient errors, with at most `attempts` attempts in total and full jitter between 0
 * and a bound that doubles from 50 ms to 5 s. Throws the last error unchanged.
 */
export async function retrying<T>(
  work: (attempt: number) => Promise<T>,
  options: { attempts?: number; also?: (error: unknown) => boolean } = {},
): Promise<T> {
  const attempts = options.attempts ?? 6;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      const passes = isTransient(error) && !wasRepeated(error);
      if (attempt >= attempts || !(passes || options.also?.(error))) throw error;
    }
    await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
  }
}

/** The SDK has already retried this request as often as its client allows. */
function wasRepeated(error: unknown): boolean {
  return (((error ?? {}) as ServiceFault).$metadata?.attempts ?? 1) > 1;
}

/**
 * A denial. Minutes after a deployment it may only mean that a new role, policy or alias is not effective everywhere yet;
 * a caller that can wait for that (Step Functions, five minutes) does, and later the same error is a refusal.
 *
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency,
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html (aliases: five minutes)
 */
export function isDenial(error: unknown): boolean {
  return /^AccessDenied/.test(faultName(error));
}

/**
 * Maps a service's error to ours: retry `auto` if it is transient. `code` names the role of the service; `settles`: whether
 * the error may end by itself within minutes of a deployment.
 */
export function serviceFailure(
  code: CodeOf<'storage'>,
  service: string,
  cause: unknown,
  settles = isDenial(cause),
): StorageError {
  const fault = faultName(cause);
  const passes = isTransient(cause);
  return new StorageError(code, `${service} refused or failed the request (${fault}).`, {
    hint: passes
      ? 'The error is transient: run the same command again. If it persists, check the AWS Health Dashboard and the service quotas.'
      : 'Check the permissions of the role that Holdfast uses and the names in its configuration.',
    retry: passes ? 'auto' : 'operator',
    settles,
    cause,
    details: { fault, status: faultStatus(cause) ?? null },
  });
}

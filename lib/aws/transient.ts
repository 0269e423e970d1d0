/**
 * Which faults pass by themselves, by name, and trying again after them. The SDK's own retries cover one request; this
 * covers what they cannot: a body that breaks off while it is read, a conflict between transactions, an eventually
 * consistent state. Anything that is not named here is not tried again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { CodeOf } from '../domain/error-catalog.ts';
import { StorageError } from '../domain/errors.ts';

/** Error names (AWS) and codes (Node.js) that say: the same request may succeed in a moment. */
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
  // Somebody else was writing the same thing at that moment
  'ConditionalRequestConflict',
  'OperationAborted',
  'TransactionConflictException',
  'TransactionInProgressException',
  // The way there and back
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

/** The parts of an SDK or Node.js error that say what it was. */
interface ServiceFault {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** The error's name as AWS or Node.js spell it; `unknown` for what is not an error. */
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
 * Does the work, again after transient faults, at most `attempts` times in all, with full jitter between 0 and a bound
 * that doubles from 50 ms to 5 s. The last fault is thrown as it came.
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

/** The SDK has already tried this request as often as its client allows. */
function wasRepeated(error: unknown): boolean {
  return (((error ?? {}) as ServiceFault).$metadata?.attempts ?? 1) > 1;
}

/** A fault of a service as ours: retry `auto` where it passes by itself. `code` names the service's part here. */
export function serviceFailure(code: CodeOf<'storage'>, service: string, cause: unknown): StorageError {
  const fault = faultName(cause);
  const passes = isTransient(cause);
  return new StorageError(code, `${service} did not do what was asked (${fault}).`, {
    hint: passes
      ? 'This passes by itself: run the same command again. If it stays, look at the AWS Health Dashboard and the service quotas.'
      : 'Check the role that Holdfast runs under and the names in its configuration.',
    retry: passes ? 'auto' : 'operator',
    cause,
    details: { fault, status: faultStatus(cause) ?? null },
  });
}

/** What AWS refuses a person at a terminal: said so that they know what to do, where a function would only fail. */
import { faultName, serviceFailure } from '../aws/transient.ts';
import { HoldfastError, InputError } from '../domain/errors.ts';

/** The service's refusal as ours: a person at a terminal has other troubles than a function. */
export async function asking<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    if (NO_CREDENTIALS.has(faultName(cause))) {
      throw new InputError('no-credentials', `AWS does not accept the credentials (${faultName(cause)}).`, {
        hint: 'Log in (`aws sso login`), and name the profile with --profile.',
        cause,
      });
    }
    if (/AccessDenied/.test(faultName(cause))) {
      throw new InputError('not-allowed', `These credentials may not ask for ${what}.`, {
        hint: 'Attach the policy NAME-operator (or NAME-approver for approvals), which the recovery stack makes.',
        cause,
      });
    }
    throw serviceFailure('aws-unreachable', 'AWS', cause);
  }
}

const NO_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
]);

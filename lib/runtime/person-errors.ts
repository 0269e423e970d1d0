/** Turns what AWS refuses a person at a terminal into errors that say what to do. */
import { faultName, serviceFailure } from '../aws/transient.ts';
import { HoldfastError, InputError } from '../domain/errors.ts';

/** Maps the service's refusal to our errors; a person at a terminal needs other hints than a function. */
export async function mapForPerson<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    if (NO_CREDENTIALS.has(faultName(cause))) {
      throw new InputError('no-credentials', `AWS rejected the credentials (${faultName(cause)}).`, {
        hint: 'Log in (`aws sso login`), and select the profile with --profile.',
        cause,
      });
    }
    if (/AccessDenied/.test(faultName(cause))) {
      throw new InputError('not-allowed', `These credentials do not allow ${what}.`, {
        hint: 'Attach the policies NAME-operator and NAME-workflows (or NAME-approver for approvals) of the recovery stack.',
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

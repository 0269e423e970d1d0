/** A person closes an open failure that nothing will mend, or that needs no more attention. */
import { InputError } from '../../domain/errors.ts';
import type { OpenFailure } from '../../domain/open-failure.ts';
import { closeFailure, type FailureDeps, findFailure } from './open-failures.ts';

export interface Acknowledgement {
  /** Of the failure, as listed. */
  readonly id: string;
  /** When the occurrence happened that the person saw: a later one stays open. */
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

/** Twice has the effect of once. InputError `unknown-failure`. */
export async function acknowledgeFailure(deps: FailureDeps, given: Acknowledgement): Promise<OpenFailure> {
  const { id, at, by, reason } = given;
  const found = await findFailure(deps, id);
  if (found?.failure.at === at) {
    const { failure } = found;
    if (failure.closed || (await closeFailure(deps, found, by, reason))) return failure;
  }
  throw new InputError('unknown-failure', 'No failure with this id and time is open.', {
    hint: '`holdfast --profile PROFILE failures` lists the open ones: it may have been mended, or have happened again.',
  });
}

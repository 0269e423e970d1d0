/**
 * A Holdfast error in Step Functions: the function throws its document as JSON text under one of the names of
 * WORKFLOW_ERRORS, and Lambda puts that into the `Cause` of the step, as the errorMessage of its own JSON text.
 */
import * as z from 'zod';

const ToldFailure = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  details: z.record(z.string(), z.unknown()).default({}),
});
export type ToldFailure = z.infer<typeof ToldFailure>;
/** A HoldfastError is one. */
type Failure = z.input<typeof ToldFailure>;

/** What a function throws. */
export function failureText({ code, message, hint, details = {} }: Failure): string {
  return JSON.stringify({ code, message, hint, details });
}

/** The cause of a step whose function threw this: to fail a step in place of its function. */
export function causeOf(error: Failure): string {
  return JSON.stringify({ errorMessage: failureText(error) });
}

/** Undefined if the cause is not from Holdfast. */
export function readCause(cause: string | undefined): ToldFailure | undefined {
  try {
    const { errorMessage } = z.object({ errorMessage: z.string() }).parse(JSON.parse(cause ?? ''));
    return ToldFailure.parse(JSON.parse(errorMessage));
  } catch {
    return undefined;
  }
}

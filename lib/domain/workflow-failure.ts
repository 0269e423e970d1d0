/**
 * An error of ours as it passes through Step Functions: the function throws its document as JSON text under one of the names
 * of WORKFLOW_ERRORS, and Lambda puts that into the `Cause` of the step, as the errorMessage of a JSON text of its own.
 */
import { z } from 'zod';

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

/** The cause that a step has when its function threw this: for whoever fails a step in a function's place. */
export function causeOf(error: Failure): string {
  return JSON.stringify({ errorMessage: failureText(error) });
}

/** Undefined where the cause is not one of ours. */
export function readCause(cause: string | undefined): ToldFailure | undefined {
  try {
    const { errorMessage } = z.object({ errorMessage: z.string() }).parse(JSON.parse(cause ?? ''));
    return ToldFailure.parse(JSON.parse(errorMessage));
  } catch {
    return undefined;
  }
}

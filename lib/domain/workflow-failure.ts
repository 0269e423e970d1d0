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

const ENDED: Readonly<Record<string, { readonly code: string; readonly message: string }>> = {
  TIMED_OUT: { code: 'execution-timed-out', message: 'The execution timed out.' },
  ABORTED: { code: 'execution-aborted', message: 'The execution was stopped.' },
};

/** An execution as a step that waited for it describes it, where it did not succeed. */
const EndedExecution = z.object({ Status: z.string(), Error: z.string().optional(), Cause: z.string().optional() });

/**
 * Why an execution that a state machine waited for did not succeed; or the step's own error, where none was started. No
 * text of AWS is passed on.
 */
export function failureOfExecution(error: { readonly Error: string; readonly Cause?: string | undefined }): {
  readonly code: string;
  readonly message: string;
} {
  const ended = executionIn(error.Cause);
  const told = readCause(ended?.Cause ?? error.Cause);
  if (told) return { code: told.code, message: told.message };
  const name = ended?.Error ?? error.Error;
  const status = name === 'States.Timeout' ? 'TIMED_OUT' : ended?.Status;
  return ENDED[status ?? ''] ?? { code: 'execution-failed', message: `The execution failed (${name}).` };
}

function executionIn(cause: string | undefined): z.infer<typeof EndedExecution> | undefined {
  try {
    return EndedExecution.parse(JSON.parse(cause ?? ''));
  } catch {
    return undefined;
  }
}

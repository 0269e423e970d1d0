/**
 * The classes of errors, and how each reaches its caller: exit code in the shell, error name in Step Functions, HTTP
 * status. The catalogue (error-catalog.ts) assigns every error code to a class.
 */

/** Who can retry: `auto` the caller at once, `operator` a person after following the hint, `never` no one. */
export type Retry = 'auto' | 'operator' | 'never';
/** `depends`: set where the error is thrown (the fault of a service may be transient or not), else `operator`. */
type RetryRule = Retry | 'depends';

/**
 * Names under which a function's errors reach the state machine that called it. Step Functions matches errors by exact
 * name, so every HoldfastError is thrown under the one of these that says what to do about it.
 */
export const WORKFLOW_ERRORS = {
  /** Transient error: the state machine retries with backoff. */
  tryAgain: 'Holdfast.TryAgain',
  /**
   * A right, key or alias that may have been made minutes ago, which AWS applies only in time: the state machine retries
   * for five minutes, and then it is a refusal.
   */
  settling: 'Holdfast.Settling',
  /** Stored data does not match its manifest: never retried, alarms at once. */
  integrity: 'Holdfast.Integrity',
  /** The live rows changed, or they conflict with the restore: a person decides. */
  conflict: 'Holdfast.Conflict',
  /** Everything else that Holdfast refuses: the message says why, the hint what to do. */
  refused: 'Holdfast.Refused',
} as const;

interface KindFacts {
  /** Name of the class in lib/domain/errors.ts: `kind` of the JSON document. */
  readonly className: string;
  readonly meaning: string;
  readonly exitCode: number;
  readonly httpStatus: number;
  /** Absent: `tryAgain` where the error retries by itself, `settling` where it may settle, else `refused`. */
  readonly workflowError?: (typeof WORKFLOW_ERRORS)[keyof typeof WORKFLOW_ERRORS];
}

export const ERROR_KINDS = {
  input: {
    className: 'InputError',
    meaning: 'The request, configuration or tenant model is not valid; nothing was done.',
    exitCode: 2,
    httpStatus: 400,
  },
  integrity: {
    className: 'IntegrityError',
    meaning: 'Stored bytes are missing, truncated, altered, moved or cannot be opened. Nothing was written.',
    exitCode: 3,
    httpStatus: 409,
    workflowError: WORKFLOW_ERRORS.integrity,
  },
  target: {
    className: 'TargetError',
    meaning: 'The recovery target cannot be reached (before the window, in a gap, in the future).',
    exitCode: 4,
    httpStatus: 409,
  },
  source: {
    className: 'SourceError',
    meaning: 'The source database refuses the work or is not set up for it (role, privileges, settings, slot).',
    exitCode: 5,
    httpStatus: 409,
  },
  conflict: {
    className: 'ConflictError',
    meaning: 'The live rows changed, or they conflict with the restore; nothing was written.',
    exitCode: 6,
    httpStatus: 409,
    workflowError: WORKFLOW_ERRORS.conflict,
  },
  storage: {
    className: 'StorageError',
    meaning: 'The vault, keyring or catalog refused or failed (disk full, locked object, lost race).',
    exitCode: 7,
    httpStatus: 409,
  },
  outcome: {
    className: 'HoldfastError',
    meaning: 'Work in another process failed; its own errors give the reason.',
    exitCode: 1,
    httpStatus: 409,
  },
} as const satisfies Readonly<Record<string, KindFacts>>;
export type ErrorKind = keyof typeof ERROR_KINDS;

/** What holds for an error code wherever it is thrown; the hint of each error is specific to its place. */
export interface ErrorFacts<K extends ErrorKind = ErrorKind> {
  /** Usually one; several where the fault can be in the request and in what it refers to. */
  readonly kinds: readonly K[];
  readonly retry: RetryRule;
  readonly meaning: string;
  readonly remedy: string;
}

type Describe<K extends ErrorKind> = (meaning: string, remedy: string) => ErrorFacts<K>;

/** Builders of catalogue entries, by who can retry. */
export function errorsOf<K extends ErrorKind>(...kinds: readonly K[]): Readonly<Record<RetryRule, Describe<K>>> {
  const by =
    (retry: RetryRule): Describe<K> =>
    (meaning, remedy) => ({ kinds, retry, meaning, remedy });
  return { auto: by('auto'), operator: by('operator'), never: by('never'), depends: by('depends') };
}

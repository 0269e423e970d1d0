/**
 * The classes of failure, and what each means to whoever is told: the shell (exit code), Step Functions (error name),
 * HTTP (status). An error code belongs to a class in the catalogue (error-catalog.ts).
 */

/** Who may try again: `auto` the caller at once, `operator` a person after following the hint, `never` nobody. */
export type Retry = 'auto' | 'operator' | 'never';
/** `depends`: the place that throws knows (a fault of a service may pass by itself or not); `operator` where it does not say. */
type RetryRule = Retry | 'depends';

/**
 * Names under which a function's errors reach the state machine that called it. Step Functions matches errors by exact
 * name, so every HoldfastError is thrown under the one of these that says what to do about it.
 */
export const WORKFLOW_ERRORS = {
  /** Passing trouble: the state machine tries again with backoff. */
  tryAgain: 'Holdfast.TryAgain',
  /** Stored data is not what its manifest says: never retried, alarms at once. */
  integrity: 'Holdfast.Integrity',
  /** The live rows changed, or a conflict stands in the way: a person decides. */
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
  /** Absent: `tryAgain` where the error retries by itself, else `refused`. */
  readonly workflowError?: (typeof WORKFLOW_ERRORS)[keyof typeof WORKFLOW_ERRORS];
}

export const ERROR_KINDS = {
  input: {
    className: 'InputError',
    meaning: 'The request, configuration or tenant model is wrong; nothing was done.',
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
    meaning: 'The source database refuses or does not fit (role, privileges, settings, slot).',
    exitCode: 5,
    httpStatus: 409,
  },
  conflict: {
    className: 'ConflictError',
    meaning: 'The live rows changed, or a conflict stands in the way; nothing was written.',
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
    meaning: 'Work that ran elsewhere ended without success; its own errors say why.',
    exitCode: 1,
    httpStatus: 409,
  },
} as const satisfies Readonly<Record<string, KindFacts>>;
export type ErrorKind = keyof typeof ERROR_KINDS;

/** What is known of an error code wherever it is thrown; what to do in one place is that place's hint. */
export interface ErrorFacts<K extends ErrorKind = ErrorKind> {
  /** One; several where one thing can be wrong with a request and with what it asks for. */
  readonly kinds: readonly K[];
  readonly retry: RetryRule;
  readonly meaning: string;
  readonly remedy: string;
}

type Describe<K extends ErrorKind> = (meaning: string, remedy: string) => ErrorFacts<K>;

/** Writes entries of the catalogue, by who may retry. */
export function errorsOf<K extends ErrorKind>(...kinds: readonly K[]): Readonly<Record<RetryRule, Describe<K>>> {
  const by =
    (retry: RetryRule): Describe<K> =>
    (meaning, remedy) => ({ kinds, retry, meaning, remedy });
  return { auto: by('auto'), operator: by('operator'), never: by('never'), depends: by('depends') };
}

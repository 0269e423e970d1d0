/**
 * Every failure that Holdfast itself reports. The message says what failed and where, the hint what to do, the code who
 * can retry (error-catalog.ts). Errors never contain row values, keys, secrets or passwords: messages name tables,
 * object keys, LSNs and counts only.
 */
import { type CodeOf, ERROR_CATALOG, type ErrorCode } from './error-catalog.ts';
import { ERROR_KINDS, type ErrorKind, type Retry, WORKFLOW_ERRORS } from './error-kind.ts';

interface ErrorDetails {
  /** What to do in this situation, in one or two sentences. */
  readonly hint: string;
  /** Only for codes whose `retry` is `depends`. */
  readonly retry?: Retry;
  readonly cause?: unknown;
  /** Whether the refusal may end by itself within minutes of a deployment. Default: false. */
  readonly settles?: boolean;
  /** Machine-readable particulars (object key, LSNs, table names, counts); shown by `--json`. No row values. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Thrown itself only for the class `outcome`: work in another process that failed. */
export class HoldfastError extends Error {
  readonly kind: ErrorKind = 'outcome';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retry: Retry;
  readonly settles: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorDetails) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.retry = retryOf(code, options.retry);
    this.settles = options.settles ?? false;
    this.details = options.details ?? {};
  }
}

export class InputError extends HoldfastError {
  override readonly kind = 'input';

  constructor(code: CodeOf<'input'>, message: string, options: ErrorDetails) {
    super(code, message, options);
  }
}

export class IntegrityError extends HoldfastError {
  override readonly kind = 'integrity';

  constructor(code: CodeOf<'integrity'>, message: string, options: ErrorDetails) {
    super(code, message, options);
  }
}

export class TargetError extends HoldfastError {
  override readonly kind = 'target';

  constructor(code: CodeOf<'target'>, message: string, options: ErrorDetails) {
    super(code, message, options);
  }
}

export class SourceError extends HoldfastError {
  override readonly kind = 'source';

  constructor(code: CodeOf<'source'>, message: string, options: ErrorDetails) {
    super(code, message, options);
  }
}

export class ConflictError extends HoldfastError {
  override readonly kind = 'conflict';

  constructor(code: CodeOf<'conflict'>, message: string, options: ErrorDetails) {
    super(code, message, options);
  }
}

export class StorageError extends HoldfastError {
  override readonly kind = 'storage';

  constructor(code: CodeOf<'storage'>, message: string, options: ErrorDetails) {
    super(code, message, options);
  }
}

const CLASSES = {
  input: InputError,
  integrity: IntegrityError,
  target: TargetError,
  source: SourceError,
  conflict: ConflictError,
  storage: StorageError,
  outcome: HoldfastError,
} as const;

/** An error as another process of Holdfast reported it. */
type Reported = Pick<HoldfastError, 'message' | 'hint'> & { readonly code: string } & Pick<
    ErrorDetails,
    'details' | 'cause'
  >;

/** The error of another process, of any version: its code is kept even where the catalogue does not have it. */
export function reportedError(kind: ErrorKind, { code, message, ...rest }: Reported): HoldfastError {
  const Kind = CLASSES[kind] as typeof HoldfastError;
  return new Kind(code as ErrorCode, message, rest);
}

/** The error name that Step Functions matches. */
export function workflowErrorOf({ kind, retry, settles }: Pick<HoldfastError, 'kind' | 'retry' | 'settles'>): string {
  const facts = ERROR_KINDS[kind];
  if ('workflowError' in facts) return facts.workflowError;
  if (retry === 'auto') return WORKFLOW_ERRORS.tryAgain;
  return settles ? WORKFLOW_ERRORS.settling : WORKFLOW_ERRORS.refused;
}

function retryOf(code: ErrorCode, thrown: Retry | undefined): Retry {
  const rule = ERROR_CATALOG[code]?.retry ?? 'depends';
  return rule === 'depends' ? (thrown ?? 'operator') : rule;
}

/**
 * Every failure that Holdfast itself reports. An error says what was wrong and where, carries a hint that says what to
 * do, and says who may retry. It never carries row values, keys, secrets or passwords: messages name tables, object
 * keys, LSNs and counts only.
 */

/** Who may try again: `auto` the caller at once, `operator` a person after following the hint, `never` nobody. */
export type Retry = 'auto' | 'operator' | 'never';

export interface ErrorDetails {
  /** What to do about it, as one or two sentences. */
  readonly hint: string;
  readonly retry?: Retry;
  readonly cause?: unknown;
  /** Machine-readable particulars (object key, LSNs, table names, counts); shown by `--json`. No row values. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export class HoldfastError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly retry: Retry;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: ErrorDetails) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.retry = options.retry ?? 'operator';
    this.details = options.details ?? {};
  }
}

/** The request, configuration or tenant model is wrong; nothing was done. Exit code 2. */
export class InputError extends HoldfastError {}

/** Stored bytes are missing, truncated, altered, moved or cannot be opened. Nothing was written. Exit code 3. */
export class IntegrityError extends HoldfastError {}

/** The recovery target cannot be reached (before the window, in a gap, in the future). Exit code 4. */
export class TargetError extends HoldfastError {}

/** The source database refuses or does not fit (role, privileges, settings, slot). Exit code 5. */
export class SourceError extends HoldfastError {}

/** The live rows changed, or a conflict stands in the way; nothing was written. Exit code 6. */
export class ConflictError extends HoldfastError {}

/** The vault, keyring or catalog refused or failed (disk full, locked object, lost race). Exit code 7. */
export class StorageError extends HoldfastError {}

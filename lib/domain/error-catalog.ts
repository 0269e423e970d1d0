/**
 * All error codes: class, who can retry, meaning and remedy. The constructors of errors.ts accept no other code,
 * docs/errors.md is generated from here, and exit codes, Step Functions error names and HTTP statuses follow from the
 * class (error-kind.ts). Invariant: a code never changes its meaning, since scripts match it.
 */
import { API } from './error-catalog/api.ts';
import { ASKED } from './error-catalog/asked.ts';
import { CONFLICTS } from './error-catalog/conflicts.ts';
import { SET_UP } from './error-catalog/set-up.ts';
import { SOURCE } from './error-catalog/source.ts';
import { STORAGE } from './error-catalog/storage.ts';
import { STORED } from './error-catalog/stored.ts';
import type { ErrorFacts, ErrorKind } from './error-kind.ts';

const ENTRIES = { ...SET_UP, ...API, ...ASKED, ...STORED, ...SOURCE, ...CONFLICTS, ...STORAGE };

export type ErrorCode = keyof typeof ENTRIES;

/** The error codes of a class. */
export type CodeOf<K extends ErrorKind> = {
  [C in ErrorCode]: K extends (typeof ENTRIES)[C]['kinds'][number] ? C : never;
}[ErrorCode];

export const ERROR_CATALOG: Readonly<Record<ErrorCode, ErrorFacts>> = ENTRIES;

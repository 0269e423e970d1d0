/**
 * Every error code that Holdfast has: its class, who may retry, what it means and what to do. The constructors of
 * errors.ts take no other code; docs/errors.md is written from here; exit codes, error names of Step Functions and HTTP
 * statuses follow from the class (error-kind.ts). Invariant: a code keeps its meaning for ever, since scripts match it.
 */
import { ASKED } from './error-catalog/asked.ts';
import { CONFLICTS } from './error-catalog/conflicts.ts';
import { SET_UP } from './error-catalog/set-up.ts';
import { SOURCE } from './error-catalog/source.ts';
import { STORAGE } from './error-catalog/storage.ts';
import { STORED } from './error-catalog/stored.ts';
import type { ErrorFacts, ErrorKind } from './error-kind.ts';

const ENTRIES = { ...SET_UP, ...ASKED, ...STORED, ...SOURCE, ...CONFLICTS, ...STORAGE };

export type ErrorCode = keyof typeof ENTRIES;

/** The codes of a class. */
export type CodeOf<K extends ErrorKind> = {
  [C in ErrorCode]: K extends (typeof ENTRIES)[C]['kinds'][number] ? C : never;
}[ErrorCode];

export const ERROR_CATALOG: Readonly<Record<ErrorCode, ErrorFacts>> = ENTRIES;

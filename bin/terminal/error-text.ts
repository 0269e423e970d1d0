/** Errors for people (text), for programs (JSON) and for shells (exit codes by class). */

import { ERROR_KINDS } from '../../lib/domain/error-kind.ts';
import { HoldfastError } from '../../lib/domain/errors.ts';
import { knownError } from '../../lib/operations/known-error.ts';
import type { Style } from './style.ts';

/** A restore that succeeded and excluded tables by name. */
export const PARTIAL_EXIT_CODE = 8;

/** Interrupted at a question: as shells report SIGINT. */
const INTERRUPTED_EXIT_CODE = 130;

/** 1 is an internal error. */
export function exitCodeOf(cause: unknown): number {
  const error = knownError(cause);
  if (error instanceof HoldfastError && error.code === 'interrupted') return INTERRUPTED_EXIT_CODE;
  return error instanceof HoldfastError ? ERROR_KINDS[error.kind].exitCode : 1;
}

export function renderError(cause: unknown, style: Style): string {
  const error = knownError(cause);
  if (error instanceof HoldfastError) {
    const hint = error.hint === '' ? '' : `${style.accent('hint:')} ${error.hint}\n`;
    return `${style.bad('error:')} ${error.message} ${style.dim(`[${error.code}]`)}\n${hint}`;
  }
  return `${style.bad('error:')} ${unexpected(error)} ${style.dim('[unexpected]')}\n${style.accent('hint:')} This is a bug in Holdfast. Run the command again with HOLDFAST_TRACE=1 and report the output.\n`;
}

export function errorDocument(cause: unknown): object {
  const error = knownError(cause);
  if (error instanceof HoldfastError) {
    const { code, message, hint, retry, details } = error;
    return { error: { code, kind: error.name, message, hint, retry, details } };
  }
  return {
    error: {
      code: 'unexpected',
      kind: 'Error',
      message: unexpected(error),
      hint: 'This is a bug in Holdfast.',
      retry: 'operator',
      details: {},
    },
  };
}

function unexpected(error: unknown): string {
  return (error as { message?: string } | undefined)?.message ?? String(error);
}

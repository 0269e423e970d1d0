/**
 * Errors as problem documents (RFC 9457), with the codes and hints that the command line has. Invariant: what is not an error
 * of Holdfast's own says nothing but that it happened.
 */
// Schemas that are made before it have no name in the document.
import '@hono/zod-openapi';
import * as z from 'zod';
import { ERROR_KINDS } from '../domain/error-kind.ts';
import { HoldfastError } from '../domain/errors.ts';
import { knownError } from '../operations/known-error.ts';

export const Problem = z.object({
  type: z.string().describe('`urn:holdfast:error:CODE`; docs/errors.md lists the codes.'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string(),
  retry: z.enum(['auto', 'operator', 'never']),
  details: z.record(z.string(), z.unknown()),
});
export type Problem = z.infer<typeof Problem>;

/** Codes whose HTTP status is not that of their class. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'not-signed-in': 401,
  'not-permitted': 403,
  'own-request': 403,
  'other-origin': 403,
  'preview-of-another': 403,
  'unknown-tenant': 404,
  'unknown-request': 404,
  'unknown-restore': 404,
  'unknown-execution': 404,
  'unknown-preview': 404,
  'no-such-route': 404,
  'key-reused': 409,
  'request-too-large': 413,
  'too-many-requests': 429,
};

/** `status` 500 with the code `unexpected` for what is a fault of Holdfast. */
export function problemOf(cause: unknown): Problem {
  const error = knownError(cause);
  if (!(error instanceof HoldfastError)) {
    return {
      ...{ type: 'urn:holdfast:error:unexpected', title: 'A fault of Holdfast', status: 500, code: 'unexpected' },
      detail: 'Holdfast failed in a way that it does not know.',
      hint: 'Look into the log of the server, and report it.',
      ...{ retry: 'operator', details: {} },
    };
  }
  const { code, message, hint, retry, details } = error;
  const facts = ERROR_KINDS[error.kind];
  return {
    ...{ type: `urn:holdfast:error:${code}`, title: facts.meaning, status: STATUS_BY_CODE[code] ?? facts.httpStatus },
    ...{ detail: message, code, hint, retry, details: { ...details } },
  };
}

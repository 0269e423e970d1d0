/**
 * Errors as problem documents (RFC 9457), with the codes and hints that the command line has. Invariant: what is not an error
 * of Holdfast's own says nothing but that it happened.
 */
// Its zod names schemas in the document: one made before it was loaded could not be named.
import { z } from '@hono/zod-openapi';
import { ERROR_CATALOG, type ErrorCode } from '../domain/error-catalog.ts';
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
  'issuer-unreachable': 503,
  'no-own-tenant': 403,
  'not-permitted': 403,
  'own-request': 403,
  'other-sign-in': 403,
  'other-origin': 403,
  'preview-of-another': 403,
  'unknown-tenant': 404,
  'unknown-request': 404,
  'unknown-approval': 404,
  'unknown-restore': 404,
  'unknown-evidence': 404,
  'unknown-execution': 404,
  'unknown-matter': 404,
  'unknown-preview': 404,
  'unknown-alarm': 404,
  'unknown-drill': 404,
  'unknown-report': 404,
  'no-such-route': 404,
  'key-reused': 409,
  'quota-used': 429,
  'request-too-large': 413,
  'too-many-requests': 429,
  'route-not-on-aws': 501,
};

/** Classes of errors that are about what was asked. Others name servers, roles and objects of the installation. */
const SAID_TO_TENANTS: ReadonlySet<string> = new Set(['input', 'target', 'conflict']);
const UNSAID = 'This could not be done right now. The operators can see why.';
const UNSAID_HINT = 'Try again later, or ask the operators.';

/** The error as the administrator of a tenant may read it: of what is not about the request, that it happened. */
export function saidToTenant(cause: unknown): unknown {
  const error = knownError(cause);
  if (!(error instanceof HoldfastError) || SAID_TO_TENANTS.has(error.kind)) return error;
  // The log of the server needs what it was.
  return new HoldfastError(error.code, UNSAID, { hint: UNSAID_HINT, cause: error });
}

/** The same of a problem that was kept. */
export function problemForTenant(problem: Problem): Problem {
  const kinds = ERROR_CATALOG[problem.code as ErrorCode]?.kinds ?? [];
  const isSaid = kinds.length > 0 && kinds.every(kind => SAID_TO_TENANTS.has(kind));
  return isSaid ? problem : { ...problem, detail: UNSAID, hint: UNSAID_HINT, details: {} };
}

/** `status` 500 with the code `unexpected` for what is a fault of Holdfast. */
export function problemDocument(cause: unknown): Problem {
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

/**
 * The API as the pages call it: typed by its document, with its problems as errors. Invariant: a request that changes
 * something carries a key of its own, so that sending it again does it once; where people sign in,
 * each request carries their token, and goes to this site alone.
 */
import createClient from 'openapi-fetch';
import { currentSession } from '../sign-in/current.ts';
import type { paths } from './paths.ts';

/** A problem document of the API (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
}

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export const api = createClient<paths>({ baseUrl: '/api' });

api.use({
  async onRequest({ request }) {
    if (request.method === 'POST' && !request.headers.has('idempotency-key'))
      request.headers.set('idempotency-key', crypto.randomUUID());
    const token = await currentSession()?.token();
    if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`);
    return request;
  },
  async onResponse({ response }) {
    if (response.status === 401) await currentSession()?.refused(`${location.pathname}${location.search}`);
  },
});

/** The answer, or an ApiError. */
export async function answer<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked.catch(() => {
    throw new ApiError(UNREACHABLE);
  });
  if (data !== undefined) return data;
  throw new ApiError(isProblem(error) ? error : { ...UNREACHABLE, status: response.status });
}

const UNREACHABLE: Problem = {
  ...{ status: 0, code: 'unreachable', title: 'No answer' },
  detail: 'The server of the console does not answer.',
  hint: 'Check that it is still running, and try again.',
};

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}

/**
 * The API for tokens, as browsers of other sites see it: below /api, for configured origins alone, without credentials; and
 * the web component that calls it. Invariants: an answer names the origin that asked, never a wildcard; nothing that a
 * browser sends by itself counts.
 */
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { InputError } from '../domain/errors.ts';
import { problemDocument } from './problem.ts';

export const COMPONENT_PATH = '/component/holdfast-safety.js';
const PREFLIGHT_SECONDS = 600;

export interface TokenSite {
  /** Such as `https://app.example.com`. */
  readonly origins: readonly string[];
  /** The script of the web component; undefined where it was not built. */
  readonly component: (() => Promise<Uint8Array>) | undefined;
}

const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

export function tokenSite(
  api: { fetch(request: Request): Response | Promise<Response> },
  { origins, component }: TokenSite,
): Hono {
  const site = new Hono();
  site.use('*', async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  });
  site.use('/api/*', async (c, next) => {
    const origin = c.req.header('origin');
    if (origin === undefined || origins.includes(origin)) return next();
    const problem = problemDocument(
      new InputError('other-origin', 'The pages of this origin may not call the API.', {
        hint: 'Name it in `api.origins` of the configuration.',
      }),
    );
    return c.body(JSON.stringify(problem), problem.status as 403, { 'content-type': 'application/problem+json' });
  });
  site.use(
    '/api/*',
    cors({
      origin: origin => (origins.includes(origin) ? origin : null),
      allowMethods: ['GET', 'POST'],
      allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
      credentials: false,
      maxAge: PREFLIGHT_SECONDS,
    }),
  );
  site.all('/api/*', c => api.fetch(withoutPrefix(c.req.raw)));
  if (component)
    site.get(COMPONENT_PATH, async c => {
      c.header('content-type', 'text/javascript; charset=utf-8');
      // A module of another origin is read with CORS; it is public.
      c.header('access-control-allow-origin', '*');
      c.header('cross-origin-resource-policy', 'cross-origin');
      c.header('cache-control', 'public, max-age=3600');
      return c.body(new Uint8Array(await component()));
    });
  return site;
}

function withoutPrefix(request: Request): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice('/api'.length);
  return new Request(url, request);
}

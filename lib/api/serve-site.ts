/**
 * The console on one machine: its pages, the API below /api, and the exchange of the one-time link for a session. Invariants:
 * every answer carries the headers of a page that trusts nobody else; an address of a view is answered by the same page, and
 * nothing outside the built pages is ever read.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Hono } from 'hono';
import { BROWSER_HEADERS } from '../domain/browser-headers.ts';
import { servedAs } from '../domain/published-console.ts';
import { type LocalDoor, SESSION_COOKIE } from './local-door.ts';
import { withoutPrefix } from './mounted-api.ts';
import { problemDocument } from './problem.ts';

export interface SiteFiles {
  /** Paths below the directory, such as `assets/index-1a2b.js`. */
  readonly names: ReadonlySet<string>;
  readonly directory: string;
}

export function localSite(
  api: { fetch(request: Request): Response | Promise<Response> },
  door: LocalDoor,
  files: SiteFiles,
): Hono {
  const site = new Hono();
  site.use('*', async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(BROWSER_HEADERS)) c.header(name, value);
  });
  site.onError((error, c) => {
    const problem = problemDocument(error);
    return c.text(`${problem.detail}\n${problem.hint}\n`, problem.status as 400);
  });
  site.use('*', async (c, next) => {
    door.requireOwnHost(c.req.raw);
    await next();
  });
  site.get('/sign-in', c => {
    const session = door.exchange(c.req.query('token') ?? '');
    c.header('set-cookie', `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict`);
    return c.redirect('/');
  });
  site.all('/api/*', c => api.fetch(withoutPrefix(c.req.raw)));
  site.get('*', async c => {
    const name = c.req.path.slice(1);
    const file = files.names.has(name) ? name : 'index.html';
    const body = await readFile(join(files.directory, file));
    const { type, cache } = servedAs(file);
    c.header('content-type', type);
    c.header('cache-control', cache);
    return c.body(new Uint8Array(body));
  });
  return site;
}

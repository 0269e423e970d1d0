/** The API below `/api`, as the console and its document address it. */
import { Hono } from 'hono';

interface Fetches {
  fetch(request: Request): Response | Promise<Response>;
}

/** `document`: of the routes that are answered where this is served, instead of the API's own. */
export function mountedApi(api: Fetches, document: object): Hono {
  const site = new Hono();
  site.get('/api/openapi.json', c => c.json(document));
  site.all('*', c => api.fetch(withoutPrefix(c.req.raw)));
  return site;
}

/** The same request to the API itself. */
export function withoutPrefix(request: Request): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice('/api'.length);
  return new Request(url, request);
}

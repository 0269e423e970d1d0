/**
 * Runs the API for tokens until it is told to stop, on loopback behind the team's own proxy, which ends TLS. Invariants:
 * there is no cookie and no link here, only tokens; work that was begun is finished before the process ends.
 */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { makeApi } from '../../lib/api/app.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { API_RATE, rateLimit } from '../../lib/api/rate-limit.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { tokenDoor } from '../../lib/api/token-door.ts';
import { tokenSite } from '../../lib/api/token-site.ts';
import { InputError } from '../../lib/domain/errors.ts';
import type { Session } from '../terminal/session.ts';
import { apiOfSession } from './api-of-session.ts';
import { componentFile, HOST, listening } from './serve-console.ts';

/** InputError `no-issuer`, `port-in-use`. */
export async function serveApi(session: Session, asked: { readonly port: number }): Promise<void> {
  const { installation, api: settings } = await session.config();
  const { issuers, origins } = settings;
  if (issuers.length === 0)
    throw new InputError('no-issuer', 'The configuration names no issuer of tokens.', {
      hint: 'Name one in `api.issuers` (docs/self-service.md).',
    });
  const deps = await apiOfSession(session);
  const now = () => Date.now();
  const authenticate = tokenDoor({ issuers, installation, fetch, now: () => new Date() });
  const door = { authenticate, limit: rateLimit(API_RATE, now), once: onceInMemory(now) };
  const site = tokenSite(makeApi(ROUTES, deps, door), { origins, component: componentFile() });
  const server = serve({ fetch: site.fetch, hostname: HOST, port: asked.port });
  const { port } = (await listening(server)).address() as AddressInfo;
  session.emit(
    { url: `http://${HOST}:${port}/api`, port },
    () => `The API for tokens listens on http://${HOST}:${port}/api. Stop with Ctrl-C.\n`,
  );
  await new Promise<void>(resolve => session.onStop(resolve));
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
  await deps.executions.settled();
}

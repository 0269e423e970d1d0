/**
 * Serves the Model Context Protocol until its client goes away. Invariants: standard output carries nothing but the protocol;
 * work that was begun is finished before the process ends.
 */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { makeApi } from '../../lib/api/app.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { API_RATE, rateLimit } from '../../lib/api/rate-limit.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { apiOfSession } from '../console/api-of-session.ts';
import type { Session } from '../terminal/session.ts';
import { mcpServer } from './mcp-server.ts';

export async function serveMcp(session: Session, asked: { readonly rows: boolean; readonly version: string }) {
  const deps = await apiOfSession(session);
  const principal = await session.principal();
  const now = () => Date.now();
  const door = { authenticate: async () => principal, limit: rateLimit(API_RATE, now), once: onceInMemory(now) };
  const api = makeApi(ROUTES, deps, door);
  const server = mcpServer({ ...asked, api, routes: new Set(ROUTES.map(({ id }) => id)) });
  const closed = new Promise<void>(resolve => {
    server.server.onclose = resolve;
    // The transport does not notice that its client has gone.
    process.stdin.once('end', resolve);
    session.onStop(resolve);
  });
  await server.connect(new StdioServerTransport());
  await closed;
  await server.close();
  await deps.executions.settled();
}

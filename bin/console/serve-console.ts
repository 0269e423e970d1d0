/**
 * Runs the console of one machine until it is told to stop. Invariants: it listens on loopback alone; work that was begun is
 * finished before the process ends.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { serve } from '@hono/node-server';
import { makeApi } from '../../lib/api/app.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { localDoor } from '../../lib/api/local-door.ts';
import { API_RATE, rateLimit } from '../../lib/api/rate-limit.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { localSite, type SiteFiles } from '../../lib/api/serve-site.ts';
import { COMPONENT_PATH } from '../../lib/api/token-site.ts';
import { InputError } from '../../lib/domain/errors.ts';
import type { Session } from '../terminal/session.ts';
import { apiOfSession } from './api-of-session.ts';

export const HOST = '127.0.0.1';

export async function serveConsole(session: Session, asked: { readonly port: number; readonly open: boolean }) {
  const files = siteFiles();
  const deps = await apiOfSession(session);
  const principal = await session.principal();
  const hosts: string[] = [];
  const door = localDoor(principal, hosts, deps.storage.random);
  const now = () => Date.now();
  const limits = { authenticate: door.authenticate, limit: rateLimit(API_RATE, now), once: onceInMemory(now) };
  const site = localSite(makeApi(ROUTES, deps, limits), door, files);
  const server = serve({ fetch: site.fetch, hostname: HOST, port: asked.port });
  const { port } = (await listening(server)).address() as AddressInfo;
  hosts.push(`${HOST}:${port}`, `localhost:${port}`);
  const url = `http://${HOST}:${port}${door.link()}`;
  session.emit(
    { url, port },
    () => `The console is at\n\n  ${session.style.bold(url)}\n\nThe link is good once. Stop with Ctrl-C.\n`,
  );
  if (asked.open) openBrowser(url);
  await new Promise<void>(resolve => session.onStop(resolve));
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
  await deps.executions.settled();
}

/** Once it listens. InputError `port-in-use`. */
export function listening(server: ReturnType<typeof serve>): Promise<ReturnType<typeof serve>> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve(server));
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = `The server cannot listen on this port (${cause.code}).`;
      reject(new InputError('port-in-use', why, { hint: 'Choose another with --port, or leave it out.', cause }));
    });
  });
}

/** Where the pages were built. Bundled, this file is in dist; in a checkout, it is in bin/console. */
function builtDirectory(): string | undefined {
  const places = [join(import.meta.dirname, 'console'), join(import.meta.dirname, '../../dist/console')];
  return places.find(place => existsSync(join(place, 'index.html')));
}

/** The script of the web component; undefined where it was not built. */
export function componentFile(): (() => Promise<Uint8Array>) | undefined {
  const directory = builtDirectory();
  return directory === undefined ? undefined : () => readFile(join(directory, COMPONENT_PATH));
}

/** InputError `console-not-built`. */
function siteFiles(): SiteFiles {
  const directory = builtDirectory();
  if (directory === undefined)
    throw new InputError('console-not-built', 'The pages of the console are not there.', {
      hint: 'In a checkout, run `npm run build` once.',
    });
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  return { directory, names: new Set(names) };
}

/** Where there is none, the person opens the printed link. */
function openBrowser(url: string): void {
  const command = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  spawn(command, [url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

/**
 * The demo's application with its accident, protected, and the console over it as any person: the operating system of a test
 * has one user, and an approval needs two people.
 */
import { appendFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { apiOfSession } from '../../bin/console/api-of-session.ts';
import { runCleanUpScript } from '../../bin/demo/accidents.ts';
import { createDatabase } from '../../bin/demo/database.ts';
import type { Session } from '../../bin/terminal/session.ts';
import { makeApi } from '../../lib/api/app.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { localDoor } from '../../lib/api/local-door.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { localSite, type SiteFiles } from '../../lib/api/serve-site.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { type Server, startServer } from '../../lib/local/embedded-postgres.ts';
import { loadConfig } from '../../lib/runtime/config.ts';
import { openRecordDeps, policyOfConfig } from '../../lib/runtime/governance.ts';
import { openLocal } from '../../lib/runtime/local.ts';
import { type CommandLine, commandLine } from './command-line.ts';

export interface DemoConsole {
  readonly holdfast: CommandLine;
  /** Superuser URL of the application's database. */
  readonly url: string;
  readonly refOf: (id: string) => string;
  /** Serves the console to that person; the origin and the path of the one-time link. */
  serveTo(person: Principal, files: SiteFiles): Promise<{ readonly origin: string; readonly link: string }>;
  dispose(): Promise<void>;
}

export const VICTIM_OF_DEMO = 'acme';

/** `more`: at the end of the configuration, as approvals. */
export async function demoConsole(more: string): Promise<DemoConsole> {
  const server: Server = await startServer({ settings: { shared_buffers: '128MB' } });
  const database = await createDatabase(server.url, () => {});
  const holdfast = await commandLine({ HOLDFAST_DATABASE_PASSWORD: new URL(server.url).password });
  await holdfast.json('init', '--installation', 'workbench', '--url', database.url);
  await holdfast.json('discover');
  await holdfast.json('doctor', '--fix', '--yes');
  await holdfast.json('snapshot', '--all');
  await holdfast.json('ship');
  await runCleanUpScript(database.applicationUrl, VICTIM_OF_DEMO);
  await holdfast.json('ship');
  const file = join(holdfast.directory, 'holdfast.yaml');
  await appendFile(file, `\n${more}\n`);
  const config = await loadConfig(file, holdfast.env);
  const ctx = await openLocal(config);
  const recording = await openRecordDeps(config, ctx);
  const closing: (() => Promise<unknown>)[] = [() => ctx.close()];

  return {
    holdfast,
    url: database.url,
    refOf: id => tenantRef('workbench', tenantId(id)),
    async serveTo(person, files) {
      // What the API asks of a session of the command line, for another person.
      const session = {
        ...{ config: async () => config, storage: async () => ctx, deps: async () => ctx, context: async () => ctx },
        ...{ recording: async () => recording, principal: async () => person, zone: () => config.timeZone },
        governance: async () => ({ ...ctx, ...recording, policyFor: policyOfConfig(config) }),
        ...{ now: () => new Date(), command: (words: string) => `holdfast ${words}` },
      } as unknown as Session;
      const deps = await apiOfSession(session);
      const hosts: string[] = [];
      const door = localDoor(person, hosts, ctx.random);
      const limits = { authenticate: door.authenticate, limit: () => {}, once: onceInMemory(() => Date.now()) };
      const site = localSite(makeApi(ROUTES, deps, limits), door, files);
      const listening = await new Promise<{ port: number; close(): Promise<void> }>(resolve => {
        const http = serve({ fetch: site.fetch, hostname: '127.0.0.1', port: 0 }, info =>
          resolve({
            port: (info as AddressInfo).port,
            close: () => new Promise<void>(done => void http.close(() => done())),
          }),
        );
      });
      closing.unshift(async () => {
        await deps.executions.settled();
        await listening.close();
      });
      hosts.push(`127.0.0.1:${listening.port}`);
      return { origin: `http://${hosts[0]}`, link: door.link() };
    },
    async dispose() {
      for (const close of closing) await close();
      await holdfast.dispose();
      await server.stop();
    },
  };
}

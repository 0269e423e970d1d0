/**
 * What all tests of a run share, in any tier: one server of each supported PostgreSQL version, and a directory for what is
 * made once (bundled-functions.ts).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Server, startServer } from '../../lib/local/embedded-postgres.ts';
import { quickSignIn } from './quick-sign-in.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of each server, by version. */
    postgres: Record<15 | 18, string>;
    /** A directory of this run, removed after it. */
    runDirectory: string;
  }
}

interface Running {
  readonly directory: Promise<string>;
  readonly urls: Promise<Record<15 | 18, string>>;
  readonly stop: () => Promise<void>;
  users: number;
}

/** Each project loads this module again, in the same process. */
const place = globalThis as { holdfastTestServers?: Running };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  place.holdfastTestServers ??= start();
  const running = place.holdfastTestServers;
  running.users += 1;
  project.provide('postgres', await running.urls);
  project.provide('runDirectory', await running.directory);
  return async () => {
    running.users -= 1;
    if (running.users > 0) return;
    await running.stop();
    await rm(await running.directory, { recursive: true, force: true });
  };
}

function start(): Running {
  const starting = Promise.allSettled([startQuick(15), startQuick(18)]);
  const stop = async () => {
    const servers = (await starting).flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    await Promise.all(servers.map((server: Server) => server.stop()));
  };
  const urls = starting.then(async ([first, second]) => {
    for (const each of [first, second]) {
      if (each.status === 'fulfilled') continue;
      await stop();
      const { message, hint } = each.reason as { message: string; hint?: string };
      throw new Error([message, hint].filter(Boolean).join('\n'), { cause: each.reason });
    }
    return { 15: urlOf(first), 18: urlOf(second) };
  });
  return { directory: mkdtemp(join(tmpdir(), 'holdfast-run-')), urls, stop, users: 0 };
}

/** In memory: it keeps little of its log beyond what slots need. */
async function startQuick(version: 15 | 18): Promise<Server> {
  const server = await startServer({ version, settings: { max_wal_size: '256MB' } });
  await quickSignIn(server.url);
  return server;
}

function urlOf(started: PromiseSettledResult<Server>): string {
  if (started.status === 'rejected') throw started.reason;
  return started.value.url;
}

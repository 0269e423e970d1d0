/** One server of each supported PostgreSQL version for all tests of a run that need one, in any tier. */
import type { TestProject } from 'vitest/node';
import { type Server, startServer } from '../../lib/local/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of each server, by version. */
    postgres: Record<15 | 18, string>;
  }
}

interface Running {
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
  return async () => {
    running.users -= 1;
    if (running.users === 0) await running.stop();
  };
}

function start(): Running {
  const starting = Promise.allSettled([startServer({ version: 15 }), startServer({ version: 18 })]);
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
  return { urls, stop, users: 0 };
}

function urlOf(started: PromiseSettledResult<Server>): string {
  if (started.status === 'rejected') throw started.reason;
  return started.value.url;
}

/** One server of each supported PostgreSQL version for all integration and contract tests of a run. */
import type { TestProject } from 'vitest/node';
import { type Server, startServer } from '../../lib/local/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of each server, by version. */
    postgres: Record<15 | 18, string>;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.allSettled(([15, 18] as const).map(version => startServer({ version })));
  const servers = started.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(servers.map((server: Server) => server.stop()));
  };
  const failure = started.find(result => result.status === 'rejected');
  if (failure) {
    await stop();
    const { message, hint } = failure.reason as { message: string; hint?: string };
    throw new Error([message, hint].filter(Boolean).join('\n'), { cause: failure.reason });
  }
  project.provide('postgres', { 15: servers[0]!.url, 18: servers[1]!.url });
  return stop;
}

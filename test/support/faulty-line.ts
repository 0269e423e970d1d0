/** A server, and a way to it that a test can break. */
import type { AwsTarget } from '../../lib/aws/clients.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
import type { TestServer } from './servers.ts';

export interface FaultyLine {
  readonly server: TestServer;
  readonly proxy: FaultyProxy;
  /** Through the proxy, with so much patience (milliseconds) with silence. */
  readonly faulty: AwsTarget;
  stop(): Promise<void>;
}

export async function faultyLine(starting: Promise<TestServer>, silenceMs: number): Promise<FaultyLine> {
  const server = await starting;
  const proxy = await startFaultyProxy(server.port);
  const faulty = { ...server.target, endpoint: proxy.endpoint, silenceMs };
  return { server, proxy, faulty, stop: () => Promise.all([proxy.stop(), server.stop()]).then(() => {}) };
}

/** A server, with breakable connections to it, one per test. */
import type { AwsTarget } from '../../lib/aws/clients.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
import type { TestServer } from './servers.ts';

export interface FaultyWay {
  readonly proxy: FaultyProxy;
  /** Through the proxy. */
  readonly faulty: AwsTarget;
}

export interface FaultyLine {
  readonly server: TestServer;
  way(): Promise<FaultyWay>;
  stop(): Promise<void>;
}

/** `silenceMs`: how long clients on a faulty connection wait for a byte. */
export async function faultyLine(starting: Promise<TestServer>, silenceMs: number): Promise<FaultyLine> {
  const server = await starting;
  const proxies: FaultyProxy[] = [];
  return {
    server,
    async way() {
      const proxy = await startFaultyProxy(server.port);
      proxies.push(proxy);
      return { proxy, faulty: { ...server.target, endpoint: proxy.endpoint, silenceMs } };
    },
    async stop() {
      await Promise.all([...proxies.map(proxy => proxy.stop()), server.stop()]);
    },
  };
}

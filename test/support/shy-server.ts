/**
 * A proxy in front of an S3 server that answers as S3 does to callers who can list only some prefixes: for a missing
 * object it returns "denied" instead of "missing". Listings pass unchanged; `deny` refuses those too.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (permissions)
 */
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestServer } from './servers.ts';

export interface ShyServer extends TestServer {
  /** Refuses everything from now on. */
  deny(): void;
}

const DENIED = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';

export async function beforeServer(server: TestServer): Promise<ShyServer> {
  let denying = false;
  const proxy = createServer((incoming, outgoing) => {
    const refuse = () => {
      outgoing.writeHead(403, { 'content-type': 'application/xml' });
      outgoing.end(incoming.method === 'HEAD' ? undefined : DENIED);
    };
    if (denying) {
      incoming.resume();
      return refuse();
    }
    const { method, url, rawHeaders: headers } = incoming;
    const object = new URL(url!, 'http://server').pathname.split('/').slice(2).join('/') !== '';
    const forward = httpRequest(
      { host: '127.0.0.1', port: server.port, method, path: url, headers, agent: false },
      answer => {
        if (answer.statusCode === 404 && object) {
          answer.resume();
          return refuse();
        }
        outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
        answer.pipe(outgoing);
      },
    );
    forward.on('error', () => incoming.socket.destroy());
    incoming.pipe(forward);
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  return {
    port,
    target: { ...server.target, endpoint: `http://127.0.0.1:${port}` },
    deny: () => {
      denying = true;
    },
    async stop() {
      await new Promise<void>(resolve => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      });
      await server.stop();
    },
  };
}

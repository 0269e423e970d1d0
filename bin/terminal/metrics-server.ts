/**
 * Serves the metrics of `ship --follow` over HTTP. Invariants: answers GET /metrics and nothing else; reads the catalog
 * once however many ask at the same time; a reading that fails is a 500 without details, and shipping goes on.
 */
import { createServer, type Server } from 'node:http';
import { HoldfastError, InputError } from '../../lib/domain/errors.ts';
import { OPEN_METRICS_TYPE } from '../../lib/domain/open-metrics.ts';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** `port` 0: any free one. InputError `port-in-use`. */
export async function serveMetrics(
  read: () => Promise<string>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  let reading: Promise<string> | undefined;
  const shared = () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const server = createServer((request, response) => {
    const end = (status: number, type: string, body: string) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, 'text/plain', 'Use GET.\n');
    if (request.url?.split('?')[0] !== '/metrics') return end(404, 'text/plain', 'The metrics are at /metrics.\n');
    shared().then(
      text => end(200, OPEN_METRICS_TYPE, text),
      error => end(500, 'text/plain', `${error instanceof HoldfastError ? error.code : 'unexpected'}\n`),
    );
  });
  await listening(server, host, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new InputError('port-in-use', `The metrics cannot be served on ${host}:${port} (${cause.code}).`, {
          hint: 'Choose another --metrics-port or --metrics-host.',
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
}

/** The issuer of tokens of the tests, on loopback, for functions that run in processes of their own. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConsoleSettings } from '../../lib/domain/console-settings.ts';
import { ROLES } from '../../lib/domain/principal.ts';
import type { LoopbackTls } from './loopback-tls.ts';
import { type TestIssuer, testIssuer } from './token-issuer.ts';

export interface ServedIssuer extends TestIssuer {
  /** What a deployment says of a console whose people sign in here: groups have the names of their roles. */
  readonly settings: ConsoleSettings;
  stop(): Promise<void>;
}

/** `tls`: served over TLS, as a deployment asks for it. @default - without */
export async function servedIssuer(tls?: LoopbackTls): Promise<ServedIssuer> {
  const { origin, stop } = await (tls ? tls.serve(listener) : servePlainly(listener));
  const issuer = await testIssuer(origin, () => new Date(), 'console');
  const roles = Object.fromEntries(ROLES.map(role => [role, [role]]));
  const settings: ConsoleSettings = {
    signIn: { kind: 'oidc', issuer: origin, clientId: 'console' },
    ...{ groups: 'groups', roles },
  };
  return { ...issuer, settings, stop };

  async function listener(...[{ url }, answer]: Parameters<RequestListener>) {
    const given = await issuer.fetch(`${issuer.issuer}${url}`);
    answer.writeHead(given.status, { 'content-type': 'application/json' }).end(await given.text());
  }
}

async function servePlainly(listener: RequestListener): ReturnType<LoopbackTls['serve']> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** An event as API Gateway hands it to a function. `body`: posted. */
export function gatewayEvent(path: string, token?: string, body?: object): object {
  const [rawPath, rawQueryString = ''] = path.split('?');
  const headers = {
    ...{ host: 'api.example.com', 'content-type': 'application/json' },
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers,
    requestContext: { http: { method: body === undefined ? 'GET' : 'POST', path: rawPath } },
    ...(body !== undefined && { body: JSON.stringify(body), isBase64Encoded: false }),
  };
}

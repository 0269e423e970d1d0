/**
 * What a browser reaches of a deployed console: TLS on loopback, and behind it the distribution of the deployment, which the
 * emulator serves by its domain name. Invariant: nothing is decided here: what the distribution answers is passed on as it is.
 */
import { request } from 'node:http';
import type { LoopbackTls } from '../support/loopback-tls.ts';
import type { Emulator } from './emulator.ts';

/** `domain`: of the distribution. `origin`: as the browser sees it. */
export function openFrontDoor(tls: LoopbackTls, { endpoint }: Emulator, domain: string) {
  const { hostname, port } = new URL(endpoint);
  return tls.serve((asked, answer) => {
    const headers = { ...asked.headers, host: domain, 'x-forwarded-proto': 'https' };
    const behind = request({ hostname, port, method: asked.method, path: asked.url, headers }, given => {
      answer.writeHead(given.statusCode!, given.headers);
      given.pipe(answer);
    });
    // A browser that leaves a page asks no more.
    answer.once('close', () => behind.destroy());
    behind.once('error', () => answer.destroy());
    asked.pipe(behind);
  });
}

/**
 * Servers over TLS on loopback, for what a deployment accepts by https alone: issuers, and the origin that a browser sees.
 * Invariant: their one certificate is of this test: who is to believe it is told so by its file.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { run } from './tool-cache.ts';

export interface LoopbackTls {
  /** The certificate as a file: the value of NODE_EXTRA_CA_CERTS. */
  readonly file: string;
  /** Serves on a free port; `origin` as `https://127.0.0.1:8443`. */
  serve(listener: RequestListener): Promise<{ readonly origin: string; stop(): Promise<void> }>;
  /** Once nothing is served any more. */
  remove(): Promise<void>;
}

/** A new certificate for 127.0.0.1, which this process believes from now on. */
export async function loopbackTls(): Promise<LoopbackTls> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-loopback-'));
  const [keyFile, file] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=holdfast test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', file];
  const hint = 'The test makes its certificate with openssl (Debian: apt-get install openssl).';
  await run('openssl', ['req', ...made, ...subject], { hint });
  const [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(file, 'utf8')]);
  setDefaultCACertificates([...getCACertificates('default'), cert]);
  return {
    file,
    async serve(listener) {
      const server = createServer({ key, cert }, listener);
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const stop = () =>
        new Promise<void>(resolve => {
          server.close(() => resolve());
          // Browsers keep theirs.
          server.closeAllConnections();
        });
      return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

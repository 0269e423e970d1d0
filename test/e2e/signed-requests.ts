/** Requests to the emulator, signed with AWS Signature Version 4 for the services that our packages contain no client for. */
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../../lib/runtime/sha256.ts';

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Who asks which service where. */
export interface Sender {
  readonly endpoint: string;
  readonly service: string;
  readonly region: string;
  readonly credentials: SigningKeys;
}

/** A signed POST. */
export async function postSigned(
  sender: Sender,
  path: string,
  body: string,
  given: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return sendSigned(sender, { method: 'POST', path, body, headers: given });
}

/** A signed GET. */
export async function getSigned(sender: Sender, path: string): Promise<Response> {
  return sendSigned(sender, { method: 'GET', path, headers: {} });
}

interface Unsigned {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function sendSigned({ endpoint, ...scope }: Sender, request: Unsigned): Promise<Response> {
  const url = new URL(request.path, endpoint);
  const signer = new SignatureV4({ ...scope, sha256: Sha256 });
  const { headers } = await signer.sign({
    ...{ protocol: url.protocol, hostname: url.hostname, port: Number(url.port), query: {} },
    ...request,
    headers: { ...request.headers, host: url.host },
  });
  return fetch(url, { method: request.method, headers, ...(request.body !== undefined && { body: request.body }) });
}

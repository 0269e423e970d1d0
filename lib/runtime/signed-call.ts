/**
 * A request to one of the functions behind a URL, signed with the caller's credentials: the function learns who calls
 * from IAM, not from the message.
 */
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import { clientOptions } from '../aws/clients.ts';
import { ERROR_KINDS, type ErrorKind } from '../domain/error-kind.ts';
import { type InputError, reportedError, type StorageError } from '../domain/errors.ts';
import type { DeployedInstallation } from './installation.ts';
import { Sha256 } from './sha256.ts';

const KINDS = Object.keys(ERROR_KINDS) as ErrorKind[];
const Refusal = z.object({ kind: z.enum(KINDS), code: z.string(), message: z.string(), hint: z.string() });

const TIMEOUT_MS = 60_000;

export interface SignedCall<A> {
  readonly url: string;
  readonly body: object;
  readonly answer: z.ZodType<A>;
  /** @default - a minute */
  readonly timeoutMs?: number;
  /** IAM admits the caller to no call of this URL. */
  readonly forbidden: () => InputError;
  /** It is not known whether the call arrived. */
  readonly unreachable: (why: string, cause: unknown) => StorageError;
}

/** The function's answer. Its refusals under their own code and class; `forbidden`; `unreachable`. */
export async function callSigned<A>(target: DeployedInstallation['target'], call: SignedCall<A>): Promise<A> {
  const url = new URL(call.url);
  const body = JSON.stringify(call.body);
  const headers = await signed(target, url, body);
  const signal = AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers, body, signal });
  } catch (cause) {
    throw call.unreachable('no answer', cause);
  }
  const { status } = response;
  const document: unknown = await response.json().catch(() => undefined);
  if (status === 200) return call.answer.parse(document);
  const refusal = Refusal.safeParse(document);
  if (refusal.success) {
    const { kind, ...reported } = refusal.data;
    throw reportedError(kind, reported);
  }
  if (status === 403) throw call.forbidden();
  throw call.unreachable(`HTTP ${status}`, undefined);
}

async function signed(target: DeployedInstallation['target'], url: URL, body: string): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    service: 'lambda',
    region: target.region,
    credentials: new STSClient(clientOptions(target)).config.credentials,
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/json' },
    body,
  });
  return headers;
}

/**
 * Sends notices to a webhook: Slack, Teams, or a program that checks the signature. Invariants: only over https and never
 * along a redirect; the URL and the key are secrets, which no error and no log contains; attempts are bounded.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as pauseFor } from 'node:timers/promises';
import { messageFor, type WebhookKind } from '../domain/chat-message.ts';
import { StorageError } from '../domain/errors.ts';
import { type Deliver, toldOfMessage } from '../domain/outgoing-message.ts';
import type { Clock } from '../ports.ts';

/** Of a webhook. */
export interface WebhookSecret {
  readonly url: string;
  /** For the signature; only of the kind `signed`. */
  readonly key?: string;
}

export interface Webhook {
  readonly name: string;
  readonly kind: WebhookKind;
  /** Read for each message: it may have been rotated. */
  readonly secret: () => Promise<WebhookSecret>;
}

export interface PostDeps {
  readonly clock: Clock;
  /** @default - of this process */
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds. @default - the machine's timer */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

const ATTEMPT_TIMEOUT_MS = 5_000;
/** Before each further attempt. */
const PAUSES_MS = [500, 2_000];

/** Header of the signature: `t=SECONDS,v1=HEX`, the HMAC-SHA-256 of `SECONDS.BODY`. */
const SIGNATURE_HEADER = 'holdfast-signature';

/** What delivers to this webhook. Throws StorageError `message-undelivered`. */
export function webhookDelivery(webhook: Webhook, deps: PostDeps): Deliver {
  const { name, kind, secret } = webhook;
  return async message => {
    const { url, key } = await secret().catch(cause => {
      throw undelivered(name, 'its secret cannot be read', cause);
    });
    if (!isHttps(url)) throw undelivered(name, 'its URL is not an https URL', undefined);
    if (kind === 'signed' && !key) throw undelivered(name, 'it has no key to sign with', undefined);
    const body = JSON.stringify(messageFor(kind, toldOfMessage(message)));
    const pause = deps.pause ?? pauseFor;
    for (let attempt = 0; ; attempt++) {
      const failure = await post(url, body, { ...deps, key: kind === 'signed' ? key : undefined });
      if (failure === undefined) return;
      if (!failure.again || attempt === PAUSES_MS.length) throw undelivered(name, failure.why, undefined);
      await pause(PAUSES_MS[attempt]!);
    }
  };
}

interface Failure {
  readonly why: string;
  readonly again: boolean;
}

/** Undefined once it was accepted. The signature is of the attempt, so that a receiver can refuse old ones. */
async function post(
  url: string,
  body: string,
  { clock, key, fetch = globalThis.fetch }: PostDeps & { readonly key: string | undefined },
): Promise<Failure | undefined> {
  const seconds = Math.floor(clock.now().getTime() / 1000);
  const mac = key && createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex');
  const headers = {
    'content-type': 'application/json',
    ...(mac && { [SIGNATURE_HEADER]: `t=${seconds},v1=${mac}` }),
  };
  try {
    const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const again = response.status === 429 || response.status >= 500;
    return { why: `it answered with HTTP ${response.status}`, again };
  } catch {
    // What the client throws can name the URL.
    return { why: 'it did not answer', again: true };
  }
}

function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}

function undelivered(name: string, why: string, cause: unknown): StorageError {
  return new StorageError('message-undelivered', `A message could not be delivered to ${name}: ${why}.`, {
    hint: 'Check the URL and the key of this sink, and send a message again: docs/messages.md.',
    cause,
    details: { sink: name },
  });
}

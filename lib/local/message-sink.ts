/**
 * Sends notices to a webhook: Slack, Teams, or a program that checks the signature. Invariants: only over https and never
 * along a redirect; the URL and the key are secrets, which no error and no log contains; attempts are bounded.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as pauseFor } from 'node:timers/promises';
import { messageFor, type SinkKind, type Subject, subjectOf, type Told } from '../domain/chat-message.ts';
import { StorageError } from '../domain/errors.ts';
import { runbookPage } from '../domain/runbook.ts';
import type { Clock, Notifier } from '../ports.ts';

/** Of a sink. */
export interface SinkSecret {
  readonly url: string;
  /** For the signature; only of the kind `signed`. */
  readonly key?: string;
}

export interface MessageSink {
  readonly name: string;
  readonly kind: SinkKind;
  readonly sends: readonly Subject[];
  /** Read for each message: it may have been rotated. */
  readonly secret: () => Promise<SinkSecret>;
}

export interface SinkDeps {
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

/** Delivers one message, or throws StorageError `message-undelivered`. False if it is none for this sink. */
async function deliverMessage(sink: MessageSink, told: Told, deps: SinkDeps): Promise<boolean> {
  if (!sink.sends.includes(subjectOf(told))) return false;
  const { url, key } = await sink.secret().catch(cause => {
    throw undelivered(sink.name, 'its secret cannot be read', cause);
  });
  if (!isHttps(url)) throw undelivered(sink.name, 'its URL is not an https URL', undefined);
  if (sink.kind === 'signed' && !key) throw undelivered(sink.name, 'it has no key to sign with', undefined);
  const body = JSON.stringify(messageFor(sink.kind, told));
  const pause = deps.pause ?? pauseFor;
  for (let attempt = 0; ; attempt++) {
    const failure = await post(url, body, { ...deps, key: sink.kind === 'signed' ? key : undefined });
    if (failure === undefined) return true;
    if (!failure.again || attempt === PAUSES_MS.length) throw undelivered(sink.name, failure.why, undefined);
    await pause(PAUSES_MS[attempt]!);
  }
}

interface Failure {
  readonly why: string;
  readonly again: boolean;
}

/** Undefined once it was accepted. The signature is of the attempt, so that a receiver can refuse old ones. */
async function post(
  url: string,
  body: string,
  { clock, key, fetch = globalThis.fetch }: SinkDeps & { readonly key: string | undefined },
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

/** What a notifier of an installation has beside its notices. */
export interface SinksPlace extends SinkDeps {
  readonly installation: string;
  /** URL of the runbook. */
  readonly runbookUrl?: string | undefined;
}

/**
 * A notifier that also tells the sinks, all at once and after itself. A sink that fails is an alarm to the notifier, never an
 * error: what is told of does not depend on it.
 */
export function alsoTelling(base: Notifier, sinks: readonly MessageSink[], place: SinksPlace): Notifier {
  if (sinks.length === 0) return base;
  return {
    async notify(notice) {
      await base.notify(notice);
      const { installation, runbookUrl, clock } = place;
      const runbook = runbookUrl === undefined ? {} : { runbook: `${runbookUrl}/${runbookPage(notice.code)}.md` };
      const told: Told = { installation, ...notice, ...runbook, at: clock.now().toISOString() };
      await tellSinks(base, sinks, told, place).catch(() => {});
    },
  };
}

/**
 * Tells all sinks at once; one that fails is an alarm to the notifier. Returns how many accepted it. Throws what the notifier
 * throws, after all sinks.
 */
export async function tellSinks(
  notifier: Notifier,
  sinks: readonly MessageSink[],
  told: Told,
  deps: SinkDeps,
): Promise<number> {
  const outcomes = await Promise.allSettled(
    sinks.map(async sink => {
      try {
        return await deliverMessage(sink, told, deps);
      } catch (error) {
        await alarm(notifier, error);
        return false;
      }
    }),
  );
  const failed = outcomes.find(outcome => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes.filter(outcome => outcome.status === 'fulfilled' && outcome.value).length;
}

async function alarm(notifier: Notifier, error: unknown): Promise<void> {
  const { message, details } = error instanceof StorageError ? error : { message: 'A message failed.', details: {} };
  await notifier.notify({ severity: 'alarm', code: 'message-undelivered', message, details });
}

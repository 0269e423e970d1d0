/**
 * Notices a session that will never answer: a server that vanished behind a proxy or load balancer which keeps our side
 * of the connection open. TCP's own keepalive sees only the next hop. Invariant: a statement that the server still works
 * on is never given up, however long it takes: before a session counts as dead, another one asks the server about it.
 */
import type { Socket } from 'node:net';
import type pg from 'pg';

/** Without a byte for so long, a session is looked into. */
export const SILENCE_MS = 60_000;
/** A transaction in which we do nothing for a while is kept awake: the server ends idle ones. */
const IDLE_MS = 120_000;

/** What the server knows of a session: it works on a statement; it does not; it cannot be asked. */
export type Verdict = 'works' | 'gone' | 'unknown';

/** The driver's socket; the one under TLS where there is TLS. */
export function streamOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

interface Inner {
  readonly _txStatus?: string | null;
  _getActiveQuery(): unknown;
}

/** A transaction is open, or has failed and is to be rolled back. */
export function isInTransaction(client: pg.Client): boolean {
  const status = (client as unknown as Inner)._txStatus;
  return status === 'T' || status === 'E';
}

/** Watches until the session ends. `ask` is called for a session that fell silent. */
export function watchSilence(client: pg.Client, silenceMs: number, ask: () => Promise<Verdict>): void {
  const inner = client as unknown as Inner;
  let bytes = 0;
  let since = Date.now();
  let strikes = 0;
  let asking = false;
  const heard = () => {
    since = Date.now();
    strikes = 0;
  };
  const look = async () => {
    const stream = streamOf(client);
    const now = stream.bytesRead + stream.bytesWritten;
    if (now !== bytes || stream.isPaused()) heard();
    bytes = now;
    const silent = Date.now() - since;
    if (inner._getActiveQuery() == null) {
      if (inner._txStatus !== 'T' || silent < Math.min(IDLE_MS, silenceMs * 2)) return;
      heard();
      client.query('SELECT 1').catch(() => {});
      return;
    }
    if (silent < silenceMs) return;
    const verdict = await ask();
    // Bytes may have come while it was asked.
    if (stream.bytesRead + stream.bytesWritten !== bytes) return heard();
    if (verdict === 'works') return heard();
    strikes += 1;
    // A server that cannot be asked once may only be short of connections.
    if (verdict === 'unknown' && strikes < 2) return;
    stream.destroy(Object.assign(new Error('The server does not answer.'), { code: 'ETIMEDOUT' }));
  };
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    look().finally(() => {
      asking = false;
    });
  }, silenceMs / 4);
  timer.unref();
  client.once('end', () => clearInterval(timer));
}

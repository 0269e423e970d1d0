/**
 * Does work again whose connection to the database was lost, once the database is back. Only for work that may be done
 * twice: reading, shipping (the slot remembers what was shipped) and snapshots. Invariant: a database that could not be
 * reached in the first place is reported at once; that is more likely a wrong URL than a restart.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { HoldfastError } from '../domain/errors.ts';
import type { ProgressEvent } from '../ports.ts';
import { asConnectionLost } from '../postgres/connection-failure.ts';

/** A restart or failover is over within so long, mostly. */
const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

const LOST = new Set(['connection-lost', 'database-read-only']);

export async function whenBack<T>(
  work: () => Promise<T>,
  progress?: (event: ProgressEvent) => void,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  let since: number | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (cause) {
      const error = cause instanceof HoldfastError ? cause : asConnectionLost(cause, 'working with the database');
      const passes = error?.retry === 'auto' && (LOST.has(error.code) || since !== undefined);
      since ??= Date.now();
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      if (!passes || Date.now() - since + pause > patienceMs) throw error ?? cause;
      progress?.({ step: 'database.away', message: `${error!.message} Trying again` });
      await wait(pause);
    }
  }
}

/**
 * Retries work that lost its connection, once the database is back. Only for work that can be done twice: reading,
 * shipping (the slot remembers what was shipped) and snapshots. Invariant: a database that was never reached is
 * reported at once; a wrong URL is more likely than a restart.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { HoldfastError } from '../domain/errors.ts';
import type { ProgressEvent } from '../ports.ts';
import { asConnectionLost } from '../postgres/connection-failure.ts';

/** Most restarts and failovers end within this time. */
const TIMEOUT_MS = 120_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

const LOST = new Set(['connection-lost', 'database-read-only']);

export async function whenBack<T>(
  work: () => Promise<T>,
  progress?: (event: ProgressEvent) => void,
  timeoutMs = TIMEOUT_MS,
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
      if (!passes || Date.now() - since + pause > timeoutMs) throw error ?? cause;
      progress?.({ step: 'database.away', message: `${error!.message} Trying again` });
      await wait(pause);
    }
  }
}

/**
 * Tells the team's own service which region is active, by one HTTP POST, and waits for its answer. Invariant: an answer other
 * than 2xx fails the step, so that nobody believes that the application was led elsewhere.
 */
import { StorageError } from '../domain/errors.ts';
import type { Traffic } from '../region-ports.ts';

const TIMEOUT_MS = 30_000;

/** `{"installation": …, "active": REGION}` as JSON. Without a URL, a person leads the application. */
export function webhookTraffic(url: string | undefined, installation: string): Traffic {
  return {
    async move(region) {
      if (url === undefined) return;
      const body = JSON.stringify({ installation, active: region });
      const answer = await fetch(url, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body, redirect: 'error' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch(cause => {
        throw notMoved('it does not answer', cause);
      });
      if (!answer.ok) throw notMoved(`it answered ${answer.status}`);
    },
  };
}

function notMoved(why: string, cause?: unknown): StorageError {
  return new StorageError('traffic-not-moved', `The webhook for the traffic was not told: ${why}.`, {
    hint: 'Correct it, then repeat the fail-over: it goes on at this step.',
    ...(cause !== undefined && { cause }),
  });
}

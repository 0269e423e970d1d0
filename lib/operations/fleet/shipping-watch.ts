/**
 * What a shipper that goes on forever does with its failures: it waits longer and longer, and tells people at once what no
 * retry mends, what retries should mend after five minutes, and either again every hour. Invariant: nothing is told twice
 * within the hour, and a success begins anew.
 */
import { HoldfastError } from '../../domain/errors.ts';
import type { Deps } from '../../ports.ts';

const MAX_BACKOFF_S = 60;
/** How long a transient failure lasts before people hear of it. */
export const ALARM_AFTER_MS = 5 * 60_000;
const ALARM_AGAIN_MS = 3600_000;

export class ShippingWatch {
  readonly #deps: Pick<Deps, 'notifier'>;
  #failures = 0;
  #since = 0;
  #alarmed: { code: string; at: number } | undefined;

  constructor(deps: Pick<Deps, 'notifier'>) {
    this.#deps = deps;
  }

  ended(): void {
    this.#failures = 0;
    this.#alarmed = undefined;
  }

  /** Seconds until the next attempt. `every`: seconds between two that succeed; `now`: milliseconds since 1970. */
  async again(error: unknown, every: number, now: number): Promise<number> {
    if (this.#failures++ === 0) this.#since = now;
    const { code, retry } = error instanceof HoldfastError ? error : { code: 'unexpected', retry: 'operator' };
    const due = retry !== 'auto' || now - this.#since > ALARM_AFTER_MS;
    const sent = this.#alarmed?.code === code && now - this.#alarmed.at < ALARM_AGAIN_MS;
    if (due && !sent) {
      this.#alarmed = { code, at: now };
      const [message, details] = [stoppedMessage(error), { error: code }];
      const { notifier } = this.#deps;
      await notifier.notify({ severity: 'alarm', code: 'shipping-stopped', message, details }).catch(() => {});
    }
    return Math.min(MAX_BACKOFF_S, Math.max(1, Math.min(every, 5)) * 2 ** Math.min(this.#failures - 1, 6));
  }
}

function stoppedMessage(error: unknown): string {
  const cause = error instanceof HoldfastError ? error.message : 'an unexpected error.';
  return `The change log is not being shipped: ${cause}`;
}

/**
 * What a shipper that goes on forever says of late archives, on one machine without another schedule: it looks once an hour.
 * Invariants: the same tenants are not told twice within a day, and a look that fails stops no shipping; the next one is an hour
 * later.
 */
import type { Deps } from '../../ports.ts';
import { archivesDue, reportLateArchives } from './archives-due.ts';

const LOOK_EVERY_MS = 3600_000;
const TELL_AGAIN_MS = 24 * 3600_000;

export class ArchiveWatch {
  readonly #deps: Pick<Deps, 'catalog' | 'clock' | 'notifier'>;
  #looked = Number.NEGATIVE_INFINITY;
  #told = { tenants: '', at: Number.NEGATIVE_INFINITY };

  constructor(deps: Pick<Deps, 'catalog' | 'clock' | 'notifier'>) {
    this.#deps = deps;
  }

  /** As often as the caller likes. Never throws. */
  async look(): Promise<void> {
    const now = this.#deps.clock.now().getTime();
    if (now - this.#looked < LOOK_EVERY_MS) return;
    this.#looked = now;
    try {
      const due = await archivesDue(this.#deps);
      const late = due.filter(each => each.late).map(({ tenant }) => tenant);
      const tenants = late.sort().join();
      if (tenants === this.#told.tenants && now - this.#told.at < TELL_AGAIN_MS) return;
      await reportLateArchives(this.#deps, due);
      this.#told = { tenants, at: now };
    } catch {
      // The catalog and the notices are what shipping needs too, and it reports them.
    }
  }
}

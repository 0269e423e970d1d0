/**
 * Lets as many tenants of a run be read at the same time as the database has room for: its load is looked at between
 * tenants, every few seconds. Invariants: at least one tenant is let in, so that the run always ends; a look that fails changes
 * nothing, because the load is no reason to lose a backup.
 */
import {
  type DatabaseLoad,
  type LoadReason,
  type LoadSettings,
  nextAtOnce,
  reasonsToSlowDown,
} from '../../domain/database-load.ts';

const LOOK_EVERY_MS = 5000;

export interface SlowedDown {
  /** Why, each once. */
  readonly reasons: readonly LoadReason[];
  /** The fewest tenants that were let in at the same time. */
  readonly leastAtOnce: number;
}

export interface LoadGovernor {
  /** Resolves when another tenant may be read; what it returns says that it was. `look`: absent where nobody can ask. */
  admit(look?: () => Promise<DatabaseLoad>): Promise<() => void>;
  /** Undefined where the run was never slowed down. */
  slowed(): SlowedDown | undefined;
}

/** `most`: without any load. `now`: milliseconds. */
export function loadGovernor(most: number, limits: LoadSettings, now: () => number): LoadGovernor {
  let atOnce = most;
  let running = 0;
  let least = most;
  let looked = now();
  const waiting: (() => void)[] = [];
  const reasons = new Set<LoadReason>();

  const letIn = () => {
    while (running < atOnce && waiting.length > 0) {
      running += 1;
      waiting.shift()!();
    }
  };
  const regard = async (look: () => Promise<DatabaseLoad>) => {
    looked = now();
    const load = await look().catch(() => undefined);
    if (load === undefined) return;
    const found = reasonsToSlowDown(load, limits);
    for (const reason of found) reasons.add(reason);
    atOnce = nextAtOnce(atOnce, most, found.length > 0);
    least = Math.min(least, atOnce);
  };

  return {
    async admit(look) {
      if (look && now() - looked >= LOOK_EVERY_MS) await regard(look);
      await new Promise<void>(enter => {
        waiting.push(enter);
        letIn();
      });
      return () => {
        running -= 1;
        letIn();
      };
    },
    slowed: () => (least < most ? { reasons: [...reasons], leastAtOnce: least } : undefined),
  };
}

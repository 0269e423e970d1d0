/**
 * Brings the log up to a position: by shipping it in this process, or, where a process cannot write the shared log, by
 * waiting for the shipper that runs every minute. Neither throws for errors of Holdfast: callers can do without.
 */
import { setTimeout as pauseFor } from 'node:timers/promises';
import { HoldfastError } from '../../domain/errors.ts';
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import { runs } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { shipLog } from './ship-log.ts';

/** Undefined where the log now reaches the position, else the code of the reason. */
export type ReachLog = (ctx: Context, position: Lsn) => Promise<string | undefined>;

export const shipHere: ReachLog = async ctx => {
  try {
    await shipLog(ctx);
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
};

const STEP_MS = 5_000;
/** Two runs of the shipper, one of them slow. */
const TIMEOUT_MS = 3 * 60 * 1000;

/** Polls the catalog every few seconds, for at most `timeoutMs`; code `log-behind` then. */
export function awaitShipper(
  timeoutMs = TIMEOUT_MS,
  pause: (milliseconds: number) => Promise<unknown> = pauseFor,
): ReachLog {
  return async (ctx, position) => {
    for (let waited = 0; ; waited += STEP_MS) {
      const latest = await runs.latest(ctx.catalog);
      if (latest && parseLsn(latest.to) >= position) return undefined;
      if (waited >= timeoutMs) return 'log-behind';
      await pause(STEP_MS);
    }
  };
}

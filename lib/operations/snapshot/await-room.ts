/**
 * Lets a tenant's snapshot on AWS begin when the database has room: a distributed map has a fixed number of tenants at the
 * same time, so the first step of each waits while the load is high. Invariant: it waits a bounded time and goes on then,
 * for a late backup is better than none, and a run that becomes late by this is told by its own alarm.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  type DatabaseLoad,
  type LoadReason,
  type LoadSettings,
  reasonsToSlowDown,
} from '../../domain/database-load.ts';
import type { Deps } from '../../ports.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import { readLoad } from '../../postgres/server/database-load.ts';
import type { Context } from '../context.ts';

/** Well within the time limit of a function, with what it does afterwards. */
export const ROOM_WAIT_MS = 2 * 60_000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 20_000;

export interface AwaitedRoom {
  /** Why it waited; empty where it did not. */
  readonly reasons: readonly LoadReason[];
  readonly waitedMs: number;
}

/** What the server says, and its platform where that is asked: an answer that does not come is null. */
export async function lookAtLoad(
  { processor }: Pick<Deps, 'processor'>,
  connection: Connection,
): Promise<DatabaseLoad> {
  const [load, processorPercent] = await Promise.all([readLoad(connection), processor?.().catch(() => null)]);
  return { ...load, processorPercent: processorPercent ?? null };
}

/** On a connection of its own. What cannot connect says so in its own work. */
export async function awaitSourceRoom(ctx: Context): Promise<AwaitedRoom> {
  try {
    return await withConnection(ctx.source, 'load', connection =>
      awaitRoom(ctx, ctx.settings.load, () => lookAtLoad(ctx, connection)),
    );
  } catch {
    return { reasons: [], waitedMs: 0 };
  }
}

/** Goes on at once where `look` fails: the load is no reason to lose a backup. */
export async function awaitRoom(
  { clock, pause }: Pick<Deps, 'clock' | 'pause'>,
  limits: LoadSettings,
  look: () => Promise<DatabaseLoad>,
): Promise<AwaitedRoom> {
  const began = clock.now().getTime();
  const found = new Set<LoadReason>();
  for (let attempt = 0; ; attempt++) {
    const load = await look().catch(() => undefined);
    const reasons = load === undefined ? [] : reasonsToSlowDown(load, limits);
    const waitedMs = clock.now().getTime() - began;
    if (reasons.length === 0 || waitedMs >= ROOM_WAIT_MS) return { reasons: [...found], waitedMs };
    for (const reason of reasons) found.add(reason);
    await (pause ?? wait)(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
  }
}

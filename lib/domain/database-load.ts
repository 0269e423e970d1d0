/**
 * How busy the source database is, and how many tenants a run reads at the same time because of it: one more while it has
 * room, half as many when it does not. Invariant: at least one, so that a run always ends.
 */
import * as z from 'zod';

const positive = z.number().int().positive();

export const LoadSettings = z.strictObject({
  connectionsPercent: positive
    .max(100)
    .default(80)
    .describe('Connections in use, as a percentage of those that the server allows.'),
  waitingLocks: positive.default(20).describe('Locks that sessions wait for.'),
  replicaLagSeconds: positive
    .default(60)
    .describe('Seconds by which the slowest physical replica is behind in replaying.'),
  answerMs: positive.default(2000).describe('Milliseconds until the server answers the question about all of this.'),
  processorPercent: positive
    .max(100)
    .default(85)
    .describe('Percentage of the processor in use, where CloudWatch is asked (on AWS, `fleet.processor`).'),
});
export type LoadSettings = z.infer<typeof LoadSettings>;

export interface DatabaseLoad {
  readonly connections: number;
  readonly maxConnections: number;
  readonly waitingLocks: number;
  /** Null where there is no replica, or the role may not see it. */
  readonly replicaLagSeconds: number | null;
  readonly answerMs: number;
  /** Absent or null where nobody measures it, or the answer did not come. */
  readonly processorPercent?: number | null;
}

/** The source as RDS names it. */
export const WatchedDatabase = z.strictObject({
  kind: z.enum(['cluster', 'instance']).describe('`cluster`: its writer is watched. `instance`: one that is in none.'),
  identifier: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/i, 'must be the identifier of a DB cluster or a DB instance')
    .describe('Its identifier.'),
});
export type WatchedDatabase = z.infer<typeof WatchedDatabase>;

export const LOAD_REASONS = ['connections', 'waiting-locks', 'replica-lag', 'slow-answers', 'processor'] as const;
export type LoadReason = (typeof LOAD_REASONS)[number];

/** What is above its limit. */
export function reasonsToSlowDown(load: DatabaseLoad, limits: LoadSettings): LoadReason[] {
  const above: Readonly<Record<LoadReason, boolean>> = {
    connections: load.connections * 100 > load.maxConnections * limits.connectionsPercent,
    'waiting-locks': load.waitingLocks > limits.waitingLocks,
    'replica-lag': (load.replicaLagSeconds ?? 0) > limits.replicaLagSeconds,
    'slow-answers': load.answerMs > limits.answerMs,
    processor: (load.processorPercent ?? 0) > limits.processorPercent,
  };
  return LOAD_REASONS.filter(reason => above[reason]);
}

/** Tenants at the same time from now on: additive increase, multiplicative decrease. */
export function nextAtOnce(atOnce: number, most: number, isBusy: boolean): number {
  return isBusy ? Math.max(1, Math.floor(atOnce / 2)) : Math.min(most, atOnce + 1);
}

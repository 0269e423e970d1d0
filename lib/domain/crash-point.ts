/**
 * Named crash points. Operations call `deps.crash?.(point)`; tests pass a function that throws or exits. In
 * production the member is absent.
 */
export const CRASH_POINTS = [
  'snapshot.after-part-pack',
  'snapshot.after-part-checkpoint',
  'snapshot.before-manifest',
  'snapshot.after-manifest',
  'snapshot.after-catalog',
  'ship.after-peek',
  'ship.after-pack',
  'ship.after-manifest',
  'ship.after-catalog',
  'ship.after-confirm',
  'index.after-shard',
  'index.after-shards',
  'index.after-catalog',
  'fold.after-pack',
  'fold.after-manifest',
  'fold.after-catalog',
  'stage.during-load',
  'restore.after-stage',
  'stage.during-replay',
  'stage.after-round',
  'restore.after-replay',
  'stage.after-settle',
  'baseline.made',
  'stage.during-finish',
  'restore.after-staging',
  'restore.after-diff',
  'restore.during-apply',
  'restore.before-commit',
  'restore.after-commit',
  'restore.before-record',
  'audit.after-event',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

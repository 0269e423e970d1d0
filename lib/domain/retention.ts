/**
 * Which backups are kept, and why. Pure: a plan that can be printed, stored and approved before anything is
 * removed.
 *
 * Invariants: the newest snapshot of a tenant is always kept; every moment inside the log's retention stays recoverable
 * (the newest snapshot at or before its beginning is kept, and all log after it); a hold keeps everything. A kept
 * snapshot has the time until which that is certain (`keepUntil`), to which its lock can be extended, but never beyond
 * its retention: a lock cannot be shortened. What was taken for a reason with a retention of its own is kept for that too.
 */
import * as z from 'zod';
import { isoWeek } from './iso-week.ts';

/** At most a hundred years. */
const Days = z.number().int().min(1).max(36_500);

/** Retention periods: the last snapshot of each period is kept, and all log of the window. */
export const RetentionPolicy = z.strictObject({
  dailyDays: Days.describe('The last snapshot of each day.'),
  weeklyDays: Days.describe('The last snapshot of each week.'),
  monthlyDays: Days.describe('The last snapshot of each month.'),
  annualDays: Days.describe('The last snapshot of each year.'),
  logDays: Days.describe('How far back any second can be recovered; also the minimum lock of every object.'),
});
export type RetentionPolicy = z.infer<typeof RetentionPolicy>;

/** All retention periods, as in the function configuration. */
export const Retention = RetentionPolicy.extend({ recordDays: Days.describe('Records of restores and erasures.') });
export type Retention = z.infer<typeof Retention>;

const { shape } = Retention;
/** Retention as written in configuration: each period has a default. */
export const RetentionSetting = z.strictObject({
  dailyDays: shape.dailyDays.default(30),
  weeklyDays: shape.weeklyDays.default(84),
  monthlyDays: shape.monthlyDays.default(365),
  annualDays: shape.annualDays.default(2557),
  logDays: shape.logDays.default(30),
  recordDays: shape.recordDays.default(2557),
});

/** Retention periods of a single tenant. */
export const TenantRetention = z.strictObject({
  dailyDays: Days.exactOptional(),
  weeklyDays: Days.exactOptional(),
  monthlyDays: Days.exactOptional(),
  annualDays: Days.exactOptional(),
  logDays: Days.exactOptional(),
});
export type TenantRetention = z.infer<typeof TenantRetention>;

/** Replay starts at the snapshot before the window: the log since then is locked as long as it is kept. */
const REPLAY_DAYS = 2;

/** Initial lock of new objects, in days; expiry extends it for what is kept longer. */
export function lockDays({ dailyDays, logDays, recordDays }: Retention): Readonly<Record<StoredKind, number>> {
  const log = logDays + REPLAY_DAYS;
  return { snapshot: dailyDays, log, incremental: log, record: recordDays };
}

/** Kinds of objects with their own lock period. */
export type StoredKind = 'snapshot' | 'log' | 'incremental' | 'record';

export interface RetainedBackup {
  readonly id: string;
  /** `archive`: decided by itself (archive.ts), beside the others. */
  readonly kind: 'snapshot' | 'incremental' | 'log' | 'archive';
  /** The moments that it serves, ISO 8601 UTC. For a snapshot, `toTime` is when it was taken. */
  readonly fromTime: string;
  readonly toTime: string;
  /** Of a snapshot that is kept for its reason: until when, ISO 8601 UTC (backup-reason.ts). */
  readonly keepUntil?: string | undefined;
  readonly reason?: string;
}

export interface RetentionDecision {
  readonly backup: RetainedBackup;
  readonly keep: boolean;
  /** For display: every reason to keep it, or why it is removed. */
  readonly reasons: readonly string[];
  /**
   * ISO 8601 UTC: until then this snapshot is certainly kept. For a class only once its period is over, since a later
   * snapshot can replace it before that. Log and incrementals have none: see logNeed.
   */
  readonly keepUntil?: string;
}

const DAY_MS = 24 * 3600 * 1000;
/** Why log outside the window is kept. */
export const COMPLETES = 'completes a kept snapshot';
/** Objects kept without a known end are locked this many days ahead, to full days: at most one extension a day. */
const ROLLING_DAYS = 3;

interface RetentionClass {
  readonly name: string;
  /** Length of its periods, in days, about. */
  readonly everyDays: number;
  readonly days: (policy: RetentionPolicy) => number;
  /** The period of a moment: the last snapshot of each period represents it. */
  readonly period: (time: Date) => string;
}

/** By length of their periods. */
export const RETENTION_CLASSES: readonly RetentionClass[] = [
  { name: 'daily', everyDays: 1, days: policy => policy.dailyDays, period: time => time.toISOString().slice(0, 10) },
  { name: 'weekly', everyDays: 7, days: policy => policy.weeklyDays, period: isoWeek },
  {
    name: 'monthly',
    everyDays: 30,
    days: policy => policy.monthlyDays,
    period: time => time.toISOString().slice(0, 7),
  },
  { name: 'annual', everyDays: 365, days: policy => policy.annualDays, period: time => time.toISOString().slice(0, 4) },
];

/**
 * Decides about all backups of one tenant at `now`, in the order of the input. `departedAt`: when the tenant left the
 * database, after which there is nothing to recover: once that is outside the window, only the classes keep backups.
 */
export function planRetention(
  backups: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
  held: boolean,
  departedAt?: Date,
): RetentionDecision[] {
  const reasons = new Map<RetainedBackup, string[]>(backups.map(backup => [backup, held ? ['legal hold'] : []]));
  const snapshots = sortedSnapshots(backups);
  const newest = snapshots.at(-1);
  const isOver = departedAt !== undefined && departedAt < windowBegin(policy, now);
  if (newest && !isOver) reasons.get(newest)!.push('newest snapshot');
  keepByClass(snapshots, policy, now, reasons);
  keepByReason(snapshots, now, reasons);
  if (!isOver) keepWindow(backups, snapshots, policy, now, reasons);
  keepCompletion(backups, snapshots, reasons);
  const ends = certainEnds(snapshots, policy, now, departedAt);
  return backups.map(backup => {
    const why = reasons.get(backup)!;
    if (why.length === 0) return { backup, keep: false, reasons: [removalReason(backup, policy)] };
    const end = ends.get(backup);
    const keepUntil = end !== undefined && end > now.getTime() ? { keepUntil: new Date(end).toISOString() } : {};
    return { backup, keep: true, reasons: why, ...keepUntil };
  });
}

/** The part of the shared log that a tenant needs. */
export interface LogNeed<B extends RetainedBackup> {
  /**
   * The snapshot from whose replay start all log is needed: it starts the window, or is the oldest. Undefined: there is
   * no snapshot.
   */
  readonly from: B | undefined;
  /** Kept snapshots before that one: each is complete only with the log between its replay start and its end. */
  readonly completed: readonly { readonly snapshot: B; readonly keepUntil?: string }[];
}

export function logNeed<B extends RetainedBackup>(
  backups: readonly B[],
  policy: RetentionPolicy,
  now: Date,
  held: boolean,
): LogNeed<B> {
  const snapshots = sortedSnapshots(backups);
  const from = (held ? undefined : baseOf(snapshots, policy, now)) ?? snapshots[0];
  const decisions = planRetention(snapshots, policy, now, held);
  const completed = decisions.flatMap(({ keep, keepUntil }, index) => {
    const snapshot = snapshots[index]!;
    return keep && from && snapshot.toTime < from.toTime ? [{ snapshot, ...(keepUntil && { keepUntil }) }] : [];
  });
  return { from, completed };
}

export function sortedSnapshots<B extends RetainedBackup>(backups: readonly B[]): B[] {
  return backups.filter(backup => backup.kind === 'snapshot').sort((a, b) => (a.toTime < b.toTime ? -1 : 1));
}

/** Until when each snapshot is certain to be kept, in milliseconds. */
function certainEnds(
  snapshots: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
  departedAt: Date | undefined,
): Map<RetainedBackup, number> {
  const ends = new Map<RetainedBackup, number>();
  const atLeast = (snapshot: RetainedBackup, end: number) =>
    ends.set(snapshot, Math.max(end, ends.get(snapshot) ?? Number.NEGATIVE_INFINITY));
  for (const { days, period } of RETENTION_CLASSES) {
    const current = period(now);
    for (const [label, snapshot] of lastOfPeriods(snapshots, period)) {
      if (label < current) atLeast(snapshot, new Date(snapshot.toTime).getTime() + days(policy) * DAY_MS);
    }
  }
  for (const snapshot of snapshots) if (snapshot.keepUntil) atLeast(snapshot, Date.parse(snapshot.keepUntil));
  const rolling = (Math.floor(now.getTime() / DAY_MS) + ROLLING_DAYS) * DAY_MS;
  // A snapshot starts the window until the next one does, or until there is nothing to recover in it.
  const last = departedAt === undefined ? rolling : departedAt.getTime() + policy.logDays * DAY_MS;
  for (const [index, snapshot] of snapshots.entries()) {
    const next = snapshots[index + 1];
    if (next) atLeast(snapshot, new Date(next.toTime).getTime() + policy.logDays * DAY_MS);
    else atLeast(snapshot, last);
  }
  return ends;
}

function lastOfPeriods(
  snapshots: readonly RetainedBackup[],
  period: RetentionClass['period'],
): Map<string, RetainedBackup> {
  return new Map(snapshots.map(snapshot => [period(new Date(snapshot.toTime)), snapshot]));
}

/** The newest snapshot at or before the start of the window. */
export function baseOf<B extends RetainedBackup>(
  snapshots: readonly B[],
  policy: RetentionPolicy,
  now: Date,
): B | undefined {
  const begin = windowBegin(policy, now);
  return snapshots.findLast(snapshot => new Date(snapshot.toTime) <= begin);
}

/** Start of the window of recovery to any second. */
export function windowBegin(policy: Pick<RetentionPolicy, 'logDays'>, now: Date): Date {
  return new Date(now.getTime() - policy.logDays * DAY_MS);
}

function keepByClass(
  snapshots: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
  reasons: Map<RetainedBackup, string[]>,
): void {
  for (const { name, days, period } of RETENTION_CLASSES) {
    const oldest = now.getTime() - days(policy) * DAY_MS;
    for (const [label, snapshot] of lastOfPeriods(snapshots, period)) {
      if (new Date(snapshot.toTime).getTime() >= oldest) reasons.get(snapshot)!.push(`${name} ${label}`);
    }
  }
}

/** Those taken for a reason with a retention of its own, whatever the policy says now. */
function keepByReason(snapshots: readonly RetainedBackup[], now: Date, reasons: Map<RetainedBackup, string[]>): void {
  for (const snapshot of snapshots) {
    const { reason = 'reason', keepUntil } = snapshot;
    if (keepUntil !== undefined && Date.parse(keepUntil) > now.getTime())
      reasons.get(snapshot)!.push(`taken for: ${reason}`);
  }
}

/**
 * Keeps log and incrementals that serve a moment in the window, and the snapshot that the start of the window needs.
 */
function keepWindow(
  backups: readonly RetainedBackup[],
  snapshots: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
  reasons: Map<RetainedBackup, string[]>,
): void {
  const begin = windowBegin(policy, now);
  const base = baseOf(snapshots, policy, now);
  if (base) reasons.get(base)!.push('starts the window of recovery to any second');
  const replayFrom = base ? new Date(base.fromTime) : begin;
  for (const backup of backups) {
    if (backup.kind === 'snapshot') continue;
    if (new Date(backup.toTime) >= replayFrom) reasons.get(backup)!.push('inside the window of recovery to any second');
  }
  for (const snapshot of snapshots) {
    if (new Date(snapshot.toTime) >= begin) reasons.get(snapshot)!.push('inside the window of recovery to any second');
  }
}

/**
 * A snapshot is read while changes continue: the log of that time makes it consistent, and is kept as long as the
 * snapshot.
 */
function keepCompletion(
  backups: readonly RetainedBackup[],
  snapshots: readonly RetainedBackup[],
  reasons: Map<RetainedBackup, string[]>,
): void {
  const kept = snapshots.filter(snapshot => reasons.get(snapshot)!.length > 0);
  for (const backup of backups) {
    if (backup.kind !== 'log' || reasons.get(backup)!.length > 0) continue;
    const from = new Date(backup.fromTime);
    const to = new Date(backup.toTime);
    const completes = kept.some(snapshot => to >= new Date(snapshot.fromTime) && from <= new Date(snapshot.toTime));
    if (completes) reasons.get(backup)!.push(COMPLETES);
  }
}

function removalReason(backup: RetainedBackup, policy: RetentionPolicy): string {
  return backup.kind === 'snapshot'
    ? 'a later snapshot represents its day, week, month and year, or their retention has ended'
    : `older than ${policy.logDays} days, and no snapshot in the window needs it`;
}

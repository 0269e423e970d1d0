/**
 * Which backups are kept, and why. Pure: a plan that can be printed, stored and approved before anything goes.
 *
 * Invariants: the newest snapshot of a tenant is always kept; every moment inside the log's retention stays recoverable
 * (the newest snapshot at or before its beginning is kept, and all log after it); a hold keeps everything.
 */

export interface RetentionPolicy {
  readonly dailyDays: number;
  readonly weeklyDays: number;
  readonly monthlyDays: number;
  readonly annualDays: number;
  /** How far back any second can be recovered. */
  readonly logDays: number;
}

export interface RetainedBackup {
  readonly id: string;
  readonly kind: 'snapshot' | 'incremental' | 'log';
  /** Moments it serves, ISO 8601 UTC. For a snapshot `toTime` is when it was taken. */
  readonly fromTime: string;
  readonly toTime: string;
}

export interface RetentionDecision {
  readonly backup: RetainedBackup;
  readonly keep: boolean;
  /** For people: every reason that keeps it, or why it goes. */
  readonly reasons: readonly string[];
}

const DAY_MS = 24 * 3600 * 1000;

interface Class {
  readonly name: string;
  readonly days: (policy: RetentionPolicy) => number;
  /** The period that a moment falls into: the last snapshot of each period stands for it. */
  readonly period: (time: Date) => string;
}

const CLASSES: readonly Class[] = [
  { name: 'daily', days: policy => policy.dailyDays, period: time => time.toISOString().slice(0, 10) },
  { name: 'weekly', days: policy => policy.weeklyDays, period: weekOf },
  { name: 'monthly', days: policy => policy.monthlyDays, period: time => time.toISOString().slice(0, 7) },
  { name: 'annual', days: policy => policy.annualDays, period: time => time.toISOString().slice(0, 4) },
];

/** Decides about all backups of one tenant at `now`. The result is in the order of the input. */
export function planRetention(
  backups: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
  held: boolean,
): RetentionDecision[] {
  const reasons = new Map<RetainedBackup, string[]>(backups.map(backup => [backup, held ? ['legal hold'] : []]));
  const snapshots = backups.filter(backup => backup.kind === 'snapshot').sort((a, b) => (a.toTime < b.toTime ? -1 : 1));
  const newest = snapshots.at(-1);
  if (newest) reasons.get(newest)!.push('newest snapshot');
  keepByClass(snapshots, policy, now, reasons);
  keepWindow(backups, snapshots, policy, now, reasons);
  return backups.map(backup => {
    const why = reasons.get(backup)!;
    return { backup, keep: why.length > 0, reasons: why.length > 0 ? why : [goneBecause(backup, policy)] };
  });
}

function keepByClass(
  snapshots: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
  reasons: Map<RetainedBackup, string[]>,
): void {
  for (const { name, days, period } of CLASSES) {
    const oldest = now.getTime() - days(policy) * DAY_MS;
    const last = new Map<string, RetainedBackup>();
    for (const snapshot of snapshots) last.set(period(new Date(snapshot.toTime)), snapshot);
    for (const [label, snapshot] of last) {
      if (new Date(snapshot.toTime).getTime() >= oldest) reasons.get(snapshot)!.push(`${name} ${label}`);
    }
  }
}

/** Log and incrementals that still serve a moment inside the window, and the snapshot that the window's beginning needs. */
function keepWindow(
  backups: readonly RetainedBackup[],
  snapshots: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
  reasons: Map<RetainedBackup, string[]>,
): void {
  const begin = new Date(now.getTime() - policy.logDays * DAY_MS);
  const base = snapshots.findLast(snapshot => new Date(snapshot.toTime) <= begin);
  if (base) reasons.get(base)!.push('begins the window of recovery to any second');
  const replayFrom = base ? new Date(base.fromTime) : begin;
  for (const backup of backups) {
    if (backup.kind === 'snapshot') continue;
    if (new Date(backup.toTime) >= replayFrom) reasons.get(backup)!.push('inside the window of recovery to any second');
  }
  for (const snapshot of snapshots) {
    if (new Date(snapshot.toTime) >= begin) reasons.get(snapshot)!.push('inside the window of recovery to any second');
  }
}

function goneBecause(backup: RetainedBackup, policy: RetentionPolicy): string {
  return backup.kind === 'snapshot'
    ? 'a later snapshot stands for its day, week, month and year, or their retention has ended'
    : `older than ${policy.logDays} days, and no snapshot in the window replays it`;
}

/** ISO 8601 week, `2026-W03`. */
function weekOf(time: Date): string {
  const thursday = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((thursday.getTime() - firstDay) / DAY_MS + 1) / 7);
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}

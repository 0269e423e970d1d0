import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logNeed, planRetention, type RetainedBackup, type RetentionPolicy } from '../../../lib/domain/retention.ts';

const policy: RetentionPolicy = { dailyDays: 30, weeklyDays: 84, monthlyDays: 365, annualDays: 2557, logDays: 30 };
const now = new Date('2026-11-24T12:00:00Z');
const DAY = 24 * 3600 * 1000;

function snapshot(daysAgo: number): RetainedBackup {
  const time = new Date(now.getTime() - daysAgo * DAY).toISOString();
  return { id: `s${daysAgo}`, kind: 'snapshot', fromTime: time, toTime: time };
}

function log(daysAgo: number): RetainedBackup {
  return {
    id: `l${daysAgo}`,
    kind: 'log',
    fromTime: new Date(now.getTime() - daysAgo * DAY).toISOString(),
    toTime: new Date(now.getTime() - (daysAgo - 1) * DAY).toISOString(),
  };
}

const history = fc
  .uniqueArray(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 60 })
  .map(days => days.flatMap(day => [snapshot(day), log(day + 1)]));

function kept(backups: RetainedBackup[], held = false): Set<string> {
  return new Set(
    planRetention(backups, policy, now, held).flatMap(decision => (decision.keep ? [decision.backup.id] : [])),
  );
}

describe('retention', () => {
  it('always keeps the newest snapshot, however old it is', () => {
    fc.assert(
      fc.property(history, backups => {
        const newest = Math.min(...backups.filter(b => b.kind === 'snapshot').map(b => Number(b.id.slice(1))));
        expect(kept(backups)).toContain(`s${newest}`);
      }),
    );
  });

  it('keeps the log of every moment in the window, and a snapshot to start from', () => {
    fc.assert(
      fc.property(history, backups => {
        const ids = kept(backups);
        for (const backup of backups) {
          if (new Date(backup.toTime).getTime() >= now.getTime() - 30 * DAY) expect(ids).toContain(backup.id);
        }
        const before = backups.filter(b => b.kind === 'snapshot' && Number(b.id.slice(1)) >= 30);
        if (before.length > 0) {
          const base = Math.min(...before.map(b => Number(b.id.slice(1))));
          expect(ids).toContain(`s${base}`);
          for (const backup of backups.filter(
            b => b.kind === 'log' && new Date(b.toTime) >= new Date(snapshot(base).toTime),
          )) {
            expect(ids).toContain(backup.id);
          }
        }
      }),
    );
  });

  it('keeps everything under a legal hold', () => {
    fc.assert(
      fc.property(history, backups => {
        expect(kept(backups, true).size).toBe(new Set(backups.map(b => b.id)).size);
      }),
    );
  });

  it('makes the same decision again for what it kept', () => {
    fc.assert(
      fc.property(history, backups => {
        const once = kept(backups);
        expect(kept(backups.filter(backup => once.has(backup.id)))).toEqual(once);
      }),
    );
  });

  it('keeps 30 days, 12 weeks, 12 months and 7 years of daily snapshots, with the reason for each decision', () => {
    const decisions = planRetention(
      Array.from({ length: 3000 }, (_, day) => snapshot(day)),
      policy,
      now,
      false,
    );
    const count = (word: string) =>
      decisions.filter(d => d.keep && d.reasons.some(reason => reason.startsWith(word))).length;
    expect(count('daily')).toBe(31);
    expect(count('weekly')).toBeGreaterThanOrEqual(12);
    expect(count('monthly')).toBeGreaterThanOrEqual(12);
    expect(count('annual')).toBeGreaterThanOrEqual(7);
    expect(decisions.filter(d => d.keep).length).toBeLessThan(31 + 13 + 13 + 9);
    expect(decisions.every(d => d.reasons.length > 0)).toBe(true);
  });

  it('is certain for a class only once its period is over: until then a later snapshot can replace it', () => {
    const december = {
      ...snapshot(0),
      id: 'dec',
      toTime: '2025-12-31T23:00:00.000Z',
      fromTime: '2025-12-31T23:00:00.000Z',
    };
    const later = { ...december, id: 'jan', toTime: '2026-01-01T23:00:00.000Z', fromTime: '2026-01-01T23:00:00.000Z' };
    const until = (at: string, backups: RetainedBackup[]) =>
      planRetention(backups, policy, new Date(at), false).map(decision => decision.keepUntil);
    expect(until('2025-12-31T23:30:00Z', [december])).toEqual(['2026-01-03T00:00:00.000Z']);
    // 2557 days of the annual class, for the last of 2025; January's is the newest and no more than that.
    expect(until('2026-01-01T23:30:00Z', [december, later])).toEqual([
      '2032-12-31T23:00:00.000Z',
      '2026-01-04T00:00:00.000Z',
    ]);
  });

  it('never exceeds the retention of the snapshot, and a snapshot kept for a completed period is locked', () => {
    const short: RetentionPolicy = { dailyDays: 5, weeklyDays: 20, monthlyDays: 60, annualDays: 200, logDays: 4 };
    const start = Date.parse('2025-11-20T02:00:00Z');
    const locked = new Map<string, number>();
    let backups: RetainedBackup[] = [];
    for (let day = 0; day < 500; day++) {
      const time = new Date(start + day * DAY).toISOString();
      backups.push({ id: `s${day}`, kind: 'snapshot', fromTime: time, toTime: time });
      const at = new Date(start + day * DAY + DAY / 8);
      const decisions = planRetention(backups, short, at, false);
      for (const { backup, keep, keepUntil } of decisions) {
        if (keepUntil) locked.set(backup.id, Math.max(locked.get(backup.id) ?? 0, Date.parse(keepUntil)));
        if (!keep) expect(locked.get(backup.id) ?? 0).toBeLessThanOrEqual(at.getTime());
        else if (day - Number(backup.id.slice(1)) >= 1) expect(locked.get(backup.id)).toBeGreaterThan(at.getTime());
      }
      backups = decisions.flatMap(decision => (decision.keep ? [decision.backup] : []));
    }
    expect(backups.length).toBeGreaterThan(8);
  });

  it('keeps the log that completes a kept snapshot, for each snapshot outside the window', () => {
    const taken = (daysAgo: number) => ({
      ...snapshot(daysAgo),
      fromTime: new Date(now.getTime() - daysAgo * DAY - 60_000).toISOString(),
    });
    const run = (minutes: number) => ({
      id: `r${minutes}`,
      kind: 'log' as const,
      fromTime: new Date(now.getTime() - 300 * DAY - (minutes + 1) * 60_000).toISOString(),
      toTime: new Date(now.getTime() - 300 * DAY - minutes * 60_000 - 1).toISOString(),
    });
    const backups = [taken(300), taken(40), taken(1), run(5), run(0), run(-5)];
    expect([...kept(backups)].sort()).toEqual(['r0', 's1', 's300', 's40']);
    const need = logNeed(backups, policy, now, false);
    expect(need.from?.id).toBe('s40');
    expect(need.completed.map(({ snapshot: { id } }) => id)).toEqual(['s300']);
  });
});

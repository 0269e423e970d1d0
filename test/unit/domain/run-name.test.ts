/** Names of executions as idempotency keys. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptName, MAX_ATTEMPTS, pauseAfterAttemptMs, scheduledRunName } from '../../../lib/domain/run-name.ts';
import { startScheduled } from '../../../lib/operations/fleet/start-run.ts';

/**
 * Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
const ACCEPTED = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;
const SCHEDULES = ['fold', 'full', 'verify', 'expire'];
const moments = fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

describe('the name of a scheduled run', () => {
  it('is one that Step Functions accepts, equal for equal times and different for different ones', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCHEDULES), moments, fc.integer({ min: 1, max: 1e6 }), (schedule, at, later) => {
        const name = scheduledRunName(schedule, at.toISOString());
        expect(name).toMatch(ACCEPTED);
        expect(scheduledRunName(schedule, at.toISOString().replace(/\.\d+Z$/, 'Z'))).toBe(name);
        expect(scheduledRunName(schedule, new Date(at.getTime() + later * 1000).toISOString())).not.toBe(name);
      }),
    );
  });

  it('names schedule and time for people', () => {
    expect(scheduledRunName('full', '2026-01-31T01:00:00Z')).toBe('full-2026-01-31T01-00-00Z');
  });

  it.each(['<aws.scheduler.scheduled-time>', '', 'soon'])('is refused for the time %j', at => {
    expect(() => scheduledRunName('full', at)).toThrowError(expect.objectContaining({ code: 'bad-input' }));
  });

  it('makes a start that is delivered twice start one run', async () => {
    const started = new Set<string>();
    const start = async (name: string) => !started.has(name) && started.add(name) !== undefined;
    const due = { schedule: 'full', scheduledAt: '2026-01-31T01:00:00Z' };
    expect(await startScheduled(due, start)).toEqual({ name: 'full-2026-01-31T01-00-00Z', started: true });
    expect(await startScheduled(due, start)).toMatchObject({ started: false });
    expect(started.size).toBe(1);
  });
});

describe('attempts', () => {
  it('have different names that Step Functions accepts, at pauses that grow and stay below six hours', () => {
    const gap = `gap-${'0mb2c4f1a-3f8a2c1d'}-${'x'.repeat(26)}`;
    const all = Array.from({ length: MAX_ATTEMPTS }, (_, index) => index + 1);
    const names = all.map(attempt => attemptName(gap, attempt));
    expect(new Set(names).size).toBe(MAX_ATTEMPTS);
    for (const name of names) expect(name).toMatch(ACCEPTED);
    const pauses = all.map(pauseAfterAttemptMs);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect([pauses[0], pauses.at(-1)]).toEqual([15 * 60_000, 6 * 3600_000]);
  });
});

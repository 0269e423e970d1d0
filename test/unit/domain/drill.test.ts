/** How drills are judged, when they are due, and what a sample says about a fleet. */
import { describe, expect, it } from 'vitest';
import { drillOutcome, predictedFleetMs, worstOutcome } from '../../../lib/domain/drill.ts';
import { dueDrills } from '../../../lib/domain/drill-schedule.ts';
import { DrillSettings } from '../../../lib/domain/drill-settings.ts';

describe('a restored tenant', () => {
  const proved = { recoveryMs: 5000, differing: 0, brokenReferences: 0 };
  it.each([
    ['passed', proved, null, 5000],
    ['slow', proved, null, 4999],
    ['failed', { ...proved, differing: 1 }, null, 9999],
    ['failed', { ...proved, brokenReferences: 1 }, null, 9999],
    ['failed', proved, { code: 'object-missing', message: '' }, 9999],
    ['failed', null, null, 9999],
  ] as const)('is %s', (outcome, restore, problem, objectiveMs) => {
    expect(drillOutcome(restore, problem, objectiveMs)).toBe(outcome);
  });

  it('makes the drill as bad as the worst of them', () => {
    expect(worstOutcome(['passed', 'slow', 'passed'])).toBe('slow');
    expect(worstOutcome(['slow', 'failed'])).toBe('failed');
    expect(worstOutcome([])).toBe('passed');
  });
});

describe('a drill', () => {
  const since = new Date('2026-01-01T00:00:00Z');
  const at = (now: string, last: ReadonlyMap<'accident' | 'region', string> = new Map()) =>
    dueDrills(last, ['accident', 'region', 'game-day'], since, new Date(now)).map(
      ({ kind, state }) => `${kind} ${state}`,
    );

  it('is due a period after the first tenant was protected, and late a week after that', () => {
    expect(at('2026-01-31T23:59:59Z')).toEqual(['accident done', 'region done']);
    expect(at('2026-02-01T00:00:00Z')).toEqual(['accident due', 'region done']);
    expect(at('2026-02-08T00:00:00Z')).toEqual(['accident late', 'region done']);
    expect(at('2026-05-01T00:00:00Z')).toEqual(['accident late', 'region late']);
  });

  it('is due a period after the last that was proved', () => {
    const last = new Map([['accident', '2026-04-20T10:00:00.000Z']] as const);
    expect(at('2026-05-01T00:00:00Z', last)).toEqual(['accident done', 'region late']);
    expect(dueDrills(last, ['accident'], since, new Date('2026-05-01T00:00:00Z'))).toMatchObject([
      { last: '2026-04-20T10:00:00.000Z', due: '2026-05-21T10:00:00.000Z' },
    ]);
  });
});

it('predicts a fleet from the slower of tenants and bytes, and never less than was measured', () => {
  const measured = { tenants: 100, bytes: 1000, restoredTenants: 10, restoredBytes: 10, elapsedMs: 50 };
  expect(predictedFleetMs(measured)).toBe(5000);
  expect(predictedFleetMs({ ...measured, restoredBytes: 1000 })).toBe(500);
  expect(predictedFleetMs({ ...measured, restoredTenants: 100, restoredBytes: 1000 })).toBe(50);
  expect(predictedFleetMs({ ...measured, restoredTenants: 0, restoredBytes: 0 })).toBe(50);
});

it.each([
  ['https://checks.example.com/x', true],
  ['http://localhost:8080/x', true],
  ['http://127.0.0.1/x', true],
  ['http://[::1]:9/x', true],
  ['http://checks.example.com/x', false],
  ['http://localhost.example.com/x', false],
  ['http://127.0.0.1.example.com/x', false],
  ['ftp://localhost/x', false],
])('a hook at %s is accepted: %s', (acceptanceHook, accepted) => {
  expect(DrillSettings.safeParse({ acceptanceHook }).success).toBe(accepted);
});

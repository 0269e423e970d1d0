/** Alarms that people acknowledge: who is told next, for how long nobody is, and what becomes of a process that was killed. */
import { describe, expect, it } from 'vitest';
import { eventOf, type HoldfastEvent } from '../../../../lib/domain/event.ts';
import { acknowledgeAlarm, listAlarms } from '../../../../lib/operations/telling/kept-alarms.ts';
import { countWaiting } from '../../../../lib/operations/telling/kept-messages.ts';
import { sendDueMessages, type TellingDeps, tellEvent } from '../../../../lib/operations/telling/tell-recipients.ts';
import { memoryCatalog } from '../../../support/memory-catalog.ts';

const HOUR_MS = 3_600_000;

function world() {
  let now = Date.parse('2026-05-03T10:00:00.000Z');
  const sent: number[] = [];
  const process = { isKilled: false };
  const deliver = () => {
    sent.push(now);
    // A process that never comes back.
    return process.isKilled ? new Promise<never>(() => {}) : Promise.resolve();
  };
  const wants = ({ severity }: HoldfastEvent) => severity !== 'info';
  const manager = { name: 'manager', rules: { repeatMinutes: 15, afterMinutes: 30 }, wants, deliver };
  const deps: TellingDeps = {
    ...{ catalog: memoryCatalog(), clock: { now: () => new Date(now) }, report: async () => {} },
    recipients: { sinks: [manager], contactOf: async () => undefined },
  };
  const raise = (ended = false) => {
    const severity = ended ? ('info' as const) : ('alarm' as const);
    const told = {
      installation: 'i',
      severity,
      code: 'backup-late',
      message: 'm',
      ended,
      at: new Date(now).toISOString(),
    };
    return tellEvent(deps, eventOf(told));
  };
  const pass = (hours: number) => {
    now += hours * HOUR_MS;
    return sendDueMessages(deps);
  };
  return { deps, sent, raise, pass, process };
}

const BY = { id: 'backup-late', by: 'ann', reason: 'looking' };

describe('an alarm', () => {
  it('that somebody acknowledged is told to nobody else for a day, and after that again', async () => {
    const { deps, sent, raise, pass } = world();
    await raise();
    await acknowledgeAlarm(deps, BY);
    await pass(1);
    await raise();
    await pass(1);
    expect(sent).toEqual([]);
    expect(await listAlarms(deps)).toMatchObject([{ id: 'backup-late', count: 2, acknowledged: { by: 'ann' } }]);
    await pass(22.5);
    await raise();
    await pass(1);
    expect(sent).toHaveLength(1);
    expect(await listAlarms(deps)).toMatchObject([{ acknowledged: null }]);
  });

  it('that is over is told to nobody else, and cannot be acknowledged', async () => {
    const { deps, sent, raise, pass } = world();
    await raise();
    await raise(true);
    await pass(1);
    expect([sent, await countWaiting(deps.catalog, 10), await listAlarms(deps)]).toEqual([[], 0, []]);
    await expect(acknowledgeAlarm(deps, BY)).rejects.toMatchObject({ code: 'unknown-alarm' });
  });

  it('is sent by the next process where one was killed while it sent, and not before it is known to be dead', async () => {
    const { sent, raise, pass, process } = world();
    await raise();
    process.isKilled = true;
    void pass(0.5);
    await new Promise(resolve => setImmediate(resolve));
    process.isKilled = false;
    await pass(0);
    expect(sent).toHaveLength(1);
    await pass(0.25);
    expect(sent).toHaveLength(2);
  });
});

/**
 * Random weeks of events, acknowledgements and late calls, with two processes that do everything at the same time. Whatever
 * happens: nothing critical is withheld, nothing else is sent in quiet hours, nothing is sent twice within its window,
 * nothing is lost, every alarm reaches somebody in bounded time, and who is next hears exactly what nobody acknowledged.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventOf, type HoldfastEvent } from '../../../../lib/domain/event.ts';
import type { TellingRules } from '../../../../lib/domain/telling-rules.ts';
import { tenantId, tenantRef } from '../../../../lib/domain/tenant.ts';
import { acknowledgeAlarm } from '../../../../lib/operations/telling/kept-alarms.ts';
import type { Recipient } from '../../../../lib/operations/telling/recipients.ts';
import { sendDueMessages, type TellingDeps, tellEvent } from '../../../../lib/operations/telling/tell-recipients.ts';
import { memoryCatalog } from '../../../support/memory-catalog.ts';

const MINUTE_MS = 60_000;
const TICK_MS = 5 * MINUTE_MS;
/** The longest window, escalation and quiet hours below, twice. */
const LONGEST_MINUTES = 2 * (120 + 45 + 10 * 60);
/** Clocks are put forward, put back, and neither. */
const STARTS = ['2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z', '2026-06-01T12:00:00Z'];
const QUIET = { zone: 'Europe/Berlin', from: '22:00', to: '07:00' };
const TENANT = tenantRef('an-installation', tenantId('acme'));

const RULES: Readonly<Record<string, TellingRules>> = {
  'on-call': { repeatMinutes: 15 },
  office: { repeatMinutes: 60, quiet: QUIET },
  manager: { repeatMinutes: 60, afterMinutes: 30 },
  owner: { repeatMinutes: 120, afterMinutes: 45, quiet: QUIET },
};
/** Critical, another alarm, a note, and a request of which each is told once. */
const NOTICES = [
  ['alarm', 'log-gap', {}],
  ['alarm', 'backup-failed', { tenant: TENANT }],
  ['info', 'identity-mended', {}],
  ['info', 'approval-wanted', { id: 'r1' }],
] as const;

interface Sent {
  readonly to: string;
  readonly event: HoldfastEvent;
  readonly count: number;
  readonly at: number;
}

type Act = { readonly wait: number } & (
  | { readonly notice: number }
  | { readonly acknowledge: number }
  | { readonly late: number }
);
const wait = fc.integer({ min: 0, max: 90 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ wait, notice: fc.nat(NOTICES.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ wait, acknowledge: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ wait, late: fc.integer({ min: 60, max: 600 }) }) },
);

class World {
  now: number;
  readonly sent: Sent[] = [];
  readonly raised: { readonly event: HoldfastEvent; readonly at: number }[] = [];
  /** `after`: how many messages had been sent, also at that very time. */
  readonly acknowledged: { readonly code: string; readonly at: number; readonly after: number }[] = [];
  readonly deps: TellingDeps;

  constructor(start: string) {
    this.now = Date.parse(start);
    const recipient = (name: string): Recipient => ({
      ...{ name, rules: RULES[name]! },
      wants: event => RULES[name]!.afterMinutes === undefined || event.severity !== 'info',
      deliver: async ({ event, count }) => {
        // Where another process may come in between.
        await Promise.resolve();
        this.sent.push({ to: name, event, count, at: this.now });
      },
    });
    this.deps = {
      ...{ catalog: memoryCatalog(), clock: { now: () => new Date(this.now) } },
      recipients: { sinks: Object.keys(RULES).map(recipient), contactOf: async () => undefined },
      report: async ({ message }) => {
        throw new Error(message);
      },
    };
  }

  async play(action: Act): Promise<void> {
    await this.pass(action.wait, 5);
    if ('late' in action) return this.pass(action.late, action.late);
    if ('notice' in action) {
      const [severity, code, details] = NOTICES[action.notice]!;
      const at = new Date(this.now).toISOString();
      const event = eventOf({ installation: 'i', severity, code, message: 'm', details, at });
      this.raised.push({ event, at: this.now });
      await Promise.all([tellEvent(this.deps, event), sendDueMessages(this.deps)]);
      return;
    }
    const { code, tenant } = this.raised.map(({ event }) => event).find(({ severity }) => severity !== 'info') ?? {};
    if (code === undefined) return;
    await acknowledgeAlarm(this.deps, { id: tenant ? `${code}/${tenant}` : code, by: 'ann', reason: '' }).catch(
      () => {},
    );
    this.acknowledged.push({ code, at: this.now, after: this.sent.length });
  }

  /** Two processes call at each tick. */
  async pass(minutes: number, step: number): Promise<void> {
    for (let left = minutes; left > 0; left -= step) {
      this.now += Math.min(left, step) * MINUTE_MS;
      await Promise.all([sendDueMessages(this.deps), sendDueMessages(this.deps)]);
    }
  }
}

function isQuiet(at: number): boolean {
  const shown = new Date(at).toLocaleTimeString('sv-SE', { timeZone: QUIET.zone }).slice(0, 5);
  return shown >= QUIET.from || shown < QUIET.to;
}

const passes = ({ severity, kind }: HoldfastEvent) => severity === 'critical' || kind === 'approval-wanted';
/** Before that message was sent. */
const isAcknowledged = ({ acknowledged, sent }: World, message: Sent) =>
  acknowledged.some(
    ({ code, at, after }) =>
      code === message.event.code && after <= sent.indexOf(message) && message.at - at < 24 * 60 * MINUTE_MS,
  );

async function played(start: string, actions: readonly Act[]): Promise<World> {
  const world = new World(start);
  for (const action of actions) await world.play(action);
  await world.pass(LONGEST_MINUTES, 30);
  return world;
}

function checkSent({ sent }: World): void {
  const last = new Map<string, number>();
  for (const { to, event, at } of sent) {
    const of = `${to} ${event.key}`;
    const before = last.get(of);
    if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(RULES[to]!.repeatMinutes * MINUTE_MS);
    last.set(of, at);
    if (RULES[to]!.quiet && !passes(event)) expect(isQuiet(at), `${of} ${new Date(at).toISOString()}`).toBe(false);
  }
}

function checkToldToAll({ sent, raised }: World): void {
  for (const name of ['on-call', 'office']) {
    const keys = new Set(raised.map(({ event }) => event.key));
    for (const key of keys) {
      const events = raised.filter(({ event }) => event.key === key);
      const told = sent.filter(({ to, event }) => to === name && event.key === key);
      const once = events[0]!.event.code === 'approval-wanted';
      expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(once ? 1 : events.length);
      if (passes(events[0]!.event)) expect(told[0]!.at).toBe(events[0]!.at);
    }
  }
}

function checkEscalated(world: World): void {
  const alarms = world.raised.filter(({ event }) => event.severity !== 'info');
  for (const message of world.sent.filter(each => RULES[each.to]!.afterMinutes !== undefined)) {
    const { to, event, at } = message;
    expect(isAcknowledged(world, message)).toBe(false);
    const after = RULES[to]!.afterMinutes! * MINUTE_MS;
    expect(alarms.some(raised => raised.event.key === event.key && at - raised.at >= after)).toBe(true);
  }
  for (const { event, at } of alarms) {
    if (world.acknowledged.some(({ code }) => code === event.code)) continue;
    const heard = world.sent.filter(each => each.to === 'manager' && each.event.key === event.key && each.at >= at);
    expect(heard.length, event.key).toBeGreaterThan(0);
    expect(heard[0]!.at - at).toBeLessThanOrEqual((30 + 60 + 600) * MINUTE_MS + TICK_MS);
  }
}

describe('people are told', () => {
  it('of everything in time, of nothing twice, and at night only of what cannot wait', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STARTS), fc.array(act, { maxLength: 25 }), async (start, actions) => {
        const world = await played(start, actions);
        checkSent(world);
        checkToldToAll(world);
        checkEscalated(world);
      }),
      { numRuns: 25 },
    );
  });
});

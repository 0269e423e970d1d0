/**
 * Posts on the status page: only an operator posts; who posted is in the audit trail and nowhere else; a post is written
 * once, signed, and shown escaped; one that is altered is not shown, and the page says so.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unmeasuredDay } from '../../../../lib/domain/report/day-measures.ts';
import { componentDay, uptimeOf } from '../../../../lib/domain/status-page/component-days.ts';
import { statusHtml } from '../../../../lib/domain/status-page/status-html.ts';
import { type PostAsked, STATUS_COMPONENTS } from '../../../../lib/domain/status-page/status-post.ts';
import { incidentTexts } from '../../../../lib/domain/status-page/status-templates.ts';
import { SYSTEM } from '../../../../lib/domain/tenant.ts';
import { buildStatusPage } from '../../../../lib/operations/reporting/build-status-page.ts';
import { postStatus } from '../../../../lib/operations/reporting/post-status.ts';
import { listIncidents } from '../../../../lib/operations/reporting/status-posts.ts';
import { anna, governedWorld, olga, owner, root, type World } from '../../../support/governed.ts';

let world: World;
beforeEach(async () => {
  world = await governedWorld();
  await world.deps.keyring.ensureKey(SYSTEM);
});
afterEach(() => world.deps.dispose());

const OPENED: PostAsked = { component: 'snapshots', state: 'investigating', text: 'Snapshots are late.' };

async function post(asked: PostAsked = OPENED, who = olga) {
  const stored = await postStatus(world.deps, who, asked);
  world.deps.clock.advance(60_000);
  return stored;
}

const build = () => buildStatusPage(world.deps, { title: 'Backup status', recordsFailures: false });

describe('a post', () => {
  it('is an operator’s, with who posted in the audit trail and not on the page', async () => {
    const { key, post: stored } = await post();
    const [allowed, done] = (await world.trail(SYSTEM)).slice(-2);
    expect(allowed).toMatchObject({ who: { name: 'olga' }, action: 'postStatus', outcome: 'started' });
    expect(done).toMatchObject({ outcome: 'done', details: { incident: stored.incident, component: 'snapshots' } });
    expect(Object.keys(done!.records!)).toEqual([key]);
    const { page } = await build();
    for (const text of [statusHtml(page), JSON.stringify(page), JSON.stringify(stored)])
      expect(text).not.toContain('olga');
  });

  it.each([anna, owner])('of anybody else is denied, recorded, and stored nowhere', async who => {
    await expect(post(OPENED, who)).rejects.toMatchObject({ code: 'not-permitted' });
    expect(await world.last(SYSTEM)).toMatchObject({ who: who.name, action: 'postStatus', outcome: 'denied' });
    expect((await listIncidents(world.deps)).incidents).toEqual([]);
  });

  it('opens an incident, or updates one until it is resolved; what was posted stays', async () => {
    const { post: first } = await post();
    await post({ state: 'monitoring', text: 'Fixed.', incident: first.id.slice(0, 9) }, root);
    expect((await build()).page.components[1]).toMatchObject({ component: 'snapshots', state: 'degraded' });
    await post({ state: 'resolved', text: 'All taken.', incident: first.id });
    const { incidents, altered } = await listIncidents(world.deps);
    const { page } = await build();
    expect(page.incidents).toHaveLength(1);
    expect({ incidents, altered }).toEqual({ incidents: page.incidents, altered: [] });
    expect(page.incidents[0]).toMatchObject({ id: first.id, state: 'resolved', startedAt: first.at });
    expect(page.incidents[0]!.updates.map(({ text }) => text)).toEqual(['All taken.', 'Fixed.', 'Snapshots are late.']);
    // Nothing was measured: what people say makes nothing better.
    expect(page.components.map(({ state, uptime }) => [state, uptime])).toEqual(Array(4).fill(['unknown', null]));
    world.deps.clock.advance(91 * 24 * 3600_000);
    expect((await build()).page.incidents).toEqual([]);
  });

  it.each<[PostAsked, string]>([
    [{ state: 'resolved', text: 'x', incident: 'zzz' }, 'unknown-incident'],
    [{ state: 'investigating', text: 'x' }, 'usage'],
    [{ ...OPENED, text: '  ' }, 'usage'],
    [{ ...OPENED, text: 'a'.repeat(2001) }, 'usage'],
    [{ ...OPENED, text: 'red \u001b[31m' }, 'usage'],
    [{ ...OPENED, text: 'turned \u202e around' }, 'usage'],
  ])('that is wrong stores nothing (%#)', async (asked, code) => {
    await expect(post(asked)).rejects.toMatchObject({ code });
    expect((await listIncidents(world.deps)).incidents).toEqual([]);
  });

  it('cannot move to another component', async () => {
    const { post: first } = await post();
    const asked = { ...OPENED, component: 'restores', incident: first.id } as const;
    await expect(post(asked)).rejects.toMatchObject({ code: 'usage' });
  });

  it('that is altered, or copied to another place, is not shown, and the page says that one is missing', async () => {
    const { key, post: first } = await post();
    await post({ state: 'identified', text: 'Known.', incident: first.id });
    const bytes = await world.deps.vault.get(key);
    const copy = key.replace(first.id, `${first.id.slice(0, -1)}_`);
    const retainUntil = new Date(world.deps.clock.now().getTime() + 1000);
    await world.deps.vault.put(copy, bytes, { retainUntil });
    await world.deps.tamper(key, stored => Buffer.from(stored.toString().replace('late', 'fine')));
    const { page, altered } = await build();
    expect(altered).toEqual([key, copy].sort());
    expect(page.unverifiedPosts).toBe(2);
    expect(page.incidents[0]!.updates.map(({ text }) => text)).toEqual(['Known.']);
    expect(statusHtml(page)).toContain('could not be verified');
  });
});

describe('the page', () => {
  it('has no script, asks for nothing, and shows text by people as text', async () => {
    await post({ ...OPENED, text: '<script>alert(1)</script>\n"quoted" & <b>bold</b>' });
    const html = statusHtml((await buildStatusPage(world.deps, { title: '<i>T</i>', recordsFailures: false })).page);
    expect(html).not.toMatch(/<script|<b>|<i>|https?:|src=|@import|url\((?!#)/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('shows days that nobody measured as not known, with a shape of their own, never as up', async () => {
    const html = statusHtml((await build()).page);
    expect(html.match(/<rect class="unknown" fill="url\(#bars-/g)).toHaveLength(4 * 90);
    expect(html).not.toContain('<rect class="up"');
    expect(html).toContain('The state is not known.');
  });
});

describe('a day', () => {
  const day = '2026-01-10';
  const [noon, after] = [Date.parse('2026-01-10T12:00:00Z'), Date.parse('2026-01-11T00:00:00Z')];
  const log = (measuredSeconds: number, downSeconds: number) => ({
    ...unmeasuredDay(day),
    log: {
      ...{ measuredSeconds, downSeconds, lateSeconds: {} as never, lostSeconds: 0, longestSilenceSeconds: 0 },
      ...{ runs: 1, transactions: 1, changes: 1, storedBytes: 1 },
    },
  });

  it('is up only if all of it that has passed was measured, and nothing was down', () => {
    const state = (measured: number, down: number, now: number) =>
      componentDay('log-shipping', log(measured, down), now).state;
    expect(state(86_400, 0, after)).toBe('up');
    expect(state(43_200, 0, noon)).toBe('up');
    expect(state(43_200, 0, after)).toBe('unknown');
    expect(state(43_200, 1, after)).toBe('degraded');
    expect(state(43_200, 43_200, after)).toBe('down');
    expect(uptimeOf([componentDay('log-shipping', log(86_400, 0.5), after)])).toBeLessThan(1);
  });

  it('that is not over has no verdict on snapshots: they can still come', () => {
    const backups = { ...{ expected: 2, covered: 0, snapshots: 0, incrementals: 0, bytes: 0, storedBytes: 0 } };
    const measures = { ...unmeasuredDay(day), backups: { ...backups, durationMs: null } };
    expect(componentDay('snapshots', measures, noon)).toMatchObject({ state: 'unknown', known: 0 });
    expect(componentDay('snapshots', measures, after)).toMatchObject({ state: 'down', known: 2 });
  });
});

it('the texts for customers, stakeholders and media say what the incident says, and leave blanks for the rest', async () => {
  for (const component of STATUS_COMPONENTS) {
    const { post: first } = await post({ component, state: 'investigating', text: 'We look\nat it.' });
    await post({ state: 'resolved', text: 'It is done.', incident: first.id });
    const incident = (await listIncidents(world.deps)).incidents.find(({ id }) => id === first.id)!;
    const { customers, stakeholders, media } = incidentTexts(incident);
    for (const text of [customers, stakeholders, media]) {
      expect(text).toContain('15 January 2026, 12:0');
      expect(text).toMatch(/\[[A-Z]/);
      expect(text).not.toMatch(/undefined|null|olga| \n/);
    }
    expect(customers).toContain('  It is done.');
    expect(stakeholders).toContain('  We look\n  at it.');
    expect(stakeholders).toContain(first.id);
  }
});

/**
 * What people do in a year, each story over several days: a story yields how many days pass before its next step. Stories of many
 * tenants run interleaved, so each step asks the model how things stand before it says what must come of it.
 */

import { departureKey } from '../../lib/domain/governance-key.ts';
import { formatLsn, lsn } from '../../lib/domain/lsn.ts';
import { retainUntil } from '../../lib/domain/settings.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { breakGlass, reviewGlass } from '../../lib/operations/governance/break-glass.ts';
import { decideCancellation, decideFinish } from '../../lib/operations/governance/destruction/decide-destruction.ts';
import { HoldInput } from '../../lib/operations/governance/holds/place-hold.ts';
import { putSigned } from '../../lib/operations/storage/signed-document.ts';
import { daysLater, type GovernedYear, PEOPLE } from './governed-year.ts';
import type { ModelHold, ModelTenant } from './year-model.ts';

export type Story = AsyncGenerator<number, void>;

const { ada, anna, bert, clock, lena, luis, nora, olga, otto, rosa, ruth } = PEOPLE;

export async function* restoring(year: GovernedYear, of: ModelTenant): Story {
  const owner = year.administrators.get(of.ref)!;
  const who = year.oneOf([olga, otto, owner]);
  const drill = year.chance(40);
  // A hold takes no restore from anybody.
  const asked = (await year.ask(who, 'restore', of, { drill, name: of.name }))!;
  if (year.chance(30)) await year.decide(who, asked, true, 'own-request');
  const course = year.below(10);
  if (course === 0) return year.cancel(who, asked);
  if (course === 1) {
    yield 2;
    await year.execute(who, asked, 'request-expired');
    return;
  }
  if (course === 2) await year.execute(who, asked, 'not-approved');
  if (year.chance(50)) yield 1;
  await year.decide(year.oneOf([anna, bert]), asked, course !== 3);
  const gone = of.countdown !== undefined || of.destroyed ? 'key-destroyed' : undefined;
  const code = course === 3 ? 'request-refused' : undefined;
  if (await year.execute(who, asked, code, gone))
    year.model.restores.push({ id: asked.id, at: year.now(), drill, tenant: of.ref });
}

/** Places a hold, which ends a countdown. */
export async function placed(year: GovernedYear, of: ModelTenant, matter: string): Promise<ModelHold> {
  const who = year.oneOf([lena, luis, rosa]);
  const reviewBy = year.chance(50) ? daysLater(year.now(), 20 + year.below(60)) : undefined;
  const input = HoldInput.parse({ matter, ...(reviewBy && { reviewBy: new Date(reviewBy).toISOString() }) });
  const asked = (await year.ask(who, 'hold', of, input))!;
  await year.execute(who, asked);
  if (of.countdown) {
    of.countdown = undefined;
    of.destructions.push({ at: year.now(), part: 'outcome' });
    year.model.alarm('destruction-stopped');
  }
  const made: ModelHold = { id: asked.id, matter, reviewBy, standing: true, documents: 2 };
  of.holds.push(made);
  return made;
}

const othersOf = (of: ModelTenant, hold: ModelHold) =>
  of.holds
    .filter(other => other.standing && other !== hold)
    .map(({ id }) => id)
    .join();

export async function* holding(year: GovernedYear, of: ModelTenant, matter: string): Story {
  if (of.destroyed) return;
  const hold = await placed(year, of, matter);
  yield 5 + year.below(80);
  for (;;) {
    const asked = (await year.ask(year.oneOf([lena, luis]), 'release', of, { matter }))!;
    const others = othersOf(of, hold);
    await year.decide(anna, asked, true);
    if (year.chance(30)) await year.execute(ruth, asked, 'not-approved');
    if (year.chance(30)) await year.decide(rosa, asked, true, 'not-permitted');
    yield 1 + year.below(4);
    if (year.chance(20)) {
      await year.decide(bert, asked, false);
      await year.execute(ruth, asked, 'request-refused');
      yield 5 + year.below(20);
      continue;
    }
    await year.decide(bert, asked, true);
    if (year.chance(30)) await year.execute(lena, asked, 'not-permitted');
    const isSame = others === othersOf(of, hold);
    if (!(await year.execute(ruth, asked, isSame ? undefined : 'plan-changed'))) continue;
    hold.standing = false;
    hold.documents += 2;
    return;
  }
}

export type DestructionCourse =
  | 'supervised'
  | 'by a person'
  | 'cancelled'
  | 'stopped by a hold'
  | 'refused'
  | 'expired';

export async function* destroying(year: GovernedYear, of: ModelTenant, course: DestructionCourse): Story {
  while (year.model.isHeld(of) || of.countdown) {
    await year.ask(rosa, 'destroy', of, { days: 7 }, year.model.isHeld(of) ? 'not-permitted' : 'key-destroyed');
    yield 10;
  }
  const asked = (await year.ask(rosa, 'destroy', of, { days: 7 + year.below(8) }))!;
  await year.decide(rosa, asked, true, 'own-request');
  await year.decide(ruth, asked, true, 'not-permitted');
  if (course === 'expired') {
    yield 21;
    await year.execute(rosa, asked, year.model.isHeld(of) ? 'not-permitted' : 'request-expired');
    return;
  }
  await year.decide(anna, asked, true);
  yield 1;
  await year.decide(bert, asked, course !== 'refused');
  const refused = course === 'refused' ? 'request-refused' : undefined;
  if (!(await year.execute(rosa, asked, year.model.isHeld(of) ? 'not-permitted' : refused))) return;
  const days = JSON.parse(asked.plan).body.days as number;
  of.countdown = { until: daysLater(year.now(), days) };
  of.destructions.push({ at: year.now(), part: 'order' });
  yield 3;
  if (of.countdown) yield* countingDown(year, of, course);
}

async function* countingDown(year: GovernedYear, of: ModelTenant, course: DestructionCourse): Story {
  const named = { principal: rosa, tenant: of.ref as TenantRef };
  const deps = { ...year.destruction(), authorize: year.deps.authorize, record: year.deps.record };
  if (course === 'stopped by a hold') yield* holding(year, of, `stop ${year.day}`);
  if (course === 'cancelled') {
    await year.expecting(undefined, () => decideCancellation(deps, named, 'a mistake'));
    year.note(of, rosa, 'destroy cancelled');
    of.countdown = undefined;
    of.destructions.push({ at: year.now(), part: 'outcome' });
  }
  if (course !== 'by a person') return;
  await year.expecting('countdown-running', () => decideFinish(deps, named));
  year.note(of, rosa, 'destroy started');
  year.note(of, rosa, 'destroy failed countdown-running');
  while (of.countdown && year.now() + 1000 < of.countdown.until) yield 1;
  if (!of.countdown) return;
  await year.expecting(undefined, () => decideFinish(deps, named));
  year.note(of, rosa, 'destroy started');
  year.note(of, rosa, 'destroy done');
  destroyed(year, of);
}

export function destroyed(year: GovernedYear, of: ModelTenant): void {
  of.countdown = undefined;
  of.destroyed = true;
  for (const part of ['outcome', 'certificate'] as const) of.destructions.push({ at: year.now(), part });
}

/** Shortens with an approval, or without one; then lengthens, which needs none. */
export async function* changingPolicy(year: GovernedYear, of: ModelTenant): Story {
  if (of.policies.length === 0 || of.destroyed) return;
  const before = of.promises.inForce!;
  const days = Math.max(7, before.dailyDays - 1 - year.below(5));
  of.configured = { ...before, dailyDays: days, weeklyDays: Math.max(28, before.weeklyDays - 7) };
  const input = { changes: [{ tenant: of.ref, policy: of.configured }] };
  await year.ask(year.administrators.get(of.ref)!, 'change-policy', of, input, 'not-permitted');
  const asked = (await year.ask(rosa, 'change-policy', of, input))!;
  yield 1 + year.below(4);
  const agrees = year.chance(60);
  await year.decide(anna, asked, agrees);
  if (await year.execute(rosa, asked, agrees ? undefined : 'request-refused')) of.approved.push(of.configured);
  else of.configured = before;
  yield 10 + year.below(20);
  of.configured = { ...of.configured, monthlyDays: of.configured.monthlyDays + 10 };
  await year.ask(
    rosa,
    'change-policy',
    of,
    { changes: [{ tenant: of.ref, policy: of.configured }] },
    'nothing-to-approve',
  );
}

export async function* breakingGlass(year: GovernedYear, of: ModelTenant): Story {
  const tenant = of.ref as TenantRef;
  if (!year.model.isBackedUp(of)) return;
  const input = { drill: false, name: of.name };
  const asked = { action: 'restore', tenant, input, reason: 'production is down' } as const;
  await year.expecting('not-permitted', () => breakGlass(year.deps, year.kinds, { ...asked, principal: olga }));
  year.note(of, olga, 'breakGlass denied not-permitted');
  const { request } = (await year.expecting(undefined, () =>
    breakGlass(year.deps, year.kinds, { ...asked, principal: rosa }),
  ))!;
  for (const what of ['breakGlass requested', 'restore started', 'restore done']) year.note(of, rosa, what);
  year.model.alarm('glass-broken');
  const made = {
    ...{ id: request.id, tenant: of.ref, action: 'restore', expires: 0, state: 'done' as const, approvals: 0 },
    ...{ doneAt: year.now(), glass: 'broken' as 'broken' | 'reviewed' },
  };
  year.model.requests.push(made);
  year.model.restores.push({ id: request.id, at: year.now(), drill: false, tenant: of.ref });
  yield 1 + year.below(40);
  const named = { tenant, id: request.id, comment: 'it was necessary' };
  await year.expecting('own-request', () => reviewGlass(year.deps, { ...named, principal: rosa }));
  year.note(of, rosa, 'reviewBrokenGlass denied own-request');
  const reviewer = year.oneOf([ada, anna, ruth]);
  await year.expecting(undefined, () => reviewGlass(year.deps, { ...named, principal: reviewer }));
  year.note(of, reviewer, 'reviewBrokenGlass reviewed');
  made.glass = 'reviewed';
}

export async function* reaching(year: GovernedYear, of: ModelTenant): Story {
  const stranger = year.oneOf([...year.administrators].filter(([ref]) => ref !== of.ref))[1];
  const restore = { drill: false, name: of.name };
  const who = year.oneOf([nora, ada, anna, lena, stranger]);
  await year.ask(who, 'restore', of, restore, 'not-permitted');
  yield year.below(3);
  await year.ask(year.oneOf([olga, stranger, ada, anna, nora]), 'hold', of, { matter: 'x' }, 'not-permitted');
  await year.ask(year.oneOf([olga, stranger, lena, anna]), 'destroy', of, {}, 'not-permitted');
  yield year.below(3);
  await year.ask(clock, 'restore', of, restore, 'no-person');
  await year.ask(luis, 'release', of, { matter: 'no such matter' }, 'unknown-matter');
  await year.askBecause(' ', { who: luis, action: 'hold', of, input: { matter: 'x' }, code: 'reason-missing' });
}

/** As a fleet run notes it that no longer finds the tenant in the database. */
export async function* departing(year: GovernedYear, of: ModelTenant): Story {
  const { deps, settings } = year;
  const ref = of.ref as TenantRef;
  const now = deps.clock.now();
  const position = lsn(BigInt(year.day + 2) * 1000n);
  const departed = { at: now.toISOString(), lsn: formatLsn(position) };
  const note = { format: 'holdfast.departure/1', tenant: ref, ...departed };
  await putSigned(deps, departureKey(ref, position), note, { retainUntil: retainUntil(settings, 'record', now) });
  const item = (await tenants.get(deps.catalog, ref))!;
  await deps.catalog.write([tenants.put({ ...item, left: true, departed })]);
  of.departedAt = now.getTime();
  yield 0;
}

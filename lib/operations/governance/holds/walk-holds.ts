/**
 * Sets or removes the hold of every existing object of a tenant, in every region, in the order of the keys: a walk that
 * stops when its time is used up and continues where it was, also after a crash. What it changed is proved by
 * prove-holds.ts, which does not trust it.
 */
import { heldPrefixes } from '../../../domain/object-key.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps, Vault } from '../../../ports.ts';
import { holdWalks, type WalkState } from '../../catalog/hold-items.ts';
import { inParallel } from '../../in-parallel.ts';
import { NO_LIMIT, type TimeBudget } from '../../time-budget.ts';

export interface HoldRegion {
  readonly region: string;
  readonly vault: Pick<Vault, 'head' | 'list' | 'setHold'>;
}

export interface WalkDeps extends Pick<Deps, 'vault' | 'catalog' | 'progress' | 'crash'> {
  /** The vaults of the other regions. */
  readonly otherRegions?: readonly HoldRegion[];
}

export interface Walk {
  /** Names the walk: repeated under the same id, it continues. */
  readonly id: string;
  readonly tenant: TenantRef;
  readonly hold: boolean;
  /** Asked after every change: whether the opposite was decided since. */
  stop(): Promise<boolean>;
}

/** The state of a walk when it ended, or paused. */
export type Walked = WalkState & { readonly stopped?: true };

/** Objects between two notes of the position, changed at the same time. */
export const TOGETHER = 64;

/** All vaults that can have objects of a tenant; the first is that of the ports. */
export function holdRegions({ vault, otherRegions = [] }: WalkDeps): readonly HoldRegion[] {
  return [{ region: 'primary', vault }, ...otherRegions];
}

export interface HoldPlace extends HoldRegion {
  readonly prefix: string;
}

/** Where a tenant has objects, in the order of every walk: region by region. */
export function holdPlaces(deps: WalkDeps, tenant: TenantRef): readonly HoldPlace[] {
  return holdRegions(deps).flatMap(region => heldPrefixes(tenant).map(prefix => ({ ...region, prefix })));
}

/** `stopped`: by `stop`. `done` once everything that existed when it began was seen. */
export async function walkHolds(deps: WalkDeps, walk: Walk, budget: TimeBudget = NO_LIMIT): Promise<Walked> {
  const places = holdPlaces(deps, walk.tenant);
  const before = await holdWalks.get(deps.catalog, walk.id);
  let state = before ?? { place: 0, after: '', changed: 0, done: false };
  // Noted before anything is changed: whoever comes after a crash knows that it may have been.
  if (before === undefined) await deps.catalog.write([holdWalks.put(walk.id, state)]);
  while (!state.done) {
    const place = places[state.place];
    if (place === undefined) state = { ...state, done: true };
    else state = await walkSome(place, walk, state);
    await deps.catalog.write([holdWalks.put(walk.id, state)]);
    await deps.crash?.('hold.during-walk');
    deps.progress?.({ step: 'hold.walk', message: 'Changing holds', done: state.changed, unit: 'objects' });
    if (await walk.stop()) return { ...state, stopped: true };
    if (budget.isUsed()) return state;
  }
  return state;
}

/** The next objects of a place, or the step to the next place. */
async function walkSome(
  { vault, prefix }: { vault: HoldRegion['vault']; prefix: string },
  { hold }: Walk,
  state: WalkState,
): Promise<WalkState> {
  const wrong: string[] = [];
  let { after } = state;
  let seen = 0;
  for await (const object of vault.list(prefix, after || undefined)) {
    after = object.key;
    if (object.hold !== hold) wrong.push(object.key);
    if (++seen === TOGETHER) break;
  }
  await inParallel(TOGETHER, wrong, key => changeHold(vault, key, hold));
  const changed = state.changed + wrong.length;
  return seen < TOGETHER ? { ...state, place: state.place + 1, after: '', changed } : { ...state, after, changed };
}

/** Nothing for an object that is gone: it expired before the hold. */
export async function changeHold(vault: HoldRegion['vault'], key: string, hold: boolean): Promise<void> {
  try {
    await vault.setHold(key, hold);
  } catch (error) {
    if ((await vault.head(key)) !== undefined) throw error;
  }
}

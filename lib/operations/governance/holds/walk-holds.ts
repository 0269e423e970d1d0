/**
 * Sets or removes the hold of every existing object of a tenant, in every region, in the order of the keys: a walk that
 * stops when its time is used up and continues where it was, also after a crash. And the proof: what exists, and whether
 * each of it is held, without trusting the walk.
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
const TOGETHER = 64;

/** All vaults that can have objects of a tenant; the first is that of the ports. */
export function holdRegions({ vault, otherRegions = [] }: WalkDeps): readonly HoldRegion[] {
  return [{ region: 'primary', vault }, ...otherRegions];
}

/** `stopped`: by `stop`. `done` once everything that existed when it began was seen. */
export async function walkHolds(deps: WalkDeps, walk: Walk, budget: TimeBudget = NO_LIMIT): Promise<Walked> {
  const places = holdRegions(deps).flatMap(({ vault }) => heldPrefixes(walk.tenant).map(prefix => ({ vault, prefix })));
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
async function changeHold(vault: HoldRegion['vault'], key: string, hold: boolean): Promise<void> {
  try {
    await vault.setHold(key, hold);
  } catch (error) {
    if ((await vault.head(key)) !== undefined) throw error;
  }
}

export interface RegionHolds {
  readonly region: string;
  readonly objects: number;
  readonly bytes: number;
  /** Objects without a hold. */
  readonly open: readonly string[];
}

/** What exists of the tenant in each region, as the vaults say. */
export async function listHolds(deps: WalkDeps, tenant: TenantRef): Promise<RegionHolds[]> {
  const found: RegionHolds[] = [];
  for (const region of holdRegions(deps)) found.push(await holdsIn(region, tenant));
  return found;
}

async function holdsIn({ region, vault }: HoldRegion, tenant: TenantRef): Promise<RegionHolds> {
  let [objects, bytes] = [0, 0];
  const open: string[] = [];
  for (const prefix of heldPrefixes(tenant)) {
    for await (const object of vault.list(prefix)) {
      objects += 1;
      bytes += object.bytes;
      if (!object.hold) open.push(object.key);
    }
  }
  return { region, objects, bytes, open };
}

/** Sets what is open. How many objects. */
export async function closeHolds(deps: WalkDeps, found: readonly RegionHolds[]): Promise<number> {
  const vaults = new Map(holdRegions(deps).map(({ region, vault }) => [region, vault]));
  for (const { region, open } of found)
    await inParallel(TOGETHER, open, key => changeHold(vaults.get(region)!, key, true));
  return found.reduce((total, { open }) => total + open.length, 0);
}

/**
 * The proof of a legal hold: lists what exists of the tenant in every region, and looks whether each object is held. What
 * is not is held now, looked at once more, and counted. It pauses when its time is used up, and continues where it was.
 *
 * Invariant: nothing counts as proved that was not read. Where a proof paused is signed for its tenant and its run, and is
 * forgotten after two days: an edited catalog, or another run, begins it again.
 */
import * as z from 'zod';
import { ConflictError, IntegrityError } from '../../../domain/errors.ts';
import { governancePrefix } from '../../../domain/governance-key.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { holdProofs } from '../../catalog/hold-items.ts';
import { inParallel } from '../../in-parallel.ts';
import { openSigned, signText } from '../../storage/signed-document.ts';
import { isUnderHold } from '../../storage/standing-holds.ts';
import { NO_LIMIT, type TimeBudget } from '../../time-budget.ts';
import { changeHold, type HoldPlace, holdPlaces, holdRegions, TOGETHER, type WalkDeps } from './walk-holds.ts';

export type ProofDeps = WalkDeps & Pick<Deps, 'signer' | 'clock'>;

const ProvedRegion = z.strictObject({ region: z.string(), objects: z.number(), bytes: z.number() });
export type ProvedRegion = z.infer<typeof ProvedRegion>;

const ProofState = z.strictObject({
  run: z.string(),
  startedAt: z.iso.datetime(),
  /** Number of the place (region and prefix), and the last key there. */
  place: z.number(),
  after: z.string(),
  regions: z.array(ProvedRegion),
  repaired: z.number(),
  /** The first object that was not held. */
  first: z.string().optional(),
});
type ProofState = z.infer<typeof ProofState>;

export type HoldProof =
  | { readonly done: false }
  | ({ readonly done: true } & Pick<ProofState, 'regions' | 'repaired' | 'first'>);

/** A proof says what was true within this time. */
const FORGET_MS = 48 * 3600 * 1000;

/**
 * `run`: repeated under the same name, it continues. IntegrityError `hold-incomplete` for an object that cannot be held;
 * ConflictError `hold-not-standing` where an object is not held because no hold stands any more.
 */
export async function proveHolds(
  deps: ProofDeps,
  { tenant, run }: { readonly tenant: TenantRef; readonly run: string },
  budget: TimeBudget = NO_LIMIT,
): Promise<HoldProof> {
  const places = holdPlaces(deps, tenant);
  const before = await pausedProof(deps, tenant, run);
  let state = before ?? begin(deps, run);
  for (let place = places[state.place]; place !== undefined; place = places[state.place]) {
    state = await proveSome(deps, { tenant, ...place }, state);
    await deps.crash?.('hold.during-proof');
    const done = state.regions.reduce((sum, { objects }) => sum + objects, 0);
    deps.progress?.({ step: 'hold.prove', message: 'Proving holds', done, unit: 'objects' });
    if (!budget.isUsed() || state.place >= places.length) continue;
    const text = await signText(deps.signer, placeOf(tenant), JSON.stringify(state));
    await deps.catalog.write([holdProofs.put(tenant, text)]);
    return { done: false };
  }
  if (before !== undefined) await deps.catalog.write([holdProofs.remove(tenant)]);
  const { regions, repaired, first } = state;
  return { done: true, regions, repaired, ...(first !== undefined && { first }) };
}

function begin(deps: ProofDeps, run: string): ProofState {
  const regions = holdRegions(deps).map(({ region }) => ({ region, objects: 0, bytes: 0 }));
  return { run, startedAt: deps.clock.now().toISOString(), place: 0, after: '', regions, repaired: 0 };
}

/** Undefined unless this installation signed it for this run and these regions, within the last two days. */
async function pausedProof(deps: ProofDeps, tenant: TenantRef, run: string): Promise<ProofState | undefined> {
  const text = await holdProofs.get(deps.catalog, tenant);
  if (text === undefined) return undefined;
  try {
    const place = placeOf(tenant);
    const { value } = await openSigned(deps.signer, { key: place, place, text }, ProofState);
    const isRecent = deps.clock.now().getTime() - Date.parse(value.startedAt) < FORGET_MS;
    const regions = holdRegions(deps).map(({ region }) => region);
    const isSame = value.regions.map(({ region }) => region).join() === regions.join();
    return value.run === run && isRecent && isSame ? value : undefined;
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** What the signature is for: not a key of the vault. */
function placeOf(tenant: TenantRef): string {
  return `${governancePrefix('holds', tenant)}proof`;
}

/** The next objects of a place, or the step to the next place. */
async function proveSome(
  deps: ProofDeps,
  { tenant, region, vault, prefix }: HoldPlace & { readonly tenant: TenantRef },
  state: ProofState,
): Promise<ProofState> {
  const open: string[] = [];
  let { after } = state;
  let [seen, bytes] = [0, 0];
  for await (const object of vault.list(prefix, after || undefined)) {
    after = object.key;
    bytes += object.bytes;
    if (!object.hold) open.push(object.key);
    if (++seen === TOGETHER) break;
  }
  // A release lets objects go: they must not be held again, because nothing would let them go any more.
  if (open.length > 0 && !(await isUnderHold(deps, tenant))) throw holdReleased();
  await inParallel(TOGETHER, open, key => close(vault, key));
  const first = state.first ?? open[0];
  return {
    ...state,
    ...(seen < TOGETHER ? { place: state.place + 1, after: '' } : { after }),
    regions: state.regions.map(each =>
      each.region === region ? { region, objects: each.objects + seen, bytes: each.bytes + bytes } : each,
    ),
    repaired: state.repaired + open.length,
    ...(first !== undefined && { first }),
  };
}

async function close(vault: HoldPlace['vault'], key: string): Promise<void> {
  await changeHold(vault, key, true);
  // Gone is what expired before the hold.
  if ((await vault.head(key))?.hold === false) throw incomplete(key);
}

export function holdReleased(): ConflictError {
  return new ConflictError('hold-not-standing', 'The hold was released meanwhile.', {
    hint: 'Nothing more is held for it. If the matter still needs a hold, request a new one.',
  });
}

function incomplete(key: string): IntegrityError {
  return new IntegrityError('hold-incomplete', 'An object of the tenant is not held.', {
    hint: 'Nothing was certified, and nothing of the tenant expires. Run `holdfast hold verify`; if it recurs, find out what removes holds.',
    details: { object: key },
  });
}

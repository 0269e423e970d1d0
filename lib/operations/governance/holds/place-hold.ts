/**
 * Places a legal hold for a matter, in the order that leaves no gap: the signed record and the catalog's index (from then
 * on nothing of the tenant expires, and every new object is put with its hold), the copies of its log, every object that
 * exists in every region, and then the proof that each is held. Only that is certified.
 *
 * The request gives the hold its id. Idempotent by it: called again after a crash, or when its time was used up, it continues.
 */
import * as z from 'zod';
import { InputError } from '../../../domain/errors.ts';
import type { Responsible } from '../../../domain/governed-action.ts';
import {
  type HoldCertificate,
  HoldId,
  type HoldRecord,
  holdCertificateKey,
  holdRecordKey,
} from '../../../domain/hold.ts';
import { keyDestroyed } from '../../../domain/key-destruction.ts';
import { newId } from '../../../domain/new-id.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { heldRuns } from '../../catalog/held-log-items.ts';
import { indexHolds } from '../../catalog/index-holds.ts';
import { type CopyLogDeps, copyHeldLog } from '../../retention/copy-held-log.ts';
import { destructionsOf, standingDestruction } from '../../storage/destruction-documents.ts';
import { readHold, readRelease } from '../../storage/standing-holds.ts';
import { NO_LIMIT, type TimeBudget } from '../../time-budget.ts';
import type { ActionDeps } from '../action-kind.ts';
import { stopForHold } from '../destruction/supervise-destructions.ts';
import { digestsOf, putOnce, sealDetails } from './hold-documents.ts';
import { holdReleased, type ProvedRegion, proveHolds } from './prove-holds.ts';
import { holdRegions, type WalkDeps, walkHolds } from './walk-holds.ts';

export type HoldDeps = Pick<Deps, keyof CopyLogDeps> &
  WalkDeps &
  Parameters<typeof stopForHold>[0] &
  Pick<ActionDeps, 'stopsElsewhere' | 'heldKeys'>;

/** What a person says. */
export const HoldInput = z.strictObject({
  matter: z.string().trim().min(1).max(200),
  /** The first moment that must stay recoverable, ISO 8601 UTC; null: everything that there is. */
  from: z.iso.datetime().nullable().default(null),
  reviewBy: z.iso.datetime().nullable().default(null),
  hidden: z.boolean().default(false),
});
export type HoldInput = z.infer<typeof HoldInput>;

/** Everything that will be done. */
export const HoldPlan = z.strictObject({
  matter: z.string(),
  from: z.iso.datetime().nullable(),
  reviewBy: z.iso.datetime().nullable(),
  hidden: z.boolean(),
  regions: z.array(z.string()),
});
export type HoldPlan = z.infer<typeof HoldPlan>;

export type PlacedHold =
  | { readonly done: false; readonly changed: number }
  | {
      readonly done: true;
      readonly changed: number;
      readonly certificate: HoldCertificate;
      /** SHA-256 by key. */
      readonly records: Readonly<Record<string, string>>;
    };

/** Equal inputs have equal plans. */
export function planHold(deps: WalkDeps, input: HoldInput): HoldPlan {
  return { ...input, regions: holdRegions(deps).map(({ region }) => region) };
}

/** InputError `bad-input` for an id that is none; ConflictError `hold-not-standing`; IntegrityError `hold-incomplete` where an object could not be held; and what the log's objects throw. */
export async function placeHold(
  deps: HoldDeps,
  tenant: TenantRef,
  plan: HoldPlan,
  responsible: Responsible,
  budget: TimeBudget = NO_LIMIT,
): Promise<PlacedHold> {
  const hold = holdIdOf(responsible);
  const recordKey = holdRecordKey(tenant, hold, 'hold');
  if ((await readHold(deps, tenant, hold)) === undefined) await writeRecord(deps, tenant, plan, responsible);
  await deps.crash?.('hold.after-record');
  // KMS deletes a key on its own day, whatever stands on the tenant.
  if (!deps.stopsElsewhere) await stopForHold(deps, tenant);
  else if (await isBeingDestroyed(deps, tenant)) return { done: false, changed: 0 };
  await indexHolds(deps, tenant);
  await deps.heldKeys?.mark(tenant);
  await deps.crash?.('hold.after-catalog');
  const copied = await copyHeldLog(deps, tenant, budget);
  if (!copied.done) return { done: false, changed: 0 };
  const isReleased = async () => (await readRelease(deps, tenant, hold)) !== undefined;
  const walk = await walkHolds(deps, { id: `${tenant}#${hold}#hold`, tenant, hold: true, stop: isReleased }, budget);
  if (walk.stopped) throw holdReleased();
  if (!walk.done) return { done: false, changed: walk.changed };
  const proof = await proveHolds(deps, { tenant, run: `hold#${hold}` }, budget);
  if (!proof.done) return { done: false, changed: walk.changed };
  const { certificate, key } = await certifyHold(deps, tenant, hold, proof.regions);
  const records = await digestsOf(deps, [recordKey, key]);
  return { done: true, changed: walk.changed, certificate, records };
}

/** A record under another id would not be found again as what it is. */
function holdIdOf({ request }: Responsible): string {
  if (HoldId.safeParse(request).success) return request;
  throw new InputError('bad-input', 'The id of the request cannot be the id of a hold.', {
    hint: 'Nothing was held. Place the hold with `holdfast hold`, which makes the id.',
  });
}

async function writeRecord(
  deps: HoldDeps,
  tenant: TenantRef,
  { matter, from, reviewBy, hidden }: HoldPlan,
  responsible: Responsible,
): Promise<void> {
  const hold = responsible.request;
  const record: HoldRecord = {
    ...{ format: 'holdfast.hold/1', tenant, hold, at: deps.clock.now().toISOString(), from, reviewBy, hidden },
    sealed: await sealDetails(deps, { matter, responsible }),
  };
  await putOnce(deps, holdRecordKey(tenant, hold, 'hold'), record, true);
}

/**
 * Signs what a proof found: each of it is held, what was put while the walk passed included. StorageError `key-destroyed`
 * where nothing of it can be opened any more; then nothing is signed.
 */
export async function certifyHold(
  deps: HoldDeps,
  tenant: TenantRef,
  hold: string,
  proved: readonly ProvedRegion[],
): Promise<{ certificate: HoldCertificate; key: string }> {
  if (await isUnreadable(deps, tenant)) throw keyDestroyed(tenant);
  const now = deps.clock.now();
  const certificate: HoldCertificate = {
    ...{ format: 'holdfast.hold-certificate/1', tenant, hold, at: now.toISOString() },
    regions: [...proved],
    copiedRuns: (await heldRuns.list(deps.catalog, tenant)).length,
  };
  const key = holdCertificateKey(tenant, hold, newId(deps, now));
  await putOnce(deps, key, certificate, true);
  return { certificate, key };
}

/** Whether its key has to be brought back before anything of it can be held, and still can be. */
async function isBeingDestroyed(deps: HoldDeps, tenant: TenantRef): Promise<boolean> {
  const last = (await destructionsOf(deps, tenant)).at(-1);
  if (last === undefined || last.certificate) return false;
  const { state, keys } = await deps.keyring.destructionState(tenant);
  return last.outcome === undefined || (state === 'pending' && keys.length > 0);
}

/** A destruction that was final before the hold: what is held is noise. */
async function isUnreadable(deps: HoldDeps, tenant: TenantRef): Promise<boolean> {
  if ((await standingDestruction(deps, tenant)) === undefined) return false;
  return ['destroyed', 'pending'].includes((await deps.keyring.destructionState(tenant)).state);
}

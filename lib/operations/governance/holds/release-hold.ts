/**
 * Releases the hold of one matter. The signed release comes first: from then on the matter keeps nothing, and a crash leaves
 * objects held too long, never too short. While another matter stands, every object stays held. When the last one is
 * released, the holds are removed in every region, and the erasures that were deferred take effect.
 */
import * as z from 'zod';
import { ConflictError } from '../../../domain/errors.ts';
import type { Responsible } from '../../../domain/governed-action.ts';
import {
  type FreedKind,
  HoldId,
  holdCertificateKey,
  holdRecordKey,
  type ReleaseCertificate,
  type ReleaseRecord,
} from '../../../domain/hold.ts';
import { newId } from '../../../domain/new-id.ts';
import { heldPrefixes } from '../../../domain/object-key.ts';
import { samePerson } from '../../../domain/person.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Vault } from '../../../ports.ts';
import { holdWalks } from '../../catalog/hold-items.ts';
import { indexHolds } from '../../catalog/index-holds.ts';
import { replayErasures } from '../../retention/deferred-erasures.ts';
import { altered } from '../../storage/sealed-document.ts';
import { isUnderHold, readRelease } from '../../storage/standing-holds.ts';
import { NO_LIMIT, type TimeBudget } from '../../time-budget.ts';
import { digestsOf, findMatter, putOnce, sealDetails, standingMatters } from './hold-documents.ts';
import type { HoldDeps } from './place-hold.ts';
import { proveHolds } from './prove-holds.ts';
import { holdRegions, walkHolds } from './walk-holds.ts';

export const ReleaseInput = z.strictObject({ matter: z.string().min(1) });
export type ReleaseInput = z.infer<typeof ReleaseInput>;

export const ReleasePlan = z.strictObject({
  hold: HoldId,
  /** Empty where the record of the hold does not verify. */
  matter: z.string(),
  /** Holds that stand afterwards: the objects stay held for them. */
  others: z.array(HoldId),
  hidden: z.boolean(),
});
export type ReleasePlan = z.infer<typeof ReleasePlan>;

export type ReleasedHold =
  | { readonly done: false; readonly changed: number }
  | {
      readonly done: true;
      readonly changed: number;
      readonly certificate: ReleaseCertificate;
      /** SHA-256 by key. */
      readonly records: Readonly<Record<string, string>>;
    };

/** InputError `unknown-matter`; ConflictError `several-holds`. */
export async function planRelease(deps: HoldDeps, tenant: TenantRef, { matter }: ReleaseInput): Promise<ReleasePlan> {
  const found = await findMatter(deps, tenant, matter);
  const all = await standingMatters(deps, tenant);
  const others = all.map(({ hold }) => hold).filter(hold => hold !== found.hold);
  return { hold: found.hold, matter: found.details?.matter ?? '', others, hidden: found.record?.hidden ?? true };
}

/** ConflictError `two-approvers-needed`; IntegrityError `object-altered` where a forged release is in its place. Idempotent: called again, it continues. */
export async function releaseHold(
  deps: HoldDeps,
  tenant: TenantRef,
  plan: ReleasePlan,
  responsible: Responsible,
  budget: TimeBudget = NO_LIMIT,
): Promise<ReleasedHold> {
  requireTwo(responsible);
  const { hold } = plan;
  if ((await readRelease(deps, tenant, hold)) === undefined) await writeRelease(deps, tenant, plan, responsible);
  await deps.crash?.('hold.after-release');
  const others = await indexHolds(deps, tenant);
  const id = `${tenant}#${hold}#release`;
  if (others.length > 0) {
    // A walk that was killed may have removed holds that another matter had set.
    if ((await holdWalks.get(deps.catalog, id)) && !(await proveHolds(deps, { tenant, run: id }, budget)).done)
      return { done: false, changed: 0 };
    return finish(deps, tenant, { hold, others, changed: 0, erasures: [] });
  }
  const isHeldAgain = () => isUnderHold(deps, tenant);
  const walk = await walkHolds(deps, { id, tenant, hold: false, stop: isHeldAgain }, budget);
  if (walk.stopped) {
    // Another matter came meanwhile: it may have walked over objects before they were released here.
    if (!(await proveHolds(deps, { tenant, run: id }, budget)).done) return { done: false, changed: 0 };
    return finish(deps, tenant, { hold, others: await indexHolds(deps, tenant), changed: 0, erasures: [] });
  }
  if (!walk.done) return { done: false, changed: walk.changed };
  await freeKey(deps, tenant);
  const erasures = await replayErasures(deps, tenant);
  return finish(deps, tenant, { hold, others, changed: walk.changed, erasures });
}

/** A matter that came meanwhile has found the key marked, and lost the mark: it gets it back. */
async function freeKey(deps: HoldDeps, tenant: TenantRef): Promise<void> {
  await deps.heldKeys?.unmark(tenant);
  if (await isUnderHold(deps, tenant)) await deps.heldKeys?.mark(tenant);
}

/** Neither may be the requester, and they must be two people. */
function requireTwo({ requestedBy, approvedBy }: Responsible): void {
  const people: string[] = [];
  for (const name of approvedBy) {
    if (!samePerson(name, requestedBy) && !people.some(other => samePerson(other, name))) people.push(name);
  }
  if (people.length >= 2) return;
  throw new ConflictError(
    'two-approvers-needed',
    'A release needs the approval of two people, neither of whom asked for it.',
    {
      hint: 'Ask two other people to approve the request.',
      details: { approvals: people.length },
    },
  );
}

async function writeRelease(
  deps: HoldDeps,
  tenant: TenantRef,
  { hold, matter }: ReleasePlan,
  responsible: Responsible,
): Promise<void> {
  const record: ReleaseRecord = {
    ...{ format: 'holdfast.hold-release/1', tenant, hold, at: deps.clock.now().toISOString() },
    sealed: await sealDetails(deps, { matter: matter || hold, responsible }),
  };
  const key = holdRecordKey(tenant, hold, 'release');
  // What is there already does not verify: the hold would stand on, and nobody must be told otherwise.
  if (!(await putOnce(deps, key, record, true)) && (await readRelease(deps, tenant, hold)) === undefined)
    throw altered(key, undefined);
}

interface Outcome {
  readonly hold: string;
  readonly others: readonly string[];
  readonly changed: number;
  readonly erasures: readonly string[];
}

async function finish(
  deps: HoldDeps,
  tenant: TenantRef,
  { hold, others, changed, erasures }: Outcome,
): Promise<ReleasedHold> {
  const now = deps.clock.now();
  const regions: ReleaseCertificate['regions'] = [];
  if (others.length === 0)
    for (const { region, vault } of holdRegions(deps))
      regions.push({ region, kinds: await freedKinds(vault, tenant, now) });
  const certificate: ReleaseCertificate = {
    ...{ format: 'holdfast.release-certificate/1', tenant, hold, at: now.toISOString() },
    ...{ others: [...others], regions, erasures: [...erasures] },
  };
  const key = holdCertificateKey(tenant, hold, newId(deps, now));
  await putOnce(deps, key, certificate, others.length > 0);
  const records = await digestsOf(deps, [holdRecordKey(tenant, hold, 'release'), key]);
  return { done: true, changed, certificate, records };
}

/** By kind: the first and the last moment at which a lock ends; what is not locked may be removed now. */
async function freedKinds(vault: Pick<Vault, 'list'>, tenant: TenantRef, now: Date): Promise<FreedKind[]> {
  const kinds = new Map<string, FreedKind>();
  for (const prefix of heldPrefixes(tenant)) {
    for await (const { key, retainUntil } of vault.list(prefix)) {
      const kind = kindOf(key);
      const end = (retainUntil > now ? retainUntil : now).toISOString();
      const known = kinds.get(kind) ?? { kind, objects: 0, first: end, last: end };
      kinds.set(kind, {
        ...{ kind, objects: known.objects + 1 },
        first: end < known.first ? end : known.first,
        last: end > known.last ? end : known.last,
      });
    }
  }
  return [...kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** `tenants/REF/manifests/snapshot/ID` is `manifests/snapshot`, `governance/holds/REF/…` is `governance/holds`. */
function kindOf(key: string): string {
  const parts = key.split('/');
  if (parts[0] === 'tenants') return parts.slice(2, parts[2] === 'manifests' ? 4 : 3).join('/');
  return parts.slice(0, parts[0] === 'audit' ? 1 : 2).join('/');
}

/**
 * What people see of holds: those that stand, and one of them with the certificate of its last proof. Who may not see hidden
 * holds gets answers in which they do not exist.
 */
import { HoldCertificate, holdCertificateKey, maySeeHidden } from '../../../domain/hold.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { readSigned } from '../../storage/signed-document.ts';
import { heldTenants } from '../../storage/standing-holds.ts';
import {
  findMatter,
  type HoldDocumentDeps,
  type StandingMatter,
  standingMatters,
  unknownMatter,
} from './hold-documents.ts';

export interface ListedHold {
  readonly tenant: TenantRef;
  readonly hold: string;
  /** Null where the record does not verify: the hold stands, and nobody knows for what. */
  readonly matter: string | null;
  readonly at: string | null;
  readonly from: string | null;
  readonly reviewBy: string | null;
  readonly hidden: boolean;
  /** The record, and no forged release, is what this installation signed. */
  readonly signed: boolean;
}

export interface ShownHold extends ListedHold {
  readonly requestedBy: string | null;
  readonly approvedBy: readonly string[];
  readonly reason: string | null;
  /** The last proof that everything is held; null before the first. */
  readonly certificate: HoldCertificate | null;
}

/** Of one tenant, or of all. */
export async function listHeld(deps: HoldDocumentDeps, who: Principal, tenant?: TenantRef): Promise<ListedHold[]> {
  const listed: ListedHold[] = [];
  for (const ref of tenant === undefined ? await heldTenants(deps) : [tenant])
    for (const matter of await standingMatters(deps, ref))
      if (isVisible(who, matter)) listed.push(listedHold(ref, matter));
  return listed;
}

/** InputError `unknown-matter`, also for a hidden one; ConflictError `several-holds`. */
export async function showHold(
  deps: HoldDocumentDeps,
  who: Principal,
  tenant: TenantRef,
  named: string,
): Promise<ShownHold> {
  const matter = await findMatter(deps, tenant, named);
  if (!isVisible(who, matter)) throw unknownMatter();
  const { requestedBy = null, approvedBy = [], reason = null } = matter.details?.responsible ?? {};
  const certificate = await lastCertificate(deps, tenant, matter.hold);
  return { ...listedHold(tenant, matter), requestedBy, approvedBy, reason, certificate };
}

function isVisible(who: Principal, { record }: StandingMatter): boolean {
  return maySeeHidden(who) || record?.hidden === false;
}

function listedHold(tenant: TenantRef, { hold, record, details, forgedRelease }: StandingMatter): ListedHold {
  return {
    ...{ tenant, hold, matter: details?.matter ?? null, at: record?.at ?? null },
    ...{ from: record?.from ?? null, reviewBy: record?.reviewBy ?? null, hidden: record?.hidden ?? false },
    signed: record !== undefined && !forgedRelease,
  };
}

async function lastCertificate(
  deps: HoldDocumentDeps,
  tenant: TenantRef,
  hold: string,
): Promise<HoldCertificate | null> {
  let last: string | undefined;
  for await (const key of deps.vault.keys(holdCertificateKey(tenant, hold, ''))) last = key;
  return last === undefined ? null : readSigned(deps, last, HoldCertificate);
}

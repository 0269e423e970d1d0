/**
 * What must be true of a year of operation: plain arrays and sets, filled by whoever plays the year and by nobody else. It calls
 * no rule of the product; which backups have a reason to stay, it counts itself (retention-model.ts).
 */
import { DAY_MS, type Periods, TenantPromises } from './retention-model.ts';

export interface ModelHold {
  readonly id: string;
  readonly matter: string;
  readonly reviewBy: number | undefined;
  standing: boolean;
  /** Signed documents: records, certificates, releases. */
  documents: number;
}

export interface ModelTenant {
  readonly name: string;
  readonly ref: string;
  readonly promises: TenantPromises;
  /** Incrementals that nobody removed: id, and the last moment in it. */
  incrementals: { id: string; at: number }[];
  readonly holds: ModelHold[];
  configured: Periods;
  /** Approved since the last policy came into force. */
  approved: Periods[];
  /** Signed policies: when, and whether by an approval. */
  readonly policies: { at: number; approved: boolean; periods: Periods }[];
  /** Its key is being destroyed: since when, and until when that can be cancelled. */
  countdown: { until: number } | undefined;
  destroyed: boolean;
  departedAt: number | undefined;
  /** Days (since 1970, UTC) with a snapshot. */
  readonly backedUp: Set<number>;
  firstSeen: number;
  /** Signed documents of destructions: when each was written, and which. */
  readonly destructions: { at: number; part: 'order' | 'outcome' | 'certificate' | 'appendix' }[];
}

export interface ModelRequest {
  readonly id: string;
  readonly tenant: string;
  readonly action: string;
  readonly expires: number;
  /** `executing`: it was begun, and failed. */
  state: 'waiting' | 'refused' | 'cancelled' | 'executing' | 'done';
  approvals: number;
  doneAt?: number;
  glass?: 'broken' | 'reviewed';
}

export class YearModel {
  readonly tenants: ModelTenant[] = [];
  readonly requests: ModelRequest[] = [];
  readonly restores: { id: string; at: number; drill: boolean; tenant: string }[] = [];
  /** By tenant reference or `system`: who did what, and what became of it. */
  readonly chains = new Map<string, string[]>();
  readonly denied: number[] = [];
  readonly alarms = new Map<string, number>();
  events = 0;

  tenant(name: string, ref: string, configured: Periods): ModelTenant {
    const made: ModelTenant = {
      ...{ name, ref, configured, promises: new TenantPromises(), incrementals: [], holds: [], approved: [] },
      ...{ policies: [], countdown: undefined, destroyed: false, departedAt: undefined, firstSeen: 0 },
      ...{ backedUp: new Set<number>(), destructions: [] },
    };
    this.tenants.push(made);
    return made;
  }

  /** `what`: the action, its outcome, and the code of what was denied. */
  event(tenant: string, at: number, who: string, what: string): void {
    const chain = this.chains.get(tenant) ?? [];
    chain.push(`${who}: ${what}`);
    this.chains.set(tenant, chain);
    this.events += 1;
    if (what.includes(' denied ')) this.denied.push(at);
  }

  alarm(code: string): void {
    this.alarms.set(code, (this.alarms.get(code) ?? 0) + 1);
  }

  isHeld = (tenant: ModelTenant) => tenant.holds.some(hold => hold.standing);

  /** Shipped and backed up: neither gone nor going. */
  isBackedUp = ({ countdown, destroyed, departedAt }: ModelTenant) =>
    countdown === undefined && !destroyed && departedAt === undefined;

  /** An expiry at this moment decides under which policy. */
  expires(tenant: ModelTenant, now: number): void {
    const before = tenant.promises.inForce;
    const wanted = tenant.configured;
    const fields = Object.keys(wanted) as (keyof Periods)[];
    const same = (one: Periods, other: Periods) => fields.every(field => one[field] === other[field]);
    const isApproved = tenant.approved.some(periods => same(periods, wanted));
    tenant.promises.expired(now, wanted, isApproved);
    const after = tenant.promises.inForce!;
    if (before && same(before, after)) return;
    const isShorter = before !== undefined && fields.some(field => after[field] < before[field]);
    tenant.policies.push({ at: now, approved: isShorter, periods: after });
    tenant.approved = [];
  }

  /** Whether there is any reason to keep the snapshot at this moment. */
  keepsSnapshot(tenant: ModelTenant, id: string, now: number): boolean {
    if (this.keepsAll(tenant)) return true;
    return !tenant.destroyed && this.hasReason(tenant, id, now);
  }

  /** By its retention alone, whatever else keeps it. */
  hasReason(tenant: ModelTenant, id: string, now: number): boolean {
    const { promises } = tenant;
    const snapshot = promises.taken.find(each => each.id === id)!;
    return promises.hasReason(snapshot, promises.taken, now, this.#nothingToRecover(tenant, now));
  }

  keepsIncremental(tenant: ModelTenant, at: number, now: number): boolean {
    if (this.keepsAll(tenant)) return true;
    if (tenant.destroyed || this.#nothingToRecover(tenant, now)) return false;
    const begin = now - tenant.promises.inForce!.logDays * DAY_MS;
    const base = tenant.promises.taken.filter(each => each.at <= begin).at(-1);
    return at >= (base ? base.from : begin);
  }

  keepsAll = (tenant: ModelTenant) => this.isHeld(tenant) || tenant.countdown !== undefined;

  #nothingToRecover({ departedAt, promises }: ModelTenant, now: number): boolean {
    return departedAt !== undefined && departedAt < now - promises.inForce!.logDays * DAY_MS;
  }

  forget(tenant: ModelTenant, gone: ReadonlySet<string>): void {
    const { taken } = tenant.promises;
    taken.splice(0, taken.length, ...taken.filter(({ id }) => !gone.has(id)));
    tenant.incrementals = tenant.incrementals.filter(({ id }) => !gone.has(id));
  }
}

/**
 * What a team was promised of its backups, written without the code that keeps them: it remembers every snapshot ever
 * taken and every policy ever in force, and counts days by itself. It never asks a plan.
 */

export const DAY_MS = 24 * 3600 * 1000;

export interface Periods {
  readonly dailyDays: number;
  readonly weeklyDays: number;
  readonly monthlyDays: number;
  readonly annualDays: number;
  readonly logDays: number;
}

export interface TakenSnapshot {
  readonly id: string;
  /** Milliseconds since 1970: where replay starts, and when it was taken. */
  readonly from: number;
  readonly at: number;
  /** Milliseconds since 1970: it was taken for a reason, and promised to be kept until then. */
  readonly keepUntil?: number;
}

const CLASSES = ['daily', 'weekly', 'monthly', 'annual'] as const;
const DAYS_OF = { daily: 'dailyDays', weekly: 'weeklyDays', monthly: 'monthlyDays', annual: 'annualDays' } as const;

/** Days before each month of a year that is no leap year. */
const BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Year and month of a day since 1970, by counting. */
function calendar(day: number): { year: number; month: number } {
  let year = 1970;
  let rest = day;
  for (let length = 365; rest >= length; year++, length = isLeap(year) ? 366 : 365) rest -= length;
  const first = (month: number) => BEFORE_MONTH[month]! + (isLeap(year) && month > 1 ? 1 : 0);
  let month = 11;
  while (first(month) > rest) month--;
  return { year, month };
}

/** Weeks begin on Monday; 1 January 1970 was a Thursday. */
function periodNumber(name: (typeof CLASSES)[number], at: number): number {
  const day = Math.floor(at / DAY_MS);
  const known = counted.get(`${name} ${day}`) ?? countPeriod(name, day);
  counted.set(`${name} ${day}`, known);
  return known;
}

const counted = new Map<string, number>();

function countPeriod(name: (typeof CLASSES)[number], day: number): number {
  if (name === 'daily') return day;
  if (name === 'weekly') return Math.floor((day + 3) / 7);
  const { year, month } = calendar(day);
  return name === 'annual' ? year : year * 12 + month;
}

export class TenantPromises {
  readonly taken: TakenSnapshot[] = [];
  inForce: Periods | undefined;
  everShortened = false;
  #now = 0;
  /** Moments before these were once outside of the class or of the window: they may be gone. */
  readonly #droppedBefore: Record<(typeof CLASSES)[number] | 'log', number> = {
    ...{ daily: 0, weekly: 0, monthly: 0, annual: 0, log: 0 },
  };

  /** An expiry at this moment, with what is configured; a shorter period counts only if it was approved. */
  expired(now: number, configured: Periods, approved: boolean): void {
    this.#now = Math.max(this.#now, now);
    const before = this.inForce;
    const fields = Object.keys(configured) as (keyof Periods)[];
    const longer = (field: keyof Periods) => Math.max(configured[field], before?.[field] ?? 0);
    const isShorter = fields.some(field => before !== undefined && configured[field] < before[field]);
    if (isShorter && approved) this.everShortened = true;
    this.inForce =
      isShorter && !approved
        ? (Object.fromEntries(fields.map(field => [field, longer(field)])) as unknown as Periods)
        : configured;
    const drop = (name: (typeof CLASSES)[number] | 'log', days: number) => {
      this.#droppedBefore[name] = Math.max(this.#droppedBefore[name], now - days * DAY_MS);
    };
    for (const name of CLASSES) drop(name, this.inForce[DAYS_OF[name]]);
    drop('log', this.inForce.logDays);
  }

  /** Snapshots that must be there, by all that was ever promised about them: id → why. */
  promised(): Map<string, string> {
    const found = new Map<string, string>();
    const newest = this.taken.at(-1);
    if (newest) found.set(newest.id, 'newest');
    for (const name of CLASSES) {
      const last = new Map(this.taken.map(snapshot => [periodNumber(name, snapshot.at), snapshot]));
      for (const snapshot of last.values()) if (snapshot.at >= this.#droppedBefore[name]) found.set(snapshot.id, name);
    }
    for (const snapshot of this.taken) if ((snapshot.keepUntil ?? 0) > this.#now) found.set(snapshot.id, 'reason');
    for (const snapshot of this.taken) if (snapshot.at >= this.#droppedBefore.log) found.set(snapshot.id, 'window');
    return found;
  }

  /** Since then any moment must be recoverable; undefined without a snapshot. */
  windowBegin(): number | undefined {
    const first = this.taken[0];
    return first && Math.max(first.at, this.#droppedBefore.log);
  }

  /**
   * Whether there is any reason left, among these, to keep the snapshot at this moment. `classesOnly`: of a tenant that left so
   * long ago that no moment of it is inside the window.
   */
  hasReason(snapshot: TakenSnapshot, among: readonly TakenSnapshot[], now: number, classesOnly = false): boolean {
    if ((snapshot.keepUntil ?? 0) > now) return true;
    const policy = this.inForce!;
    const later = among.filter(other => other.at > snapshot.at);
    if (!classesOnly) {
      if (later.length === 0 || now - snapshot.at <= policy.logDays * DAY_MS) return true;
      // The next one does not start the window yet.
      if (Math.min(...later.map(other => other.at)) > now - policy.logDays * DAY_MS) return true;
    }
    return CLASSES.some(
      name =>
        now - snapshot.at <= policy[DAYS_OF[name]] * DAY_MS &&
        later.every(other => periodNumber(name, other.at) !== periodNumber(name, snapshot.at)),
    );
  }
}

/**
 * The time of one call of a function, from measurements (`npm run bench -- functions`, rounded medians of warm
 * calls, tenants of 2 to 180 MB): processor time, which depends on the memory, and waiting for the database. Waiting for
 * AWS is added from the number of requests. Decision 32 explains the memory.
 */
import { functionMemoryMb } from '../domain/function-memory.ts';
import type { Assumptions } from './fleet-profile.ts';
import { billedMs } from './function-time.ts';

interface Work {
  /** Processor time of all threads, and of the main thread alone. */
  readonly cpuMs: number;
  readonly mainMs: number;
  readonly databaseMs: number;
}

const NO_WORK: Work = { cpuMs: 0, mainMs: 0, databaseMs: 0 };

/** Of a call with hardly any rows or log. Functions that are not listed: a small one that reads a page of the catalog. */
const CALLS: Readonly<Record<string, Work>> = {
  'ship-log': { cpuMs: 95, mainMs: 80, databaseMs: 150 },
  'fold-tenant': { cpuMs: 110, mainMs: 85, databaseMs: 40 },
  'plan-fleet': { cpuMs: 150, mainMs: 110, databaseMs: 150 },
  'plan-snapshot': { cpuMs: 70, mainMs: 55, databaseMs: 150 },
  'read-part': { cpuMs: 50, mainMs: 45, databaseMs: 150 },
  'commit-snapshot': { cpuMs: 60, mainMs: 50, databaseMs: 20 },
  'verify-backup': { cpuMs: 200, mainMs: 150, databaseMs: 400 },
  'expire-tenant': { cpuMs: 90, mainMs: 60, databaseMs: 0 },
  'expire-log': { cpuMs: 30, mainMs: 20, databaseMs: 0 },
};
const SMALL_CALL: Work = { cpuMs: 10, mainMs: 8, databaseMs: 0 };

/** Of a megabyte (of COPY text, of log, of manifests), and of a tenant with changes in a run of the shipper. */
const RATES = {
  rowsRead: { cpuMs: 9, mainMs: 7.5, databaseMs: 8 },
  rowsRestored: { cpuMs: 15, mainMs: 10, databaseMs: 14 },
  logShipped: { cpuMs: 17, mainMs: 13, databaseMs: 30 },
  tenantShipped: { cpuMs: 3, mainMs: 2.5, databaseMs: 0 },
} as const;

/** Amounts by rate: megabytes, or tenants. */
export type Amounts = Partial<Record<keyof typeof RATES | 'manifests', number>>;

/**
 * Memory and duration of the step `name`: the call itself (`calls`), its amounts, and seconds of waiting for AWS. What
 * follows in parentheses is not part of the function's name.
 */
export function timed(
  given: Assumptions,
  name: string,
  waitingSeconds: number,
  amounts: Amounts = {},
  calls = 1,
): { readonly memoryMb: number; readonly seconds: number } {
  const called = name.split(' ')[0]!;
  const parsed = 1e9 / given.manifestBytesPerSecond;
  const rates = { ...RATES, manifests: { cpuMs: parsed, mainMs: parsed, databaseMs: 0 } };
  let sum = plus(NO_WORK, CALLS[called] ?? SMALL_CALL, calls);
  for (const [rate, amount] of Object.entries(amounts)) sum = plus(sum, rates[rate as keyof typeof rates], amount);
  const memoryMb = functionMemoryMb(called);
  const { cpuMs, mainMs, databaseMs } = sum;
  return {
    memoryMb,
    seconds: billedMs({ cpuMs, mainMs, waitMs: databaseMs + waitingSeconds * 1000 }, memoryMb) / 1000,
  };
}

function plus(sum: Work, more: Work, times: number): Work {
  return {
    cpuMs: sum.cpuMs + more.cpuMs * times,
    mainMs: sum.mainMs + more.mainMs * times,
    databaseMs: sum.databaseMs + more.databaseMs * times,
  };
}

/** Bounds how often each caller asks: a bucket of tokens that fills steadily. Memory is bounded by forgetting full buckets. */
import { InputError } from '../domain/errors.ts';

export interface Rate {
  /** Requests a second in the long run. */
  readonly perSecond: number;
  /** Requests at once. */
  readonly burst: number;
}

export const API_RATE: Rate = { perSecond: 20, burst: 200 };
const MOST_CALLERS = 10_000;

/** Throws InputError `too-many-requests` for the caller that asks too often. */
export function rateLimit({ perSecond, burst }: Rate, now: () => number): (caller: string) => void {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return caller => {
    const at = now();
    const before = buckets.get(caller) ?? { tokens: burst, at };
    const tokens = Math.min(burst, before.tokens + ((at - before.at) / 1000) * perSecond);
    if (tokens < 1)
      throw new InputError('too-many-requests', 'This caller sends too many requests.', {
        hint: 'Wait a second, and send fewer at once.',
        retry: 'auto',
      });
    buckets.delete(caller);
    buckets.set(caller, { tokens: tokens - 1, at });
    const oldest = buckets.keys().next().value;
    if (buckets.size > MOST_CALLERS && oldest !== undefined) buckets.delete(oldest);
  };
}

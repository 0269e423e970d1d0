/**
 * Requests that are sent twice because an answer was lost do their work once: the first answer is kept under the caller's
 * key and given again. Invariants: a key belongs to its caller; the same key with another request is refused; a request that
 * is still running is not begun again; what failed is not kept.
 */
import { createHash } from 'node:crypto';
import { ConflictError } from '../domain/errors.ts';

const KEPT_MS = 24 * 3600_000;
const MOST_KEPT = 10_000;

interface Kept {
  readonly digest: string;
  readonly at: number;
  readonly answer: Promise<unknown>;
}

export type Once = <T>(asked: { caller: string; key: string; request: string }, work: () => Promise<T>) => Promise<T>;

/** In the memory of one process: every write behind it also has an invariant of its own against being done twice. */
export function onceInMemory(now: () => number): Once {
  const kept = new Map<string, Kept>();
  return async <T>({ caller, key, request }: Parameters<Once>[0], work: () => Promise<T>) => {
    const place = JSON.stringify([caller, key]);
    const digest = createHash('sha256').update(request).digest('hex');
    const before = kept.get(place);
    if (before !== undefined && now() - before.at < KEPT_MS) {
      if (before.digest === digest) return before.answer as Promise<T>;
      throw new ConflictError('key-reused', 'This idempotency key was used for another request.', {
        hint: 'Use a new key for each request.',
      });
    }
    const answer = work();
    kept.set(place, { digest, at: now(), answer });
    const oldest = kept.keys().next().value;
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    try {
      return await answer;
    } catch (error) {
      kept.delete(place);
      throw error;
    }
  };
}

/**
 * Lets an adapter's test skip a promise of a contract suite that the *emulator* is known to break: by name, with the
 * reason, shown as skipped. A promise is never weakened instead, and an exception that names no promise fails: it is
 * misspelled or no longer needed.
 */
import { afterAll, expect, it } from 'vitest';

/** Promise → why this server cannot keep it. */
export type KnownWrong = Readonly<Record<string, string>>;

export function promises(
  known: KnownWrong = {},
): (promise: string, test: () => Promise<void>, timeout?: number) => void {
  const unused = new Set(Object.keys(known));
  afterAll(() => {
    expect([...unused], 'exceptions that name no promise').toEqual([]);
  });
  return (promise, test, timeout) => {
    const reason = known[promise];
    unused.delete(promise);
    if (reason === undefined) it(promise, test, timeout);
    else it.skip(`${promise} (${reason})`, test);
  };
}

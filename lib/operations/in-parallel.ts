/**
 * Works on many items, a limited number at a time; results are in the order of the items. Memory: the results, and the
 * items in progress.
 */

/** The first error ends it, once the items in progress have ended. */
export async function inParallel<A, B>(
  atOnce: number,
  items: readonly A[],
  work: (item: A) => Promise<B>,
): Promise<B[]> {
  const results: B[] = new Array(items.length);
  let next = 0;
  let failed = false;
  const worker = async () => {
    for (let index = next++; index < items.length && !failed; index = next++) {
      try {
        results[index] = await work(items[index]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  const failure = ended.find(end => end.status === 'rejected');
  if (failure) throw failure.reason;
  return results;
}

/** Works on many items, some at one time, results in their order. Memory: the results, and what is under way. */

/** The first error ends it, when what is under way has ended. */
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

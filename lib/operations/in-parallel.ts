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

/**
 * The results of an endless or long list, in its order, each as soon as it and those before it are ready. Memory: the
 * items in progress. The first error ends it.
 */
export async function* inOrder<A, B>(
  atOnce: number,
  items: Iterable<A> | AsyncIterable<A>,
  work: (item: A) => Promise<B>,
): AsyncGenerator<B> {
  const running: Promise<B>[] = [];
  try {
    for await (const item of items) {
      const started = work(item);
      // Its error is thrown when its turn comes.
      started.catch(() => {});
      running.push(started);
      if (running.length >= atOnce) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}

/** Work on many items, so many at one time; results in the order of the items. The first failure is thrown. */
export async function inParallel<A, B>(
  atOnce: number,
  items: readonly A[],
  work: (item: A) => Promise<B>,
): Promise<B[]> {
  const results: B[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
